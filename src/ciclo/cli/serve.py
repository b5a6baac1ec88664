"""Runs one process of the stack: the API, or a worker."""

import asyncio
import atexit
import gc
import os
import socket
import sys
from collections.abc import Awaitable, Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from ciclo import logs, tracing
from ciclo.localstack.errors import LocalStackError
from ciclo.localstack.processes import OPEN_GATE
from ciclo.settings.settings import Settings

if TYPE_CHECKING:
    import uvicorn
    from starlette.types import ASGIApp

COLLECT_AFTER: Final = (20_000, 20, 20)
"""New objects before a young collection, young ones before a middle one, those before a full one."""

THREAD_TURN_S: Final = 0.0005
"""How long one thread may keep others from Python: the driver's wait so long for the event loop. At CPython's
five milliseconds that was a part of the slowest answers' time (docs/benchmarks.md)."""

KEEP_ALIVE_S: Final = 15
LIVE_DRAIN_S: Final = 5
"""As long as balancers take to see that a process is not ready any more."""

WEBSOCKET_MESSAGE_BYTES_MAX: Final = 1_048_576

TRUSTED_PROXIES: Final = "FORWARDED_ALLOW_IPS"
"""The variable that names the proxies whose X-Forwarded-For is believed. uvicorn would believe this machine:
then whoever can reach a port here chooses the address that they are counted under."""

WORKERS: Final = {
    "billing": "workers.billing",
    "collection": "workers.collection",
    "delivery": "workers.delivery",
    "mailer": "workers.mailer",
    "relay": "workers.relay",
    "scheduler": "workers.scheduler",
}
CONSUMERS: Final = frozenset({"billing", "collection", "delivery"})
"""Those that read a consumer group, and so have a name in it."""


class _GivenSettings(Settings):
    """Settings of given values alone: what the environment says of another stack has no part in them."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - pydantic's shape
        init_settings: PydanticBaseSettingsSource,
        *_others: object,
        **_named: object,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Leave out the environment."""
        return (init_settings,)


def settings_from(values: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of the environment, or those of *values* (CICLO_ variables) and nothing else.

    A local stack's env file tells where its API is by CICLO_URL, and leaves CICLO_BASE_URL to the next start.

    Raises:
        Fault: one is missing or wrong.
    """
    fields: dict[str, Any] = {
        name.removeprefix("CICLO_").lower(): value
        for name, value in (values or {}).items()
        if name.startswith("CICLO_") and value
    }
    given = os.environ if values is None else values
    if given.get("CICLO_URL") and not given.get("CICLO_BASE_URL"):
        fields["base_url"] = given["CICLO_URL"]
    try:
        return Settings(**fields) if values is None else _GivenSettings(**fields)
    except ValidationError as error:
        raise LocalStackError(
            f"the settings will not do: {_complaints(error)}", remedy="see .env.example"
        ) from None


def _complaints(error: ValidationError) -> str:
    """Return what is wrong with which variable, without the values: secrets may be among them."""
    return "; ".join(
        ": ".join((*(f"CICLO_{str(name).upper()}" for name in detail["loc"][:1]), detail["msg"]))
        for detail in error.errors(include_input=False, include_url=False)
    )


def serve_api(*, host: str, port: int, descriptor: int | None, gated: bool) -> None:
    """Serve HTTP until SIGTERM, on the open socket *descriptor* or else on *host* and *port*."""
    from ciclo.web.app import create_app
    from ciclo.web.serving.drain import Drain
    from ciclo.web.serving.server import DrainingServer
    from ciclo.web.serving.starter import tell_starter

    settings = settings_from()
    require_providers(settings)
    logs.configure(level=settings.log_level, json=settings.log_json)
    trace(settings, process="api")
    drain = Drain()
    config = server_config(create_app(settings, drain=drain), host=host, port=port)
    server = DrainingServer(config, drain=drain, drain_s=drain_s_of(settings), tell=tell_starter)
    freeze_heap()
    sys.setswitchinterval(THREAD_TURN_S)
    if gated:
        wait_at_gate()
    if descriptor is None:
        server.run()
        return
    with socket.socket(fileno=descriptor) as inherited:
        server.run(sockets=[inherited])


def drain_s_of(settings: Settings) -> int:
    """Return for how many seconds a process takes new connections after it was asked to end."""
    if settings.drain_s is None:
        return 0 if settings.is_sandbox else LIVE_DRAIN_S
    return settings.drain_s


def server_config(app: "ASGIApp | str", *, host: str, port: int) -> "uvicorn.Config":
    """Return how *app* is served: with bounds on what comes, and trust in no proxy that is not named."""
    import uvicorn

    from ciclo.web.serving.http_protocol import BoundedHttpProtocol
    from ciclo.web.serving.server import GRACEFUL_S_MAX

    return uvicorn.Config(
        app,
        host=host,
        port=port,
        http=BoundedHttpProtocol,
        lifespan="on",
        server_header=False,
        access_log=False,  # it would write query strings, where tokens may be
        log_config=None,  # ciclo.logs writes uvicorn's lines too
        timeout_graceful_shutdown=GRACEFUL_S_MAX,
        timeout_keep_alive=KEEP_ALIVE_S,
        ws_max_size=WEBSOCKET_MESSAGE_BYTES_MAX,
        forwarded_allow_ips=os.environ.get(TRUSTED_PROXIES, ""),
    )


def serve_worker(*, name: str, consumer: str | None) -> None:
    """Run the worker *name* until SIGTERM."""
    settings = settings_from()
    require_providers(settings)
    logs.configure(level=settings.log_level, json=settings.log_json)
    trace(settings, process=name)
    main: Callable[..., Awaitable[None]] = import_module(WORKERS[name]).main
    freeze_heap()

    async def run() -> None:
        await (main(settings, consumer=consumer) if name in CONSUMERS else main(settings))

    asyncio.run(run())


def trace(settings: Settings, *, process: str) -> None:
    """Send traces to where the settings say, until this process ends.

    Raises:
        Fault: it wants packages that are not installed.
    """
    try:
        tracing.configure(settings.otlp_url, ratio=settings.trace_ratio, process=process)
    except tracing.TracingUnavailable as error:
        raise LocalStackError(str(error), remedy="pip install 'ciclo-billing[otel]'") from None
    atexit.register(tracing.close)


def require_providers(settings: Settings) -> None:
    """Check that every provider that is chosen has what it needs, before anything else is begun.

    Raises:
        Fault: one has not, says the sentence.
    """
    from ciclo.actions.clock import read_wall_clock
    from ciclo.gateways.protocol import Misconfigured
    from ciclo.gateways.registry import open_gateways

    try:
        open_gateways(settings, now=read_wall_clock)
    except Misconfigured as error:
        raise LocalStackError(str(error), remedy="see docs/settings.md") from None


def freeze_heap() -> None:
    """Take what was imported and built out of the garbage collector's sight.

    It stays for ever, and going through it again and again was a quarter of a small request's CPU.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


def wait_at_gate() -> None:
    """Block until the supervisor says that the servers are up; end with it if it ends first."""
    if sys.stdin.buffer.readline() != OPEN_GATE:
        sys.exit(0)
