"""`ciclo up`: starts servers and processes, shows where everything is, and keeps it running."""

import time
import webbrowser
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socket import socket
from typing import Final

from ciclo.cli.banner import BannerFacts, banner_text
from ciclo.cli.screen import Screen
from ciclo.localstack import stack
from ciclo.localstack.choices import Role
from ciclo.localstack.environment import as_lines
from ciclo.localstack.folder import StackFolder, lock_folder, write_private
from ciclo.localstack.keys import keys_of
from ciclo.localstack.ports import LOOPBACK, open_listener
from ciclo.localstack.probe import some_subscription, wait_until_ready
from ciclo.localstack.processes import Process, rotate
from ciclo.localstack.servers import Server, remember_ports, servers_for
from ciclo.localstack.signals import Interrupted, StopRequests, catch_stop_signals
from ciclo.localstack.start_lock import hold_start_lock
from ciclo.localstack.status import write_status
from ciclo.localstack.supervisor import RunFailed, Supervisor

USUAL_PORT: Final = 8_000
WATCH_S: Final = 0.1
DEMO_S_MAX: Final = 180.0
MIGRATE_S_MAX: Final = 3_600.0
FILE_TOKEN: Final = timedelta(days=30)


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the user chose."""

    folder: StackFolder
    port: int | None = None
    """None: the usual one, or one nearby. A port that was asked for is taken or refused."""
    workers: int = 2
    demo: bool = True
    open_browser: bool = False
    command: str = "ciclo"
    """How this shell calls us, for the banner."""


@dataclass(frozen=True, kw_only=True)
class _Run:
    """One run of the stack: what was chosen, and what is held until its end."""

    options: Options
    screen: Screen
    given: Mapping[str, str]
    socket: socket
    supervisor: Supervisor
    ending: StopRequests

    @property
    def port(self) -> int:
        return int(self.socket.getsockname()[1])

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def check(self) -> None:
        """Leave a wait that has become pointless."""
        self.ending.check()
        self.supervisor.require_all_alive()


def up(
    options: Options,
    screen: Screen,
    *,
    given: Mapping[str, str],
    processes: stack.Processes = stack.ciclo_processes,
) -> None:
    """Run the stack until SIGINT, SIGTERM or SIGHUP.

    Args:
        options: What the user chose.
        screen: Where progress is shown.
        given: The environment; its CICLO_ variables win over what the folder holds.
        processes: Says which processes there are, beside the servers.

    Raises:
        Fault: it could not be started; nothing of it is left running.
    """
    with ExitStack() as held:
        folder = options.folder
        held.enter_context(lock_folder(folder))
        held.callback(folder.state.unlink, missing_ok=True)
        rotate(folder.logs)
        ending = held.enter_context(catch_stop_signals())
        run = _Run(
            options=options,
            screen=screen,
            given=given,
            # Held for good: the API inherits it at each start, so that callers wait and are not refused.
            socket=held.enter_context(
                open_listener(options.port or USUAL_PORT, exactly=options.port is not None)
            ),
            supervisor=held.enter_context(
                Supervisor(logs=folder.logs, announce=screen.say, in_a_hurry=lambda: ending.urgent)
            ),
            ending=ending,
        )
        try:
            _start(run, processes)
            _keep_running(run)
        except Interrupted:
            screen.say("Stopping ...")
    screen.say(f"Stopped. The data stays in {folder.root}.")


def _start(run: _Run, processes: stack.Processes) -> None:
    if run.options.port is None and run.port != USUAL_PORT:
        run.screen.say(f"  Port {USUAL_PORT} is in use, so this takes {run.port}.")
    folder = run.options.folder
    is_new = not any(folder.mongo.glob("*"))
    with hold_start_lock(run.ending.check):
        keys = keys_of(folder)
        servers = servers_for(folder, keys, given=run.given)
        mongo, redis = servers
        settings = stack.settings_lines(
            folder, keys, url=run.url, mongo_url=mongo.url, redis_url=redis.url, given=run.given
        )
        environment = stack.child_environment(settings)
        own = processes(
            stack.Stack(environment=environment, workers=run.options.workers, listener=run.socket.fileno())
        )
        # The API is gated: it imports meanwhile. The workers begin once it is ready: on few cores they
        # would only delay it, and it has made collections and indexes by then.
        _start_servers(run, servers, beside=[process for process in own.first if process.gated])
    if own.before is not None and not (is_new and mongo.process is not None):
        _migrate(run, own.before)
    run.supervisor.open_gates()
    with run.screen.step("API and workers") as step:
        wait_until_ready(run.url, check=run.check)
        _start_workers(run, own.first)
        step.detail = f"{run.url}, {_names(own.first)}"
    _load_demo(run, mongo, environment)
    with run.screen.step("Further workers") as step:
        _start_workers(run, own.then)
        step.detail = _names(own.then)
    _greet(run, settings)


def _migrate(run: _Run, migration: Process) -> None:
    """Bring the data of an earlier release up to this one.

    Raises:
        Fault: it could not be done; nothing of this release has touched the data.
    """
    log = run.options.folder.logs / f"{migration.name}.log"
    with run.screen.step("Migrations") as step:

        def check() -> None:
            run.check()
            step.show(_last_line(log))

        run.supervisor.run(migration, wait_s_max=MIGRATE_S_MAX, check=check)
        step.detail = _last_line(log)


def _names(processes: Sequence[Process]) -> str:
    return ", ".join(process.name for process in processes)


def _start_workers(run: _Run, processes: Sequence[Process]) -> None:
    for process in processes:
        if not process.gated:
            run.supervisor.start(process)
    write_status(run.options.folder, url=run.url, standings=run.supervisor.process_states())


def _start_servers(run: _Run, servers: Sequence[Server], *, beside: Sequence[Process]) -> None:
    """Start the servers, and what may start *beside* them; return when the servers do their work."""
    for server in servers:
        if server.process:
            run.supervisor.start(server.process)
    remember_ports(run.options.folder, *servers)
    for process in beside:
        run.supervisor.start(process)
    for server in servers:
        with run.screen.step(server.label) as step:
            server.prove(run.check)
            step.detail = server.where


def _load_demo(run: _Run, mongo: Server, environment: Mapping[str, str]) -> None:
    """Load the demo data in a process of its own, once per data folder; the stack is of use without it."""
    folder = run.options.folder
    ours = mongo.process is not None
    if not run.options.demo or (ours and folder.demo.exists()):
        return
    log = folder.logs / "demo.log"
    with run.screen.step("Demo data") as step:

        def check() -> None:
            run.ending.check()
            run.supervisor.tick()
            step.show(_last_line(log))

        demo = Process(name="demo", command=stack.ciclo("demo"), environment=environment)
        try:
            run.supervisor.run(demo, wait_s_max=DEMO_S_MAX, check=check)
        except RunFailed as failure:
            step.detail = f"not loaded: {failure}; {failure.remedy}"
        else:
            step.detail = _last_line(log)
            if ours:
                folder.demo.touch()


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else ()
    return lines[-1] if lines else ""


def _greet(run: _Run, settings: Mapping[str, str]) -> None:
    """Write the env file and say where everything is."""
    # Its cryptography takes a while to import; by now nothing waits for it.
    from ciclo.localstack.tokens import ADMIN_EMAIL, CUSTOMER_EMAIL, sign_token, signer_from

    folder = run.options.folder
    signer = signer_from(settings, folder)
    now = datetime.now(UTC)

    def token(email: str, role: Role) -> str:
        return sign_token(signer, email=email, role=role, lifetime=FILE_TOKEN, now=now)

    admin_token = token(ADMIN_EMAIL, Role.ADMIN)

    lines = {
        "CICLO_URL": run.url,
        "CICLO_ADMIN_TOKEN": admin_token,
        "CICLO_CUSTOMER_TOKEN": token(CUSTOMER_EMAIL, Role.CUSTOMER),
        "CICLO_WEBHOOK_SECRET": settings["CICLO_WEBHOOK_SECRETS"].split(",")[0].strip(),
        "CICLO_MONGO_URL": settings["CICLO_MONGO_URL"],
        "CICLO_REDIS_URL": settings["CICLO_REDIS_URL"],
    }
    write_private(folder.env, as_lines(lines | stack.env_file_settings(settings)))
    run.screen.say(
        banner_text(
            BannerFacts(
                url=run.url,
                env_file=folder.env,
                command=run.options.command,
                subscription=some_subscription(run.url, token=admin_token),
            )
        )
    )
    if run.options.open_browser:
        webbrowser.open(f"{run.url}/")


def _keep_running(run: _Run) -> None:
    """Watch over the processes until the end is asked for."""
    while True:
        run.ending.check()
        if run.supervisor.tick():
            write_status(run.options.folder, url=run.url, standings=run.supervisor.process_states())
        time.sleep(WATCH_S)
