"""A guarded command does not outlive the process that asked for it, by either means."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ciclo.localstack.processes import GUARD, Process, ask_to_stop, kill, spawn
from tests.cli.waiting import alive, eventually

PARENT = """
import subprocess, sys, time
from pathlib import Path
from ciclo.localstack.processes import Process, spawn
child = spawn(
    Process(name="sleeper", command=("/bin/sh", "-c", "echo $$; sleep 60"), environment={}),
    logs=Path(sys.argv[1]),
    kernel_watches_parent=sys.argv[2] == "kernel",
)
time.sleep(60)
"""


@pytest.mark.parametrize("means", ["kernel", "pipe"])
def test_a_command_ends_when_its_parent_is_killed(tmp_path: Path, means: str) -> None:
    with subprocess.Popen((sys.executable, "-c", PARENT, str(tmp_path), means)) as parent:
        log = tmp_path / "sleeper.log"
        pid = int(eventually(lambda: log.exists() and log.read_text(encoding="utf-8").strip()))
        assert alive(pid)

        parent.kill()

        eventually(lambda: not alive(pid))


def test_a_command_is_not_started_for_a_parent_that_is_gone() -> None:
    another = subprocess.run(
        (sys.executable, "-I", "-S", str(GUARD), "1", "-1", "/bin/echo", "started"),
        capture_output=True,
        check=False,
    )

    assert (another.returncode, another.stdout) == (3, b"")


@pytest.mark.parametrize("kernel_watches_parent", [True, False])
def test_a_command_can_be_asked_to_stop(tmp_path: Path, *, kernel_watches_parent: bool) -> None:
    stops = "trap 'echo stopping; exit 7' TERM; echo up; while :; do sleep 0.05; done"
    child = spawn(
        Process(name="polite", command=("/bin/sh", "-c", stops), environment=os.environ),
        logs=tmp_path,
        kernel_watches_parent=kernel_watches_parent,
    )
    try:
        eventually(lambda: "up" in child.log.read_text(encoding="utf-8"))

        ask_to_stop(child)

        assert eventually(child.handle.poll) == 7
        assert child.log.read_text(encoding="utf-8") == "up\nstopping\n"
    finally:
        kill(child)


def test_killing_takes_what_the_command_has_started(tmp_path: Path) -> None:
    nested = Process(
        name="nested", command=("/bin/sh", "-c", "sleep 60 & echo $!; wait"), environment=os.environ
    )
    child = spawn(nested, logs=tmp_path)
    grandchild = int(eventually(lambda: child.log.read_text(encoding="utf-8").strip()))

    kill(child)

    assert child.handle.returncode == -signal.SIGKILL
    eventually(lambda: not alive(grandchild))
