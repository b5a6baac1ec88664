"""Installing: whatever was there before, .venv has what the locks name, and a failure is one sentence."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

import install
from install import Refused, install_packages, python_of, reason
from tests.install.wheels import locked, write_wheel

ROOT: Final = Path(__file__).parents[2]
RUN, TEST = "run.lock", "test.lock"
OF_PYTHON: Final = {"pip", "setuptools"}


@dataclass(frozen=True)
class Tree:
    """A clone of something small: two locks, and the wheels that they name."""

    root: Path
    house: Path

    def lock(self, lock: str, *names: str) -> None:
        """Let *lock* name version 1 of each package."""
        wheels = [(f"{name}==1", write_wheel(self.house, name, "1")) for name in names]
        (self.root / lock).write_text(locked(*wheels))

    def install(self, *locks: str) -> None:
        install_packages(self.root, locks, room_bytes_min=0)

    def packages(self) -> set[str]:
        """Ask the environment by its own Python, which has to work."""
        code = "from importlib import metadata as m; print(*(d.name for d in m.distributions()))"
        python = python_of(self.root / ".venv")
        said = subprocess.run((python, "-I", "-c", code), capture_output=True, check=True, text=True)
        return set(said.stdout.split()) - OF_PYTHON

    def witness(self) -> Path:
        """A file that is gone if the environment is made anew."""
        return self.root / ".venv" / "witness"


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tree:
    """A tree in a folder as people name them, and a pip that knows of nothing but its wheel house."""
    root, house = tmp_path / "Área de trabalho" / "my clone", tmp_path / "wheels"
    root.mkdir(parents=True)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", house.as_uri())
    made = Tree(root, house)
    made.lock(RUN, "one", "two")
    return made


def test_half_an_environment_is_made_anew(tree: Tree) -> None:
    python_of(tree.root / ".venv").parent.mkdir(parents=True)
    python_of(tree.root / ".venv").write_text("a try that was killed while it wrote this")
    tree.witness().touch()

    tree.install(RUN)

    assert tree.packages() == {"one", "two"}
    assert not tree.witness().exists()


def test_what_testing_needs_goes_on_top_and_stays(tree: Tree) -> None:
    tree.lock(TEST, "three")
    tree.install(RUN)
    tree.witness().touch()

    tree.install(RUN, TEST)
    tree.install(RUN)

    assert tree.packages() == {"one", "two", "three"}
    assert tree.witness().exists()


def test_what_a_lock_no_longer_names_is_gone(tree: Tree) -> None:
    tree.install(RUN)
    tree.lock(RUN, "two", "four")

    tree.install(RUN)

    assert tree.packages() == {"two", "four"}


def test_a_folder_that_was_moved_gets_an_environment_of_its_own(tree: Tree) -> None:
    tree.install(RUN)
    moved = Tree(tree.root.rename(tree.root.with_name("moved")), tree.house)

    moved.install(RUN)

    pip = (moved.root / ".venv" / "bin" / "pip").read_text(encoding="utf-8")
    assert moved.packages() == {"one", "two"}
    assert f"{moved.root}/.venv/bin/python" in pip


def test_where_nothing_changed_nothing_is_done(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    tree.install(RUN)
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    tree.witness().touch()

    tree.install(RUN)

    assert tree.witness().exists()


def test_a_wheel_that_is_not_the_one_of_the_lock_is_refused_and_nothing_is_taken_for_done(tree: Tree) -> None:
    write_wheel(tree.house, "two", "1", metadata=("Summary: another one",))

    with pytest.raises(Refused, match="a package is not the file that the lock names"):
        tree.install(RUN)

    assert not (tree.root / ".venv" / "packages.json").exists()


def test_without_an_index_one_sentence_says_where_to_look(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "1")

    with pytest.raises(Refused, match=r"^pip reaches no index: see to the network[^.\n]*$"):
        tree.install(RUN)


def test_a_disk_without_room_is_refused_before_anything_is_written(tree: Tree) -> None:
    with pytest.raises(Refused, match=r"GB left and [\d.]+ GB are needed: make room, or clone"):
        install_packages(tree.root, [RUN], room_bytes_min=10**18)

    assert [path.name for path in tree.root.iterdir()] == [RUN]


def test_a_folder_that_can_not_be_written_to_is_one_sentence(tree: Tree) -> None:
    shutil.copy(ROOT / "install.py", tree.root)
    (tree.root / RUN).rename(tree.root / install.RUN_LOCK)
    tree.root.chmod(0o555)
    # For root, permissions say nothing as long as it may override them.
    drop = ("setpriv", "--bounding-set=-dac_override") if os.getuid() == 0 else ()

    done = subprocess.run(
        (*drop, sys.executable, "install.py"), cwd=tree.root, capture_output=True, check=False, text=True
    )

    tree.root.chmod(0o755)
    assert (done.returncode, done.stdout, done.stderr) == (
        1,
        "",
        f"install.py: {tree.root} is not yours to write to: clone Ciclo into a folder of your own.\n",
    )


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (
            "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device\n",
            "the disk is full",
        ),
        (
            "ERROR: Could not find a version\nERROR: No matching distribution found for typst==1",
            "the index that pip asks has no wheel of typst==1 for Python 3.",
        ),
        ("[Errno 13] Permission denied: '.venv/bin/pip'", "a file here is not yours to write: remove .venv"),
        ("[Errno 30] Read-only file system: '.venv'", "this folder is read-only: clone Ciclo"),
        ("WARNING: a\nERROR: first\nERROR: something else.\n\n[notice] a new pip\n", "something else"),
        ("", "Python failed and said nothing"),
    ],
)
def test_what_pip_says_becomes_one_sentence(said: str, sentence: str) -> None:
    assert reason(said).startswith(sentence)
    assert "\n" not in reason(said)


@pytest.mark.parametrize("version", ["3.10.13", "3.12.1 without its venv module"])
def test_without_a_python_that_will_do_make_says_what_to_install(tmp_path: Path, version: str) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    stand_in = tmp_path / "bin" / "python3"
    stand_in.parent.mkdir()
    stand_in.write_text(f'#!/bin/sh\nif [ "$1" = --version ]; then echo Python {version}; else exit 1; fi\n')
    stand_in.chmod(0o755)
    make = shutil.which("make")
    assert make

    done = subprocess.run(
        (make, "up"),
        cwd=tmp_path,
        env={"PATH": str(stand_in.parent)},
        capture_output=True,
        check=False,
        text=True,
    )

    said, made = done.stderr.splitlines()
    assert said == (
        f"Ciclo needs Python 3.11 or newer with its venv module, and python3 here is Python {version}: "
        "apt-get install -y python3 python3-venv (Debian 12, Ubuntu 24.04), or brew install python."
    )
    assert made.startswith("make: ***")
