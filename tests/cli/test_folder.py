"""A data folder belongs to one stack at a time, and only what Ciclo made is removed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ciclo.localstack.errors import LocalStackError
from ciclo.localstack.folder import (
    StackFolder,
    clear_folder,
    lock_folder,
    read_json,
    running_pid,
    write_private,
)
from ciclo.localstack.keys import keys_of
from tests.cli.waiting import eventually

HOLDER = """
import sys, time
from pathlib import Path
from ciclo.localstack.folder import StackFolder, lock_folder
with lock_folder(StackFolder(Path(sys.argv[1]))):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_folder_has_one_holder_and_ends_with_it(tmp_path: Path) -> None:
    folder = StackFolder(tmp_path / "data")
    with subprocess.Popen(
        (sys.executable, "-c", HOLDER, str(folder.root)), stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert running_pid(folder) == holder.pid
        with (
            pytest.raises(LocalStackError, match=rf"already running in .*data \(pid {holder.pid}\)"),
            lock_folder(folder),
        ):
            pass

        holder.kill()

        eventually(lambda: running_pid(folder) is None)
    with lock_folder(folder):
        assert running_pid(folder) == os.getpid()


def test_a_folder_with_files_of_others_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine", encoding="utf-8")

    with (
        pytest.raises(LocalStackError, match="not empty and was not made by Ciclo"),
        lock_folder(StackFolder(tmp_path)),
    ):
        pass

    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    place = tmp_path / "data"
    place.write_text("", encoding="utf-8")

    with pytest.raises(LocalStackError, match="is a file"), lock_folder(StackFolder(place)):
        pass


def test_clearing_removes_what_ciclo_made_and_nothing_else(tmp_path: Path) -> None:
    folder = StackFolder(tmp_path / "data")
    with lock_folder(folder):
        (folder.mongo / "WiredTiger").write_text("", encoding="utf-8")
        folder.demo.touch()
    note = folder.root / "note.txt"
    note.write_text("mine", encoding="utf-8")

    clear_folder(folder)

    assert list(folder.root.iterdir()) == [note]


def test_clearing_removes_an_empty_folder(tmp_path: Path) -> None:
    folder = StackFolder(tmp_path / "data")
    with lock_folder(folder):
        pass

    clear_folder(folder)

    assert not folder.root.exists()


def test_clearing_is_refused_while_a_stack_runs(tmp_path: Path) -> None:
    folder = StackFolder(tmp_path / "data")
    with lock_folder(folder), pytest.raises(LocalStackError, match="already running"):
        clear_folder(folder)

    assert folder.mongo.is_dir()


def test_clearing_a_folder_of_others_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LocalStackError, match="no data folder of Ciclo"):
        clear_folder(StackFolder(tmp_path))


def test_secrets_are_made_once_and_are_private(tmp_path: Path) -> None:
    folder = StackFolder(tmp_path / "data")
    with lock_folder(folder):
        keys = keys_of(folder)

        assert keys_of(folder) == keys
    assert len(keys.jwt.encode()) >= 32
    assert keys.webhook.startswith("whsec_")
    modes = {path.name: path.stat().st_mode & 0o777 for path in folder.keys.iterdir()}
    assert modes == dict.fromkeys(("jwt", "webhook", "sandbox", "valkey", "encryption"), 0o600)


def test_two_folders_have_different_secrets(tmp_path: Path) -> None:
    found = []
    for name in ("one", "two"):
        folder = StackFolder(tmp_path / name)
        with lock_folder(folder):
            found.append(keys_of(folder))

    one, two = found
    assert not {one.jwt, one.webhook, one.sandbox, one.valkey, one.replica_set} & {
        two.jwt,
        two.webhook,
        two.sandbox,
        two.valkey,
        two.replica_set,
    }


@pytest.mark.parametrize("text", ["", '{"mongo": 27', "[1]"])
def test_a_torn_note_counts_as_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "ports.json"
    path.write_text(text, encoding="utf-8")

    assert read_json(path) == {}


def test_a_private_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "env"
    path.write_text("old", encoding="utf-8")
    path.chmod(0o644)

    write_private(path, "new")

    assert (path.read_text(encoding="utf-8"), path.stat().st_mode & 0o777) == ("new", 0o600)
