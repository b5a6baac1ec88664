"""The commands' words and exit codes, as a shell sees them."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import jwt
import pytest

from ciclo.localstack.environment import parse_env_file
from ciclo.localstack.folder import StackFolder, lock_folder
from ciclo.localstack.keys import keys_of
from tests.cli.running import a_stack
from tests.servers import Servers

HEAVY = (
    "strawberry",
    "motor",
    "pymongo",
    "uvicorn",
    "stripe",
    "typst",
    "redis",
    "ciclo.settings.settings",
    "httpx",
)


def ciclo(
    *arguments: str, folder: Path, environment: Mapping[str, str] | None = None
) -> tuple[int, str, str]:
    """Run `ciclo ARGUMENTS`; return exit code, output and errors."""
    plain = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME"}}
    done = subprocess.run(
        (sys.executable, "-P", "-m", "ciclo", *arguments),
        capture_output=True,
        encoding="utf-8",
        check=False,
        stdin=subprocess.DEVNULL,
        env={**plain, "CICLO_DATA_DIR": str(folder), "NO_COLOR": "1", **(environment or {})},
    )
    return done.returncode, done.stdout, done.stderr


def test_help_needs_nothing_heavy() -> None:
    script = f"""
import sys
import ciclo.cli
loaded = [name for name in {HEAVY!r} if name in sys.modules]
assert loaded == [], loaded
"""
    subprocess.run((sys.executable, "-c", script), check=True)


def test_every_command_is_listed_without_colour(tmp_path: Path) -> None:
    code, out, _ = ciclo("--help", folder=tmp_path)

    assert code == 0
    assert "\x1b" not in out
    for name in (
        "up",
        "api",
        "worker",
        "demo",
        "token",
        "webhook",
        "env",
        "audit",
        "dead-letters",
        "export",
        "pay",
        "reconcile",
        "report",
        "reviews",
        "simulate",
        "status",
        "doctor",
        "reset",
        "schema",
    ):
        assert f"│ {name} " in out


@pytest.mark.parametrize(
    "wrong",
    [
        ("token",),
        ("token", "--role", "owner"),
        ("worker", "cleaning"),
        ("worker", "relay", "--consumer", "one"),
        ("up", "--workers", "0"),
        ("webhook", "payment_lost", "sub_1"),
    ],
)
def test_wrong_words_end_with_two(tmp_path: Path, wrong: tuple[str, ...]) -> None:
    assert ciclo(*wrong, folder=tmp_path)[0] == 2


@pytest.mark.parametrize(
    ("command", "cause"),
    [
        (("env",), "no env file in"),
        (("token", "--role", "admin"), "no secret to sign with"),
        (("webhook", "payment_success", "sub_1"), "CICLO_URL is not set"),
    ],
)
def test_a_fault_is_one_cause_and_one_remedy(tmp_path: Path, command: tuple[str, ...], cause: str) -> None:
    code, out, err = ciclo(*command, folder=tmp_path)

    first, second = err.splitlines()
    assert (code, out) == (1, "")
    assert first.startswith(f"ciclo: {cause}")
    assert second.startswith("  try: ")


def test_missing_settings_are_named_without_the_values_of_others(tmp_path: Path) -> None:
    code, _, err = ciclo(
        "worker", "billing", folder=tmp_path, environment={"CICLO_JWT_SECRET": "too short to be good"}
    )

    assert code == 1
    assert "CICLO_MONGO_URL: Field required" in err
    assert "too short" not in err


def test_a_token_is_signed_with_the_secret_of_the_local_stack(tmp_path: Path) -> None:
    folder = StackFolder(tmp_path / "data")
    with lock_folder(folder):
        keys = keys_of(folder)

    code, out, _ = ciclo("token", "--role", "admin", "--ttl", "60", folder=folder.root)

    claims = jwt.decode(out.strip(), keys.jwt, algorithms=["HS256"], audience="ciclo", issuer="ciclo")
    assert code == 0
    assert (claims["sub"], claims["role"], claims["exp"] - claims["iat"]) == (
        "admin@example.com",
        "admin",
        60,
    )


def test_a_stack_that_runs_is_told_of_and_not_reset(tmp_path: Path, servers: Servers) -> None:
    folder = tmp_path / "data"
    assert ciclo("status", folder=folder)[:2] == (1, f"Nothing is running in {folder}.\n")
    shared = {"CICLO_MONGO_URL": servers.mongo_url, "CICLO_REDIS_URL": servers.redis_url}
    with a_stack(folder, environment=shared) as stack:
        url = stack.ready().env()["CICLO_URL"]

        code, text, _ = ciclo("status", "--json", folder=folder)
        status = json.loads(text)
        exports = ciclo("env", folder=folder)[1]
        refused = ciclo("reset", "--yes", folder=folder)

        assert (code, status["running"], status["ready"], status["url"]) == (0, True, True, url)
        assert [one["name"] for one in status["processes"]] == ["api", "worker-1"]
        assert all(line.startswith("export CICLO_") for line in exports.splitlines())
        assert parse_env_file(exports) == stack.env()
        assert (refused[0], "is running" in refused[2]) == (1, True)
    assert ciclo("reset", folder=folder)[0] == 1
    assert folder.exists()
    assert ciclo("reset", "--yes", folder=folder)[:2] == (0, f"Removed the data in {folder}.\n")
    assert not folder.exists()
    assert ciclo("reset", "--yes", folder=folder)[:2] == (0, f"Nothing of Ciclo in {folder}.\n")


def test_the_doctor_ends_well_on_a_machine_that_is_fit(tmp_path: Path) -> None:
    code, out, _ = ciclo("doctor", folder=tmp_path)

    assert code == 0
    assert {line[:5] for line in out.splitlines()} == {"ok   "}


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"CICLO_WEBHOOK_SECRETS": ""}, "the sandbox signs its notices: set CICLO_WEBHOOK_SECRETS"),
        ({"CICLO_CARD_GATEWAY": "stripe", "CICLO_STRIPE_API_KEY": ""}, "set CICLO_STRIPE_API_KEY"),
    ],
)
@pytest.mark.parametrize("process", [("api",), ("worker", "collection")])
def test_an_empty_secret_ends_the_start_with_one_sentence_that_names_it(
    tmp_path: Path, process: tuple[str, ...], given: dict[str, str], sentence: str
) -> None:
    environment = {
        "CICLO_MONGO_URL": "mongodb://127.0.0.1:9",
        "CICLO_REDIS_URL": "redis://127.0.0.1:9",
        "CICLO_JWT_SECRET": "a shared secret of at least 32 bytes!",
        "CICLO_WEBHOOK_SECRETS": "whsec_YSB3ZWJob29rIHNlY3JldCBvZiB0aGUgdGVzdHMuLi4=",
        **given,
    }

    code, output, errors = ciclo(*process, folder=tmp_path, environment=environment)

    assert (code, output) == (1, "")
    assert errors.splitlines() == [f"ciclo: {sentence}", "  try: see docs/settings.md"]
