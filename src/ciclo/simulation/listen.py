"""`ciclo listen`: hands what webhook endpoints are told to a program on this desk, signed alike."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import httpx
from standardwebhooks import Webhook
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

from ciclo.domain.webhooks.message import MessageType
from ciclo.localstack.errors import LocalStackError

PROTOCOL: Final = Subprotocol("graphql-transport-ws")
ANSWER_S_MAX: Final = 10.0
HEARD: Final = """\
subscription($types: [WebhookMessageType!]) {
  webhookMessages(types: $types) { id type objectId body }
}"""


@dataclass(frozen=True, kw_only=True)
class ListenOptions:
    """Where the API is, where messages go (None: they are only shown), which ones, and what signs them."""

    url: str
    token: str
    forward_to: str | None
    types: Sequence[MessageType]
    secret: str


async def listen(options: ListenOptions, *, show: Callable[[str], None], now: Callable[[], datetime]) -> None:
    """Hand messages on as they are committed, until it is cancelled or the API ends the connection.

    Raises:
        LocalStackError: the API is not there, or lets nobody listen by this token.
    """
    address = options.url.replace("http", "ws", 1).rstrip("/") + "/graphql"
    try:
        # Our own stack, or one that was named: a proxy of the environment has no part in it.
        async with (
            connect(address, subprotocols=[PROTOCOL], proxy=None) as socket,
            httpx.AsyncClient(timeout=ANSWER_S_MAX, trust_env=False) as http,
        ):
            await _subscribe(socket, options)
            show("listening: what is committed from about a second from now on is told here")
            async for text in socket:
                message = _told(json.loads(text))
                if message is not None:
                    show(await _hand_on(http, options, message, now=now()))
                elif json.loads(text)["type"] == "ping":
                    await socket.send(json.dumps({"type": "pong"}))
    except (OSError, WebSocketException) as error:
        raise LocalStackError(f"the API at {options.url} can't be listened to: {error}") from error


async def _subscribe(socket: ClientConnection, options: ListenOptions) -> None:
    bearer = {"Authorization": f"Bearer {options.token}"}
    await socket.send(json.dumps({"type": "connection_init", "payload": bearer}))
    answer = json.loads(await socket.recv())
    if answer["type"] != "connection_ack":
        raise LocalStackError("the API does not let us listen")
    types = [type_.name for type_ in options.types] or None
    payload = {"query": HEARD, "variables": {"types": types}}
    await socket.send(json.dumps({"type": "subscribe", "id": "messages", "payload": payload}))


def _told(frame: dict[str, Any]) -> dict[str, Any] | None:
    """Return the message in a frame, if it has one.

    Raises:
        LocalStackError: the API refuses the subscription.
    """
    if frame["type"] == "error":
        raise LocalStackError(str(frame["payload"][0]["message"]))
    if frame["type"] != "next":
        return None
    if frame["payload"].get("errors"):
        raise LocalStackError(str(frame["payload"]["errors"][0]["message"]))
    message: dict[str, Any] = frame["payload"]["data"]["webhookMessages"]
    return message


async def _hand_on(
    http: httpx.AsyncClient, options: ListenOptions, message: Mapping[str, Any], *, now: datetime
) -> str:
    """Post a message as an endpoint would get it; return a line that tells what came of it."""
    line = f"{now:%H:%M:%S}  {MessageType[message['type']].value:28} {message['objectId']}"
    if options.forward_to is None:
        return line
    at, body = now.astimezone(UTC), message["body"]
    headers = {
        "content-type": "application/json",
        "webhook-id": message["id"],
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(options.secret).sign(message["id"], at, body),
    }
    try:
        answer = await http.post(options.forward_to, content=body.encode(), headers=headers)
    except httpx.HTTPError as error:
        return f"{line}  not delivered: {type(error).__name__}"
    return f"{line}  {answer.status_code}"
