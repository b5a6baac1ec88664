"""HTTP as bytes: what no well-behaved client sends."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

PIECE = 16_384


@asynccontextmanager
async def a_connection(url: str) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    host, _, port = url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def answer_to(url: str, *pieces: bytes, seconds: float = 10.0) -> bytes:
    """Send pieces until the server hangs up, and return all that it said; b"" where it said nothing."""
    async with asyncio.timeout(seconds), a_connection(url) as (reader, writer):
        said = asyncio.create_task(read_all(reader))
        try:
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
        except ConnectionError:
            pass
        return await said


async def read_all(reader: asyncio.StreamReader) -> bytes:
    found = bytearray()
    try:
        while piece := await reader.read(PIECE):
            found += piece
    except ConnectionError:
        pass
    return bytes(found)
