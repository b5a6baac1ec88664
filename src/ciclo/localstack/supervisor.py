"""Keeps child processes running: starts, restarts and stops them, and leaves none behind."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from ciclo.backoff import Backoff
from ciclo.localstack.crash_report import read_crash_report
from ciclo.localstack.errors import LocalStackError
from ciclo.localstack.processes import Child, Process, StopStage, ask_to_stop, kill, open_gate, release, spawn

POLL_S: Final = 0.05
RESTART_BACKOFF: Final = Backoff(first=0.5, max=30.0)
"""How long a process that died waits for its restart."""

STEADY_S: Final = 60.0
"""A process that has run this long is taken for healthy: its next death is a first one again."""


@dataclass(frozen=True, kw_only=True)
class ProcessState:
    """How one process is doing."""

    name: str
    pid: int | None
    """None while it waits for its restart."""
    restarts: int


@dataclass
class _Slot:
    """One process's place in the stack; the child in it changes when it is restarted."""

    process: Process
    child: Child | None
    started_at: float
    deaths: int = 0
    restarts: int = 0
    restart_at: float = 0.0


class RunFailed(LocalStackError):
    """A process that was to run once has failed, or was not done in time."""


class Supervisor:
    """The child processes of one stack; leaving the `with` block ends them all.

    Args:
        logs: The folder for `NAME.log`.
        announce: Told a line about each death and restart.
        in_a_hurry: Asked while stopping; True kills at once.
    """

    def __init__(
        self,
        *,
        logs: Path,
        announce: Callable[[str], None] = lambda _line: None,
        in_a_hurry: Callable[[], bool] = lambda: False,
    ) -> None:
        self._logs = logs
        self._announce = announce
        self._in_a_hurry = in_a_hurry
        self._places: list[_Slot] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self, process: Process) -> None:
        """Start *process*; a gated one waits for `open_gates`."""
        child = spawn(process, logs=self._logs)
        self._places.append(_Slot(process, child, time.monotonic()))

    def open_gates(self) -> None:
        """Tell the gated processes that the servers are there."""
        for child in self._children():
            open_gate(child)

    def require_all_alive(self) -> None:
        """Check during the start, where a death is final.

        Raises:
            Fault: a process has died; with the end of its log.
        """
        for child in self._children():
            code = child.handle.poll()
            if code is not None:
                raise _failed(child, _ending(code))

    def tick(self) -> bool:
        """Reap the dead and restart those whose wait is over; return whether anything changed."""
        now = time.monotonic()
        changed = False
        for place in self._places:
            if place.child is None:
                if now >= place.restart_at:
                    self._restart(place, now)
                    changed = True
            elif (code := place.child.handle.poll()) is not None:
                self._give_up_on_child(place, place.child, code=code, now=now)
                changed = True
        return changed

    def process_states(self) -> list[ProcessState]:
        """Return how each process is doing, in the order of starting."""
        return [
            ProcessState(
                name=place.process.name,
                pid=place.child.handle.pid if place.child else None,
                restarts=place.restarts,
            )
            for place in self._places
        ]

    def run(self, process: Process, *, wait_s_max: float, check: Callable[[], None]) -> None:
        """Run *process* once, to its end.

        Args:
            process: What to run.
            wait_s_max: How long it may take.
            check: Called while it runs; raises to end it early.

        Raises:
            RunFailed: it failed or took too long.
        """
        child = spawn(process, logs=self._logs)
        deadline = time.monotonic() + wait_s_max
        try:
            open_gate(child)
            while (code := child.handle.poll()) is None and time.monotonic() < deadline:
                check()
                time.sleep(POLL_S)
        finally:
            kill(child)
        if code != 0:
            raise _failed(child, "took too long" if code is None else _ending(code), as_a=RunFailed)

    def stop(self) -> None:
        """Stop the stages in order, each within its bound, and kill what is left."""
        for stage in StopStage:
            self._stop([child for child in self._children() if child.process.stage is stage])
        self._places.clear()

    def _children(self) -> list[Child]:
        return [place.child for place in self._places if place.child is not None]

    def _stop(self, children: list[Child]) -> None:
        try:
            for child in children:
                ask_to_stop(child)
            deadline = time.monotonic() + max((child.process.stop_s_max for child in children), default=0.0)
            while any(child.handle.poll() is None for child in children):
                if time.monotonic() >= deadline or self._in_a_hurry():
                    break
                time.sleep(POLL_S)
        finally:
            for child in children:
                kill(child)

    def _give_up_on_child(self, place: _Slot, child: Child, *, code: int, now: float) -> None:
        release(child)
        place.deaths = 1 if now - place.started_at >= STEADY_S else place.deaths + 1
        delay_s = RESTART_BACKOFF.pause_s(place.deaths)
        place.child, place.restart_at = None, now + delay_s
        self._announce(f"{place.process.name} {_ending(code)}: restart in {delay_s:g} s, see {child.log}")

    def _restart(self, place: _Slot, now: float) -> None:
        place.child, place.started_at = spawn(place.process, logs=self._logs), now
        place.restarts += 1
        open_gate(place.child)
        self._announce(f"{place.process.name} restarted (pid {place.child.handle.pid})")


def _failed(child: Child, what: str, *, as_a: type[LocalStackError] = LocalStackError) -> LocalStackError:
    """Return the fault that *child* has caused."""
    told = read_crash_report(child.log)
    return as_a(
        ": ".join(filter(None, (f"{child.process.name} {what}", told.reason))),
        remedy=f"see {child.log}, or ciclo doctor",
        evidence=told.lines,
    )


def _ending(code: int) -> str:
    return f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}"
