"""Live updates over WebSocket: graphql-transport-ws with strict messages and a context per operation.

Source: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from graphql import GraphQLError
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState
from strawberry.asgi import ASGIWebSocketAdapter
from strawberry.http.exceptions import NonJsonMessageReceived, NonTextMessageReceived, WebSocketDisconnected
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import (
    BaseGraphQLTransportWSHandler,
    Operation,
)
from strawberry.subscriptions.protocols.graphql_transport_ws.types import ConnectionInitMessage, Message

from ciclo.logs import request_id
from ciclo.metrics import LIVE_REFUSALS
from ciclo.viewer import Viewer
from ciclo.web.graphql.context import ViewerContext
from ciclo.web.graphql.request import BYTES_MAX, to_request
from ciclo.web.graphql.stream import EXPIRED, LONG_ENOUGH, end_with_key, guard_results, open_s_max
from ciclo.web.problems import HttpProblem, from_exception
from ciclo.web.strict_json import MalformedJson, read_json

ANONYMOUS_S_MAX: Final = 60.0
"""A socket without a token can only ask what plans there are; who signs in connects again."""
ANONYMOUS_SOCKETS_MAX: Final = 50
"""Sockets of one address that have shown no token yet: enough for an office, a fortieth of all places."""
OPERATION_ID_CHARS_MAX: Final = 128
OPERATIONS_MAX: Final = 20

_CLOSE_AGAIN: Final = 1001
_CLOSE_INTERNAL: Final = 1011
_CLOSE_LATER: Final = 1013
_CLOSE_FORBIDDEN: Final = 4403
_TYPES: Final = frozenset({"connection_init", "ping", "pong", "subscribe", "complete"})


class TooManySockets(HttpProblem):
    """An address has as many sockets without a token as it may have."""

    def __init__(self) -> None:
        super().__init__(
            status=429,
            code="TOO_MANY_SOCKETS",
            detail=f"at most {ANONYMOUS_SOCKETS_MAX} sockets of one address may be without a token",
            retry_after_s=int(ANONYMOUS_S_MAX),
        )


@dataclass(frozen=True, slots=True)
class AnonymousSockets:
    """Those of this process that have shown no token, or not yet, by their address."""

    by_address: dict[str, set[WebSocket]] = field(default_factory=dict)

    def add(self, address: str, socket: WebSocket) -> None:
        """Count a socket.

        Raises:
            TooManySockets: its address has too many.
        """
        sockets = self.by_address.setdefault(address, set())
        if len(sockets) >= ANONYMOUS_SOCKETS_MAX:
            LIVE_REFUSALS.labels("address").inc()
            raise TooManySockets
        sockets.add(socket)

    def discard(self, address: str, socket: WebSocket) -> None:
        """Count a socket no longer: it has shown a token, or ended."""
        sockets = self.by_address.get(address, set())
        sockets.discard(socket)
        if not sockets:
            self.by_address.pop(address, None)


@dataclass(slots=True)
class Handshake:
    """A connection before any operation: Strawberry sets `connection_params` from connection_init.

    `new_context` makes what one operation needs, of the socket and those parameters; `open_s_max` bounds
    the connection, in seconds; `anonymous_s_max` does if no token is shown.
    """

    socket: WebSocket
    new_context: Callable[[WebSocket, dict[str, object]], Awaitable[ViewerContext]]
    open_s_max: float
    anonymous_s_max: float
    connection_params: dict[str, object] = field(default_factory=dict)
    time: asyncio.Timeout = field(init=False)
    expires: bool = False

    def __post_init__(self) -> None:
        self.time = asyncio.timeout(self.open_s_max)

    def identify(self, viewer: Viewer) -> None:
        """Let the connection end with the token of *viewer*, and soon if they have none."""
        seconds = open_s_max(viewer) if viewer.is_known else self.anonymous_s_max
        if seconds < self.open_s_max:
            self.expires = viewer.is_known
            self.time.reschedule(asyncio.get_running_loop().time() + seconds)


class JsonSocket(ASGIWebSocketAdapter):
    """Sends and receives JSON texts."""

    async def iter_json(self, *, ignore_parsing_errors: bool = False) -> AsyncGenerator[object, None]:  # noqa: ARG002 - Strawberry's shape
        """Yield each message until the connection ends.

        Raises:
            NonTextMessageReceived: a message is binary.
            NonJsonMessageReceived: a message is no JSON, or too long.
        """
        with suppress(WebSocketDisconnect):
            while self.ws.application_state != WebSocketState.DISCONNECTED:
                try:
                    text = await self.ws.receive_text()
                except KeyError as error:
                    raise NonTextMessageReceived from error
                yield _read(text)

    async def send_json(self, message: Mapping[str, object]) -> None:
        """Send one message.

        Raises:
            WebSocketDisconnected: the connection has ended.
        """
        try:
            await self.ws.send_text(self.view.encode_json_string(message))
        except (WebSocketDisconnect, RuntimeError) as error:
            raise WebSocketDisconnected from error

    async def close(self, code: int, reason: str) -> None:
        """End the connection, unless it has ended."""
        if self.ws.application_state != WebSocketState.DISCONNECTED:
            with suppress(WebSocketDisconnect, RuntimeError):
                await self.ws.close(code, reason)


class SocketHandler(BaseGraphQLTransportWSHandler[Any, Any]):
    """Strawberry's handler, told to trust no message and to authenticate each operation."""

    context: Handshake

    async def handle(self) -> None:
        """Serve one connection for as long as its token is good, and for OPEN_S_MAX at most."""
        try:
            async with self.context.time:
                await super().handle()
        except TimeoutError:
            if self.context.expires:
                await self.websocket.close(_CLOSE_FORBIDDEN, EXPIRED)
            else:
                await self.websocket.close(_CLOSE_AGAIN, LONG_ENOUGH)

    async def handle_message(self, message: Message) -> None:
        """Serve one message if it has the shape that the protocol gives it."""
        fault = _fault(message)
        if fault is not None:
            await self.handle_invalid_message(fault)
        else:
            await super().handle_message(message)

    async def handle_connection_init(self, message: ConnectionInitMessage) -> None:
        """Acknowledge a connection whose token, if there is one, is good."""
        try:
            await super().handle_connection_init(message)
        except WebSocketDisconnected:
            raise
        except Exception as error:  # noqa: BLE001 - from_exception logs what nobody foresaw
            refusal = from_exception(error)
            code = {500: _CLOSE_INTERNAL, 503: _CLOSE_LATER}.get(refusal.status, _CLOSE_FORBIDDEN)
            await self.websocket.close(code, refusal.detail)

    async def run_operation(self, operation: Operation[Any, Any]) -> None:
        """Answer one operation with a context of its own: no loader or token outlives its use."""
        with suppress(WebSocketDisconnected):
            try:
                context = await self.context.new_context(self.context.socket, self.context.connection_params)
            except Exception as error:  # noqa: BLE001 - from_exception logs what nobody foresaw
                await operation.send_initial_errors([to_graphql_error(from_exception(error))])
                return
            renew = partial(self.context.new_context, self.context.socket, self.context.connection_params)
            guarded = guard_results(
                await self.schema.stream(
                    operation.query,
                    variable_values=operation.variables,
                    context_value=context,
                    root_value=self.root_value,
                    operation_name=operation.operation_name or None,
                )
            )
            source = end_with_key(guarded, viewer=context.viewer, renew=renew)
            async with aclosing(source):
                await self._send_result_stream(operation, source)
            await operation.send_operation_message({"id": operation.id, "type": "complete"})

    @staticmethod
    def _get_pre_execution_close_reason(error: GraphQLError) -> str | None:  # noqa: ARG004 - Strawberry's shape
        """Let a syntax error end its operation, not the connection with all others on it."""
        return None


def _read(text: str) -> object:
    if len(text) > BYTES_MAX:
        raise NonJsonMessageReceived
    try:
        return read_json(text.encode())
    except MalformedJson as error:
        raise NonJsonMessageReceived from error


def _fault(message: object) -> str | None:
    """Return what is wrong with the shape of *message*, in words that fit a close frame."""
    kind = message.get("type") if isinstance(message, dict) else None
    if not isinstance(message, dict) or not isinstance(kind, str) or kind not in _TYPES:
        return "Unknown message type"
    if kind in {"subscribe", "complete"}:
        operation_id = message.get("id")
        if not isinstance(operation_id, str) or not 0 < len(operation_id) <= OPERATION_ID_CHARS_MAX:
            return "Invalid operation id"
    if kind == "subscribe":
        try:
            to_request(message.get("payload"))
        except HttpProblem:
            return "Invalid subscribe payload"
    return None


def to_graphql_error(refusal: HttpProblem) -> GraphQLError:
    """Return a refusal as the only error of an operation."""
    return GraphQLError(refusal.detail, extensions={"code": refusal.code, "requestId": request_id()})
