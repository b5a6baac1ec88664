"""The supervisor restarts what dies, stops in order, and leaves nothing behind."""

import os
import signal
from pathlib import Path

import pytest

from ciclo.localstack.errors import LocalStackError
from ciclo.localstack.processes import Process, StopStage
from ciclo.localstack.supervisor import RESTART_BACKOFF, ProcessState, RunFailed, Supervisor
from tests.cli.waiting import alive, eventually

WAIT_FOR_TERM = (
    "trap 'date +%s%N > {0}.stopped; exit 0' TERM; date > {0}.started; while :; do sleep 0.02; done"
)


def waiting(name: str, folder: Path, *, stage: StopStage = StopStage.WORK) -> Process:
    """Return a process that notes when it has started and when it was told to stop."""
    return shell(name, WAIT_FOR_TERM.format(folder / name), stage=stage)


def shell(name: str, script: str, *, stage: StopStage = StopStage.WORK, stop_s_max: float = 5.0) -> Process:
    return Process(
        name=name,
        command=("/bin/sh", "-c", script),
        environment=os.environ,
        stage=stage,
        stop_s_max=stop_s_max,
    )


def test_the_wait_before_a_restart_doubles_up_to_a_bound() -> None:
    assert [RESTART_BACKOFF.pause_s(deaths) for deaths in (1, 2, 3, 4, 5, 6, 7, 8, 1_000)] == [
        0.5,
        1.0,
        2.0,
        4.0,
        8.0,
        16.0,
        30.0,
        30.0,
        30.0,
    ]


def test_a_process_that_dies_is_started_again_and_announced(tmp_path: Path) -> None:
    said: list[str] = []
    with Supervisor(logs=tmp_path, announce=said.append) as supervisor:
        supervisor.start(shell("sleeper", "sleep 60"))
        first = supervisor.process_states()[0].pid
        assert first is not None
        os.kill(first, signal.SIGKILL)

        eventually(lambda: supervisor.tick() and not supervisor.process_states()[0].pid)
        eventually(lambda: supervisor.tick() and supervisor.process_states()[0].pid)

        (standing,) = supervisor.process_states()
        assert standing == ProcessState(name="sleeper", pid=standing.pid, restarts=1)
        assert standing.pid != first
    assert said == [
        f"sleeper was ended by signal 9: restart in 0.5 s, see {tmp_path / 'sleeper.log'}",
        f"sleeper restarted (pid {standing.pid})",
    ]


def test_a_process_that_keeps_dying_waits_longer_each_time(tmp_path: Path) -> None:
    said: list[str] = []
    with Supervisor(logs=tmp_path, announce=said.append) as supervisor:
        supervisor.start(shell("broken", "exit 3"))

        eventually(lambda: (supervisor.tick(), len(said) >= 3)[1])

    assert [line.partition(", see")[0] for line in said if "restart in" in line] == [
        "broken ended with exit code 3: restart in 0.5 s",
        "broken ended with exit code 3: restart in 1 s",
    ]


def test_stages_stop_one_after_the_other(tmp_path: Path) -> None:
    names = {"api": StopStage.WORK, "valkey": StopStage.REDIS, "mongod": StopStage.MONGO}
    with Supervisor(logs=tmp_path) as supervisor:
        for name, stage in reversed(names.items()):
            supervisor.start(waiting(name, tmp_path, stage=stage))
        eventually(lambda: all((tmp_path / f"{name}.started").exists() for name in names))

    stopped_at = {name: int((tmp_path / f"{name}.stopped").read_text(encoding="utf-8")) for name in names}
    assert sorted(stopped_at, key=stopped_at.__getitem__) == ["api", "valkey", "mongod"]


def test_a_process_that_ignores_the_request_is_killed(tmp_path: Path) -> None:
    stubborn = shell("stubborn", "trap '' TERM; echo up; while :; do sleep 0.02; done", stop_s_max=0.2)
    with Supervisor(logs=tmp_path) as supervisor:
        supervisor.start(stubborn)
        eventually(lambda: (tmp_path / "stubborn.log").read_text(encoding="utf-8") == "up\n")
        pid = supervisor.process_states()[0].pid
        assert pid is not None

    assert not alive(pid)


def test_a_death_during_the_start_is_explained_by_the_log(tmp_path: Path) -> None:
    with Supervisor(logs=tmp_path) as supervisor:
        supervisor.start(shell("api", "echo 'Traceback ...'; echo 'KeyError: 1'; exit 1"))

        def complaint() -> LocalStackError | None:
            try:
                supervisor.require_all_alive()
            except LocalStackError as fault:
                return fault
            return None

        fault = eventually(complaint)
    assert fault is not None
    assert fault.cause == "api ended with exit code 1: KeyError: 1"
    assert fault.remedy == f"see {tmp_path / 'api.log'}, or ciclo doctor"
    assert fault.evidence == ("Traceback ...", "KeyError: 1")


def test_one_run_is_waited_for(tmp_path: Path) -> None:
    with Supervisor(logs=tmp_path) as supervisor:
        supervisor.run(shell("demo", "echo 3 plans"), wait_s_max=30, check=lambda: None)

    assert (tmp_path / "demo.log").read_text(encoding="utf-8") == "3 plans\n"


@pytest.mark.parametrize(
    ("script", "wait_s_max", "cause"),
    [("echo no; exit 2", 30, "demo ended with exit code 2: no"), ("sleep 60", 0.3, "demo took too long")],
)
def test_one_run_that_fails_says_so(tmp_path: Path, script: str, wait_s_max: float, cause: str) -> None:
    with Supervisor(logs=tmp_path) as supervisor, pytest.raises(RunFailed, match=cause):
        supervisor.run(shell("demo", script), wait_s_max=wait_s_max, check=lambda: None)


def test_a_gated_process_goes_on_when_told(tmp_path: Path) -> None:
    gated = Process(
        name="gated",
        command=("/bin/sh", "-c", "echo loaded; read word; echo $word"),
        environment=os.environ,
        gated=True,
    )
    log = tmp_path / "gated.log"
    with Supervisor(logs=tmp_path) as supervisor:
        supervisor.start(gated)
        eventually(lambda: log.read_text(encoding="utf-8") == "loaded\n")

        supervisor.open_gates()

        eventually(lambda: log.read_text(encoding="utf-8") == "loaded\ngo\n")
