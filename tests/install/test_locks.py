"""The lock files: everything pinned with a hash, each package where it is needed and nowhere else."""

import re
import tomllib
from pathlib import Path
from typing import Final

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT: Final = Path(__file__).parents[2]
RUN, TEST, IMAGE, NODE, OTEL, VULNERABILITIES, MANIFESTS = (
    f"requirements{which}.lock"
    for which in ("", "-test", "-image", "-node", "-otel", "-vulnerabilities", "-manifests")
)
PROJECT: Final = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS: Final = PROJECT["optional-dependencies"]


def lines_of(lock: str) -> list[str]:
    """Return the logical lines of a lock file."""
    return (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", "").splitlines()


def pins_in(lock: str) -> dict[str, Requirement]:
    pins = [Requirement(line.partition("--hash")[0]) for line in lines_of(lock)]
    return {canonicalize_name(pin.name): pin for pin in pins}


def lacking(lock: str, wanted: list[str]) -> list[str]:
    """Return what of *wanted* the lock does not fulfil, extras included."""
    pins = pins_in(lock)
    asked = [Requirement(text) for text in wanted]
    return [
        str(one)
        for one in asked
        if (pin := pins.get(canonicalize_name(one.name))) is None
        or not one.extras <= pin.extras
        or not one.specifier.contains(str(pin.specifier).removeprefix("=="))
    ]


@pytest.mark.parametrize("lock", [RUN, TEST, IMAGE, NODE, OTEL, VULNERABILITIES, MANIFESTS])
def test_each_line_is_one_version_with_hashes_and_no_address(lock: str) -> None:
    shape = r"[a-z0-9._-]+(\[[a-z0-9,-]+\])?==[^\s;*]+( ; [^:]+?)? +(--hash=sha256:[0-9a-f]{64} *)+"

    assert [line for line in lines_of(lock) if not re.fullmatch(shape, line)] == []
    assert lines_of(lock)


def test_what_running_and_building_ask_for_is_in_the_first_lock() -> None:
    assert lacking(RUN, [*PROJECT["dependencies"], *EXTRAS["local"], *EXTRAS["build"]]) == []


def test_what_testing_asks_for_is_in_the_second_lock_and_in_no_other() -> None:
    assert lacking(TEST, EXTRAS["dev"]) == []
    assert (
        pins_in(TEST).keys() & (pins_in(RUN).keys() | pins_in(IMAGE).keys() | pins_in(NODE).keys()) == set()
    )


def test_the_substitute_for_npm_is_alone_in_its_lock() -> None:
    assert lacking(NODE, EXTRAS["node"]) == []
    assert len(pins_in(NODE)) == 1


def test_the_image_has_the_versions_that_are_tested_without_servers_and_tools() -> None:
    run, image = pins_in(RUN), pins_in(IMAGE)

    assert lacking(IMAGE, PROJECT["dependencies"]) == []
    assert {name for name, pin in image.items() if run.get(name) != pin} == set()
    unwanted = {Requirement(text).name for text in (*EXTRAS["local"], *EXTRAS["build"])}
    assert image.keys() & unwanted == set()


def test_traces_come_on_top_of_the_image_as_they_are_tested() -> None:
    otel, tested = pins_in(OTEL), pins_in(TEST) | pins_in(RUN)

    assert lacking(OTEL, EXTRAS["otel"]) == []
    assert {name for name, pin in otel.items() if tested.get(name) != pin} == set()
    assert otel.keys() & pins_in(IMAGE).keys() == set()


def test_what_looks_up_vulnerabilities_is_locked_and_in_no_other_environment() -> None:
    assert lacking(VULNERABILITIES, EXTRAS["vulnerabilities"]) == []
    assert "pip-audit" not in pins_in(RUN) | pins_in(TEST) | pins_in(IMAGE)


def test_the_schemas_of_deploy_files_are_locked_and_in_no_other_environment() -> None:
    wanted = EXTRAS["manifests"]
    elsewhere = pins_in(RUN) | pins_in(TEST) | pins_in(IMAGE)

    assert lacking(MANIFESTS, wanted) == []
    assert {canonicalize_name(Requirement(one).name) for one in wanted} & elsewhere.keys() == set()


def test_the_build_asks_for_what_is_locked() -> None:
    build = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["build-system"]

    assert lacking(RUN, build["requires"]) == []
