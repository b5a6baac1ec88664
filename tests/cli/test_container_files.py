"""What the container files say agrees with the code."""

import re
from pathlib import Path

import pytest
import yaml

from ciclo.localstack.choices import WorkerName
from ciclo.settings.settings import Settings

ROOT = Path(__file__).parents[2]
KNOWN = {f"CICLO_{name.upper()}" for name in Settings.model_fields}


@pytest.mark.parametrize("name", ["compose.yaml", ".env.example"])
def test_every_variable_is_a_setting(name: str) -> None:
    named = set(re.findall(r"\bCICLO_[A-Z0-9_]+", (ROOT / name).read_text(encoding="utf-8")))

    assert named - KNOWN == set()


def test_compose_hands_on_what_the_example_names() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    compose = (ROOT / "compose.yaml").read_text(encoding="utf-8")

    offered = set(re.findall(r"^#?(CICLO_[A-Z0-9_]+)=", example, re.MULTILINE))

    assert offered - set(re.findall(r"^ +(CICLO_[A-Z0-9_]+):", compose, re.MULTILINE)) == set()


def test_compose_hands_on_every_choice_of_the_billing_rules() -> None:
    """A process that is not told of one would bill by another policy than its neighbours."""
    compose = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    getter = Settings.policy.fget
    assert getter is not None
    read = {f"CICLO_{name.upper()}" for name in getter.__code__.co_names if name in Settings.model_fields}

    assert {"CICLO_TAX_RULES", "CICLO_ON_DISPUTE_LOST", "CICLO_BANKING_DAYS"} <= read
    assert read - set(re.findall(r"^ +(CICLO_[A-Z0-9_]+):", compose, re.MULTILINE)) == set()


def test_compose_runs_every_worker() -> None:
    compose = (ROOT / "compose.yaml").read_text(encoding="utf-8")

    assert set(re.findall(r"command: \[worker, (\w+)\]", compose)) == {name.value for name in WorkerName}


def test_compose_migrates_a_database_of_an_older_release() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]

    assert services["migrate"]["command"] == ["migrate"]
    assert services["migrate"]["restart"] == "on-failure"
    assert [name for name, one in services.items() if "migrate" in one.get("depends_on", ())] == []
