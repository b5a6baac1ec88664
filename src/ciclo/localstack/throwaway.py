"""A stack for one command: servers and processes of its own, in a folder that is removed afterwards."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ciclo.localstack import stack
from ciclo.localstack.environment import PREFIX
from ciclo.localstack.folder import StackFolder, lock_folder
from ciclo.localstack.keys import keys_of
from ciclo.localstack.ports import LOOPBACK, open_listener
from ciclo.localstack.probe import wait_until_ready
from ciclo.localstack.servers import servers_for
from ciclo.localstack.signals import catch_stop_signals
from ciclo.localstack.supervisor import Supervisor

ANY_PORT: Final = {"mongo": 0, "valkey": 0}
FOLDER_PREFIX: Final = "ciclo-throwaway-"


@dataclass(frozen=True, kw_only=True)
class ThrowawayStack:
    """A stack that runs. `check` raises once waiting is pointless: a process died, the end was asked for."""

    settings: Mapping[str, str]
    check: Callable[[], None]


@contextmanager
def run_throwaway_stack(*, workers: int) -> Iterator[ThrowawayStack]:
    """Run a stack with *workers* billing workers until the block ends; nothing of it is left.

    What the environment says of another stack has no part in it.

    Raises:
        Fault: it could not be started.
        Interrupted: the end was asked for meanwhile.
    """
    with ExitStack() as held:
        root = Path(tempfile.mkdtemp(prefix=FOLDER_PREFIX))
        held.callback(shutil.rmtree, root, ignore_errors=True)
        folder = StackFolder(root)
        held.enter_context(lock_folder(folder))
        ending = held.enter_context(catch_stop_signals())
        socket = held.enter_context(open_listener(0, exactly=False))
        # Nobody reads this data again, so nothing waits for an orderly end.
        supervisor = held.enter_context(Supervisor(logs=folder.logs, in_a_hurry=lambda: True))

        def check() -> None:
            ending.check()
            supervisor.require_all_alive()

        url = f"http://{LOOPBACK}:{socket.getsockname()[1]}"
        settings = _started(
            supervisor, folder, url=url, workers=workers, descriptor=socket.fileno(), check=check
        )
        yield ThrowawayStack(settings=settings, check=check)


def _started(
    supervisor: Supervisor,
    folder: StackFolder,
    *,
    url: str,
    workers: int,
    descriptor: int,
    check: Callable[[], None],
) -> dict[str, str]:
    """Start servers, then the processes; return the settings of them all."""
    keys = keys_of(folder)
    servers = servers_for(folder, keys, given={}, ports=ANY_PORT)
    mongo, redis = servers
    settings = stack.settings_lines(
        folder, keys, url=url, mongo_url=mongo.url, redis_url=redis.url, given={}
    ) | {"CICLO_LOG_LEVEL": "WARNING"}
    others = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    own = stack.ciclo_processes(
        stack.Stack(environment=others | settings, workers=workers, listener=descriptor)
    )
    everyone = (*own.first, *own.then)
    for server in servers:
        if server.process:
            supervisor.start(server.process)
    for process in everyone:
        if process.gated:
            supervisor.start(process)
    for server in servers:
        server.prove(check)
    supervisor.open_gates()
    # The API makes collections and indexes; those who find them there start quicker.
    wait_until_ready(url, check=check)
    for process in everyone:
        if not process.gated:
            supervisor.start(process)
    return settings
