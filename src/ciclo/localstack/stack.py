"""Which processes a stack consists of, and the environment that they share."""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ciclo.localstack.environment import PREFIX
from ciclo.localstack.folder import StackFolder
from ciclo.localstack.keys import Keys
from ciclo.localstack.processes import Process


@dataclass(frozen=True, kw_only=True)
class Stack:
    """What the list of processes depends on."""

    environment: Mapping[str, str]
    workers: int
    listener: int
    """The file descriptor of the API's socket: the supervisor holds it, so that a restart refuses nobody."""


@dataclass(frozen=True, kw_only=True)
class CicloProcesses:
    """The processes of Ciclo itself."""

    first: tuple[Process, ...]
    """The API and one worker of each stream: all that people and the demo need."""

    then: tuple[Process, ...] = ()
    """Those that share the work and watch over it; on few cores their start would only delay the others."""

    before: Process | None = None
    """Runs to its end before all others where there are data of an earlier start: the migrations."""


Processes = Callable[[Stack], CicloProcesses]


def ciclo(*arguments: str) -> tuple[str, ...]:
    """Return the command that runs `ciclo ARGUMENTS` by this interpreter."""
    # -P: a folder `workers` where the user stands must not be taken for ours.
    return (sys.executable, "-P", "-m", "ciclo", *arguments)


def ciclo_processes(stack: Stack) -> CicloProcesses:
    """Return the processes of Ciclo."""

    def worker(name: str, kind: str) -> Process:
        return Process(name=name, command=ciclo("worker", kind), environment=stack.environment)

    api = Process(
        name="api",
        command=ciclo("api", "--fd", str(stack.listener), "--gated"),
        environment=stack.environment,
        gated=True,
        files=(stack.listener,),
    )
    return CicloProcesses(
        first=(api, worker("worker-1", "billing"), worker("collection", "collection")),
        then=(
            *(worker(f"worker-{number}", "billing") for number in range(2, stack.workers + 1)),
            worker("delivery", "delivery"),
            worker("mailer", "mailer"),
            worker("relay", "relay"),
            worker("scheduler", "scheduler"),
        ),
        before=Process(name="migrate", command=ciclo("migrate"), environment=stack.environment),
    )


def settings_lines(
    folder: StackFolder, keys: Keys, *, url: str, mongo_url: str, redis_url: str, given: Mapping[str, str]
) -> dict[str, str]:
    """Return the settings that this stack runs with; what the user has *given* wins over our own."""
    ours = {
        "CICLO_BASE_URL": url,
        "CICLO_JWT_SECRET": keys.jwt,
        "CICLO_WEBHOOK_SECRETS": keys.webhook,
        "CICLO_SANDBOX_SECRET": keys.sandbox,
        "CICLO_ENCRYPTION_KEYS": keys.encryption,
        "CICLO_DATA_DIR": str(folder.root.resolve()),
    }
    theirs = {name: value for name, value in given.items() if name.startswith(PREFIX) and value}
    return ours | theirs | {"CICLO_MONGO_URL": mongo_url, "CICLO_REDIS_URL": redis_url}


def env_file_settings(settings: Mapping[str, str]) -> dict[str, str]:
    """Return the settings that our other commands need, without the address: the port may change."""
    return {name: value for name, value in settings.items() if name != "CICLO_BASE_URL"}


def child_environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of Ciclo's processes."""
    return {**os.environ, **settings, "PYTHONUNBUFFERED": "1"}
