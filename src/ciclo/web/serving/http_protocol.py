"""HTTP/1.1 below the application: bounds what comes before a request's body, in bytes, time and connections.

uvicorn's protocol on httptools has no such bounds, and a header that comes in pieces costs time in
proportion to the square of its length. A WebSocket's handshake passes here too, before it is one.
"""

import asyncio
from collections import OrderedDict
from http import HTTPStatus
from typing import Any, ClassVar, Final, cast

from starlette.types import Receive, Scope, Send
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from ciclo.web.problems import UNAVAILABLE, HttpProblem, refusal_response

HEAD_BYTES_MAX: Final = 65_536
"""Of a request line and its headers, trailers included: browsers send 2 KB, a token of 8 KB is a long one."""

HEAD_S_MAX: Final = 10.0
"""From a connection's beginning, or from the first byte after an answer, to the end of the headers."""

CONNECTIONS_MAX: Final = 2_000
"""Connections of one process, WebSockets among them, and requests that it is answering. Whoever comes with
one more is told to come again; uvicorn's own bound would not say when."""

CROWDED_RETRY_S: Final = 1

WAITING_MAX: Final = 1_000
"""Connections of one process on which no request is being answered: half of all that it takes, so that
who only holds connections never uses up everybody's places. Of more, the one that waits longest is closed."""

_REFUSAL: Final = b"too many bytes of headers"
_FIELD_BYTES: Final = len(b": \r\n")


class HeadTooLarge(Exception):
    """A request has more than HEAD_BYTES_MAX before its body, or after it."""


class BoundedHttpProtocol(HttpToolsProtocol):
    """uvicorn's protocol, for one connection, with those bounds."""

    waiting: ClassVar[OrderedDict["BoundedHttpProtocol", None]] = OrderedDict()
    """All of this process on which no request is being answered, those who wait longest first."""

    head_s_max: ClassVar[float] = HEAD_S_MAX
    waiting_max: ClassVar[int] = WAITING_MAX
    connections_max: ClassVar[int] = CONNECTIONS_MAX

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._head_bytes = 0
        self._pending_bytes = 0
        self._head_timer: asyncio.TimerHandle | None = None
        self._is_last = False
        self._given_app: Final = self.app

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # uvicorn's shape
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._wait()
        self._start_head_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._stop_waiting()
        super().connection_lost(exc)

    def receive(self, data: bytes) -> None:
        """Parse what came, unless the parser has nothing to show for too much of it."""
        self._pending_bytes += len(data)
        super().data_received(data)
        if self.transport.is_closing() or self.transport.get_protocol() is not self:
            return
        if self._pending_bytes > HEAD_BYTES_MAX:
            self._refuse()
        elif not self.is_answering:
            self._start_head_timer()

    data_received = receive  # asyncio's name for it

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection over, which is none of this protocol's from here on."""
        self._stop_waiting()
        super().handle_websocket_upgrade()

    def send_400_response(self, msg: str) -> None:
        """Refuse what the parser could not read: 431 if it was told to stop there."""
        if self._head_bytes > HEAD_BYTES_MAX:
            self._refuse()
        else:
            super().send_400_response(msg)

    def on_message_begin(self) -> None:
        """Count anew."""
        self._head_bytes = self._pending_bytes = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Count a piece of the address."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Count a header, or a trailer."""
        self._count(len(name) + len(value) + _FIELD_BYTES)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Stop the clock: what follows has limits of its own."""
        self._pending_bytes = 0
        self._stop_head_timer()
        self.app = _answer_crowd if self._is_crowded() else self._given_app
        super().on_headers_complete()
        if self._is_last:
            self.answer_last()

    def on_chunk_header(self) -> None:
        """Take the size of a chunk as progress."""
        self._pending_bytes = 0

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body as progress; the application bounds it."""
        self._pending_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Wait no longer, if this request is still to be answered."""
        self._pending_bytes = 0
        if self.is_answering:
            self.waiting.pop(self, None)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Wait for the next request, unless it is there already."""
        if not self.pipeline and not self.transport.is_closing():
            self._wait()
        super().on_response_complete()

    def answer_last(self) -> None:
        """Close this connection after the answer that is being given, or after the next one."""
        self._is_last = True
        if self.is_answering:
            self.cycle.keep_alive = False

    @property
    def is_answering(self) -> bool:
        """Return whether a request has come that is not answered yet."""
        # Before the first request there is none, whatever uvicorn's annotation says.
        cycle = cast("RequestResponseCycle | None", self.cycle)
        return cycle is not None and not cycle.response_complete

    def _is_crowded(self) -> bool:
        return max(len(self.connections), len(self.tasks)) > self.connections_max

    def _count(self, number: int) -> None:
        self._head_bytes += number
        self._pending_bytes = 0
        if self._head_bytes > HEAD_BYTES_MAX:
            raise HeadTooLarge

    def _refuse(self) -> None:
        status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
        self.transport.write(
            b"HTTP/1.1 %d %s\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\n"
            b"connection: close\r\n\r\n%s" % (status, status.phrase.encode(), len(_REFUSAL), _REFUSAL)
        )
        self.transport.close()

    def _wait(self) -> None:
        self.waiting[self] = None
        self.waiting.move_to_end(self)
        if len(self.waiting) > self.waiting_max:
            longest, _ = self.waiting.popitem(last=False)
            longest.transport.close()

    def _stop_waiting(self) -> None:
        self.waiting.pop(self, None)
        self._stop_head_timer()

    def _start_head_timer(self) -> None:
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(self.head_s_max, self.transport.close)

    def _stop_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None


async def _answer_crowd(scope: Scope, receive: Receive, send: Send) -> None:
    """Tell whoever asks that there are too many, and when to come again."""
    refusal = HttpProblem(
        status=HTTPStatus.SERVICE_UNAVAILABLE,
        code=UNAVAILABLE,
        detail="too many connections; try again",
        retry_after_s=CROWDED_RETRY_S,
        headers={"connection": "close"},
    )
    await refusal_response(refusal)(scope, receive, send)
