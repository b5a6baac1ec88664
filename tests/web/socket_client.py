"""A client of graphql-transport-ws that sends what it is told to."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import websockets
from websockets import ClientConnection, Subprotocol

PROTOCOL: Final = Subprotocol("graphql-transport-ws")


class Client:
    """One connection, seen from its client."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def send(self, **message: object) -> None:
        await self.socket.send(json.dumps(message))

    async def receive(self) -> dict[str, Any]:
        async with asyncio.timeout(5):
            text = await self.socket.recv()
        assert isinstance(text, str)
        found: dict[str, Any] = json.loads(text)
        return found

    async def init(self, **payload: object) -> None:
        await self.send(type="connection_init", payload=payload)
        assert await self.receive() == {"type": "connection_ack", "payload": None}

    async def subscribe(self, operation: str, query: str, **more: object) -> None:
        await self.send(type="subscribe", id=operation, payload={"query": query, **more})

    async def answers(self, operation: str, query: str, **more: object) -> list[tuple[str, Any]]:
        """Return the type and the payload of each message about an operation, to its last."""
        await self.subscribe(operation, query, **more)
        found: list[tuple[str, Any]] = []
        while not found or found[-1][0] not in {"complete", "error"}:
            message = await self.receive()
            assert message["id"] == operation
            found.append((message["type"], message.get("payload")))
        return found

    async def close_code(self) -> int | None:
        async with asyncio.timeout(5):
            await self.socket.wait_closed()
        return self.socket.close_code


@asynccontextmanager
async def connected(url: str, **headers: str) -> AsyncIterator[Client]:
    async with websockets.connect(
        url, subprotocols=[PROTOCOL], additional_headers=headers, max_size=None
    ) as socket:
        yield Client(socket)
