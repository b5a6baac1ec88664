"""Serves an ASGI application over real HTTP on loopback, in the test's own loop, with faults on request."""

import asyncio
import contextlib
import socket
from collections import deque
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

START_S_MAX = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """How one request goes wrong."""

    status: int = 500
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b'{"error": {"type": "api_error"}, "data": null, "success": false}'
    after: bool = False
    """The request is carried out all the same: only its answer is this one."""
    hangs: bool = False
    """No answer at all, until whoever asked goes away."""
    cut: bool = False
    """The answer breaks off in the middle."""


class Faulty:
    """An application, to be exchanged at will, whose next requests go wrong as `faults` says, one each."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.faults: deque[Fault] = deque()

    def restart(self, app: ASGIApp) -> None:
        """Put another application in, without faults."""
        self.app = app
        self.faults.clear()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not self.faults:
            await self.app(scope, receive, send)
            return
        fault = self.faults.popleft()
        if fault.after:
            await self.app(scope, receive, _unheard)
        if fault.hangs:
            while (await receive())["type"] != "http.disconnect":
                pass
            return
        headers = {"content-type": "application/json", **fault.headers}
        if fault.cut:
            headers["content-length"] = "1000"
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": fault.status, "headers": raw})
        await send({"type": "http.response.body", "body": fault.body})


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen, and say so."""
        await super().startup(sockets)
        self.ready.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to pytest."""
        yield


@contextlib.asynccontextmanager
async def serving(app: ASGIApp) -> AsyncIterator[str]:
    """Serve *app* on a free port and yield its address."""
    # With its protocol named asyncio turns Nagle's delay off: 40 ms a request otherwise.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(
        app,
        lifespan="off",
        ws="none",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=1,
    )
    server = _Server(config)
    running = asyncio.create_task(server.serve(sockets=[listener]))
    await asyncio.wait_for(server.ready.wait(), START_S_MAX)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await running
        listener.close()


async def _unheard(_message: Message) -> None:
    """Drop what would have been answered."""
