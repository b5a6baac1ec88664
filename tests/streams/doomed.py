"""A worker in a process of its own that tests kill, or that one entry kills.

Arguments: server URL, prefix, consumer name, and "hold" (never finish anything) or an event id that kills
the process. What was handled and buried goes to lists in the same server.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence

from ciclo.streams.connection import open_streams
from ciclo.streams.consumer import consume
from ciclo.streams.entry import Entry
from ciclo.streams.work import ConsumerOptions, Work

OPTIONS = ConsumerOptions(
    block_ms=50, claim_interval_ms=20, idle_ms_min=300, deliveries_max=4, backoff_ms_min=5
)


async def main(url: str, prefix: str, consumer: str, fate: str) -> None:
    streams = open_streams(url, prefix=prefix)

    async def handle(entries: Sequence[Entry]) -> None:
        event_ids = [entry.event_id for entry in entries]
        await streams.redis.rpush(streams.key("calls"), " ".join(event_ids))
        if fate == "hold":
            await asyncio.Event().wait()
        if fate in event_ids:
            os.kill(os.getpid(), signal.SIGKILL)
        await streams.redis.rpush(streams.key("handled"), *event_ids)

    async def failed(_entry: Entry, _error: str) -> bool:
        return True

    async def buried(entry: Entry, _error: str) -> None:
        await streams.redis.rpush(streams.key("buried"), entry.event_id)

    work = Work(handle=handle, is_passing=lambda _: False, failed=failed, buried=buried)
    await consume(
        streams,
        stream="events",
        group="billing",
        consumer=consumer,
        work=work,
        options=OPTIONS,
        stop=asyncio.Event(),
    )


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
