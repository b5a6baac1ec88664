"""A MongoDB and a Valkey for one test run: real, on free ports, with their files in memory if possible."""

import shutil
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ciclo.localstack.folder import StackFolder, lock_folder, running_pid
from ciclo.localstack.keys import keys_of
from ciclo.localstack.processes import Process
from ciclo.localstack.servers import servers_for
from ciclo.localstack.supervisor import Supervisor

ANY_PORT: Final = {"mongo": 0, "valkey": 0}
PREFIX: Final = "ciclo-tests-"
MEMORY: Final = Path("/dev/shm")  # noqa: S108 - a file system, of which we take a folder of our own
MEMORY_BYTES_MIN: Final = 2 * 1024**3


@dataclass(frozen=True, kw_only=True)
class Servers:
    """Two running servers."""

    mongo_url: str
    redis_url: str
    stop: Callable[[], None]
    """Ends them at once; calling it again does nothing."""


def start(directory: Path) -> Servers:
    """Start both servers with their data in *directory*; they end with this process at the latest."""
    folder = StackFolder(directory)
    with ExitStack() as held:
        held.enter_context(lock_folder(folder))
        # Nobody reads this data again, so nothing waits for an orderly end.
        supervisor = held.enter_context(Supervisor(logs=folder.logs, in_a_hurry=lambda: True))
        servers = servers_for(folder, keys_of(folder), given={}, ports=ANY_PORT)
        for server in servers:
            assert server.process is not None
            supervisor.start(_breakable(server.process))
        for server in servers:
            server.prove(supervisor.require_all_alive)
        mongo, redis = servers
        return Servers(mongo_url=mongo.url, redis_url=redis.url, stop=held.pop_all().close)


def _breakable(process: Process) -> Process:
    """Let tests inject faults into mongod; they do so for clients of their own name only."""
    if process.name != "mongod":
        return process
    return replace(process, command=(*process.command, "--setParameter", "enableTestCommands=1"))


def scratch() -> Path:
    """Return a new folder: in memory, where an fsync costs nothing and means the same, else on disk."""
    roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= MEMORY_BYTES_MIN
    root = MEMORY if roomy else Path(tempfile.gettempdir())
    _sweep(root)
    return Path(tempfile.mkdtemp(prefix=PREFIX, dir=root))


def _sweep(root: Path) -> None:
    """Remove what runs that were killed have left."""
    for left in root.glob(f"{PREFIX}*"):
        folder = StackFolder(left)
        if folder.lock.exists() and running_pid(folder) is None:
            shutil.rmtree(left, ignore_errors=True)
