"""One start at a time chooses ports, by a lock that nobody else can lead to another file."""

import os
import tempfile
from pathlib import Path

import pytest

from ciclo.localstack.errors import LocalStackError
from ciclo.localstack.start_lock import hold_start_lock


class Waiting(Exception):
    """The turn is somebody else's."""


def not_waiting() -> None:
    raise Waiting


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the folder of the lock, which is not there yet, in a temporary folder of the test's own."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path / f"ciclo-{os.getuid()}"


@pytest.fixture
def precious(tmp_path: Path) -> Path:
    """Give a file that must stay as it is."""
    file = tmp_path / "precious"
    file.write_text("kept", encoding="utf-8")
    return file


def test_a_second_start_waits_for_the_first(place: Path) -> None:
    with hold_start_lock(not_waiting):
        with pytest.raises(Waiting), hold_start_lock(not_waiting):
            pass
        assert place.stat().st_mode & 0o777 == 0o700
    with hold_start_lock(not_waiting):
        pass


def test_a_link_in_place_of_the_lock_is_not_followed(place: Path, precious: Path) -> None:
    place.mkdir(mode=0o700)
    (place / "start.lock").symlink_to(precious)

    with pytest.raises(LocalStackError, match="cannot be opened"), hold_start_lock(not_waiting):
        pass
    assert precious.read_text(encoding="utf-8") == "kept"


def test_a_link_in_place_of_the_folder_is_refused(place: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir(mode=0o700)
    place.symlink_to(other)

    with pytest.raises(LocalStackError, match="is not a folder of yours alone"), hold_start_lock(not_waiting):
        pass
    assert list(other.iterdir()) == []


def test_a_folder_that_others_may_write_to_is_refused(place: Path) -> None:
    place.mkdir()
    place.chmod(0o777)

    with pytest.raises(LocalStackError, match="is not a folder of yours alone"), hold_start_lock(not_waiting):
        pass
