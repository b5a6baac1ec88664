"""A consumer in a process of its own that never answers, until a test kills it.

Arguments: server URL, prefix, consumer name. What was delivered goes to a list in the same server.
"""

import asyncio
import sys
from collections.abc import Sequence

from ciclo.streams.connection import open_streams
from ciclo.streams.consumer import Delivered, consume
from ciclo.streams.entry import Entry
from tests.streams.record import EAGER, GROUP, STREAM


async def main(url: str, prefix: str, consumer: str) -> None:
    streams = open_streams(url, prefix=prefix)

    async def deliver(entries: Sequence[Entry]) -> Delivered:
        await streams.redis.rpush(streams.key("delivered"), *(entry.event_id for entry in entries))
        await asyncio.Event().wait()
        return Delivered()

    await consume(
        streams,
        stream=STREAM,
        group=GROUP,
        consumer=consumer,
        deliver=deliver,
        options=EAGER,
        stop=asyncio.Event(),
    )


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
