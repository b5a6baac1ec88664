"""The day after: newer releases of everything are out, and a clone still gets what its locks name."""

import json
import re
import subprocess
import sys
import venv
from pathlib import Path
from typing import Final

import pytest
from packaging.requirements import Requirement

from install import EXACTLY, PIP, RUN_LOCK, TEST_LOCK, Refused, install_locks, pip
from tests.install.wheels import locked, write_wheel

ROOT: Final = Path(__file__).parents[2]
OLD_PIP: Final = "22.3" if sys.version_info < (3, 12) else "23.2.1"
"""What Python 3.11 brought first; 3.12 and newer run 23.2.1, the pip that the fault was met with."""

NEWER: Final = "9999"


@pytest.fixture(scope="module")
def old_pip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a bare environment with an old pip."""
    folder = tmp_path_factory.mktemp("old") / "venv"
    venv.EnvBuilder(symlinks=True, with_pip=True).create(folder)
    python = folder / "bin" / "python"
    pip(python, "install", "--quiet", f"pip=={OLD_PIP}", cwd=folder)
    return python


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def installed(python: Path) -> dict[str, str]:
    """Return what is installed beside what Python itself brings."""
    said = subprocess.run(
        (python, *PIP, "list", "--format=json"), capture_output=True, check=True, text=True
    ).stdout
    return {
        canonical(one["name"]): one["version"]
        for one in json.loads(said)
        if one["name"] not in {"pip", "setuptools"}
    }


def pins() -> dict[str, str]:
    """Return what the locks name for this machine, by a reader of its own."""
    lines = [
        line
        for lock in (RUN_LOCK, TEST_LOCK)
        for line in (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", "").splitlines()
    ]
    named = [Requirement(line.partition("--hash")[0]) for line in lines]
    return {
        one.name: str(one.specifier).removeprefix("==")
        for one in named
        if one.marker is None or one.marker.evaluate()
    }


def test_a_clone_gets_what_its_locks_name_whatever_was_released_since(
    old_pip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = tmp_path / "newer releases"
    for name in pins():
        write_wheel(house, name, NEWER, metadata=("Provides-Extra: toml",))
    monkeypatch.setenv("PIP_FIND_LINKS", house.as_uri())
    # pip finds, fetches, and checks all that it would install, and says so: unpacking it takes a minute more.
    report = tmp_path / "report.json"
    monkeypatch.setenv("PIP_DRY_RUN", "1")
    monkeypatch.setenv("PIP_REPORT", str(report))

    install_locks(old_pip, ROOT, [RUN_LOCK, TEST_LOCK])

    chosen = [one["metadata"] for one in json.loads(report.read_text(encoding="utf-8"))["install"]]
    assert {canonical(one["name"]): one["version"] for one in chosen} == pins()


def test_what_the_locks_name_fits_together() -> None:
    """The environment of these tests is what they name: `make test` makes it so."""
    pip(Path(sys.executable), "check", cwd=ROOT)


def test_the_same_release_breaks_an_installation_that_resolves(
    old_pip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was the matter with a lock that had lost its extras, on a small scale."""
    house = tmp_path / "wheels"
    covered = write_wheel(house, "covered", "1", metadata=("Provides-Extra: toml",))
    wants = write_wheel(house, "wants", "1", metadata=("Requires-Dist: covered[toml]>=1",))
    write_wheel(house, "covered", NEWER, metadata=("Provides-Extra: toml",))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", house.as_uri())
    (tmp_path / "lost.lock").write_text(locked(("covered==1", covered), ("wants==1", wants)))
    (tmp_path / "kept.lock").write_text(locked(("covered[toml]==1", covered), ("wants==1", wants)))
    resolving = [option for option in EXACTLY if option != "--no-deps"]

    with pytest.raises(Refused, match="all requirements must have their versions pinned with =="):
        pip(old_pip, "install", *resolving, "--requirement", "lost.lock", cwd=tmp_path)
    assert installed(old_pip) == {}

    install_locks(old_pip, tmp_path, ["kept.lock"])
    assert installed(old_pip) == {"covered": "1", "wants": "1"}
