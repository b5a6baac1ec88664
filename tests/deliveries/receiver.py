"""A seller's own system: a real server that keeps what it is told, and answers as a test wants."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import orjson
import uvicorn
from standardwebhooks import Webhook
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

START_S_MAX: Final = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One post, as it came."""

    path: str
    headers: dict[str, str]
    raw: bytes
    at: datetime

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = orjson.loads(self.raw)
        return body

    @property
    def type(self) -> str:
        return str(self.body["type"])

    def verify(self, secret: str) -> None:
        """Check the signature as any receiver would.

        Raises:
            WebhookVerificationError: it is not of *secret*.
        """
        Webhook(secret).verify(self.raw, self.headers)


Answer = Callable[[Told], Response | None]
"""What the receiver answers; None: 204."""


@dataclass(slots=True)
class Receiver:
    """What came, in its order, and how it is answered."""

    url: str
    told: list[Told] = field(default_factory=list)
    answer: Answer = lambda _: None
    hold: asyncio.Event | None = None
    """Nothing at `hold_path` is answered before it is set."""
    hold_path: str = ""

    def ids(self, type_: str | None = None) -> list[str]:
        return [one.id for one in self.told if type_ in {None, one.type}]

    def types(self) -> list[str]:
        return [one.type for one in self.told]


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """Serve until the block ends."""
    receiver = Receiver(url="")

    async def take(request: Request) -> Response:
        raw = await request.body()
        told = Told(path=request.url.path, headers=dict(request.headers), raw=raw, at=datetime.now(UTC))
        receiver.told.append(told)
        if receiver.hold is not None and told.path == receiver.hold_path:
            await receiver.hold.wait()
        return receiver.answer(told) or Response(status_code=204)

    app = Starlette(routes=[Route("/{path:path}", take, methods=["GET", "POST"])])
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, lifespan="off")
    sock = config.bind_socket()
    receiver.url = f"http://127.0.0.1:{sock.getsockname()[1]}/hooks"
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    task = asyncio.create_task(server.serve(sockets=[sock]))
    try:
        async with asyncio.timeout(START_S_MAX):
            while not server.started:  # noqa: ASYNC110 - nothing else tells that it has
                await asyncio.sleep(0.01)
        yield receiver
    finally:
        if receiver.hold is not None:
            receiver.hold.set()
        server.should_exit = True
        await task
