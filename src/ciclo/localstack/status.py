"""What is running in a data folder: noted by the supervisor, read by `ciclo status`."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ciclo.localstack.folder import StackFolder, read_json, running_pid, write_private
from ciclo.localstack.probe import OK, readiness
from ciclo.localstack.supervisor import ProcessState


@dataclass(frozen=True, kw_only=True)
class StackStatus:
    """How a stack is doing."""

    running: bool
    ready: bool = False
    pid: int | None = None
    url: str | None = None
    processes: tuple[ProcessState, ...] = ()


def write_status(folder: StackFolder, *, url: str, standings: Sequence[ProcessState]) -> None:
    """Write down how the processes are doing."""
    written = {"url": url, "processes": [asdict(standing) for standing in standings]}
    write_private(folder.state, json.dumps(written, indent=2) + "\n")


def read_status(folder: StackFolder) -> StackStatus:
    """Return how the stack in *folder* is doing; the lock tells whether it runs, not what it noted."""
    pid = running_pid(folder)
    if pid is None:
        return StackStatus(running=False)
    noted = read_json(folder.state)
    if not noted:
        return StackStatus(running=True, pid=pid)
    return StackStatus(
        running=True,
        ready=readiness(noted["url"])[0] == OK,
        pid=pid,
        url=noted["url"],
        processes=tuple(ProcessState(**standing) for standing in noted["processes"]),
    )


def as_text(status: StackStatus, folder: StackFolder) -> str:
    """Return *status* as lines for people."""
    if not status.running:
        return f"Nothing is running in {folder.root}."
    words = "ready" if status.ready else "not ready"
    lines = [f"{words}  {status.url or 'starting'}  (pid {status.pid}, data in {folder.root})"]
    lines += [
        f"  {process.name:<14} {f'pid {process.pid}' if process.pid else 'waits for its restart':<22}"
        f" {process.restarts} restarts"
        for process in status.processes
    ]
    return "\n".join(lines)


def as_json(status: StackStatus) -> str:
    """Return *status* for scripts."""
    fields: dict[str, Any] = asdict(status)
    return json.dumps(fields, indent=2)
