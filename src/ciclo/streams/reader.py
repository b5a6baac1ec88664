"""Reading new entries: one blocked read, which a stop ends without losing a reply."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from ciclo.streams.connection import FAILURES, Streams
from ciclo.streams.ending import ended, limited
from ciclo.streams.entry import Row, rows_of
from ciclo.streams.work import Seat

UNBLOCK_TRIES_MAX: Final = 5
UNBLOCK_WAIT_MS: Final = 100


@dataclass(frozen=True, slots=True)
class Reader:
    """A connection of its own for blocked reads, by whose id the server can be asked to end one."""

    connection: Redis
    client_id: int | None
    """None: the server does not tell."""


@asynccontextmanager
async def open_reader(streams: Streams) -> AsyncIterator[Reader]:
    """Take a connection from the pool for as long as the block runs."""
    async with streams.redis.client() as connection:
        try:
            client_id = await connection.client_id()
        except ResponseError:
            client_id = None
        yield Reader(connection, client_id)


async def read_new(seat: Seat, reader: Reader, *, stopping: asyncio.Task[Any]) -> list[Row]:
    """Return the group's next entries, or nothing after `block_ms` or when *stopping* is done.

    Cancelling a read may drop a reply whose entries the server has counted as delivered, so a stop asks the
    server to end the read. Where that is not allowed, the read is cancelled, and such entries stay pending
    until another consumer claims them.
    """
    reading = asyncio.ensure_future(
        reader.connection.xreadgroup(
            seat.group,
            seat.consumer,
            {seat.key: ">"},
            count=seat.options.batch_max,
            block=seat.options.block_ms,
        )
    )
    async with ended(reading):
        await asyncio.wait({reading, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not reading.done() and reader.client_id is not None:
            await _unblock(seat.streams, reader.client_id, reading)
    return [] if reading.cancelled() else rows_of(reading.result())


async def _unblock(streams: Streams, client_id: int, reading: asyncio.Future[Any]) -> None:
    """Ask the server to end the read, again if the read had not reached it yet."""
    for _ in range(UNBLOCK_TRIES_MAX):
        try:
            await limited(streams.redis.client_unblock(client_id), ms=UNBLOCK_WAIT_MS)
        except FAILURES:
            return
        await asyncio.wait({reading}, timeout=UNBLOCK_WAIT_MS / 1_000)
        if reading.done():
            return
