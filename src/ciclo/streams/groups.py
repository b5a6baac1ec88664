"""Consumer groups: making them, naming who reads, and removing consumers and entries that nobody needs."""

import os
import secrets
import socket
from enum import StrEnum
from typing import Final

from redis.exceptions import ResponseError

from ciclo.streams.connection import Streams, run_script, translate_errors

NAME_BYTES: Final = 4


class BatchOutcome(StrEnum):
    """What consumers count per group; the names are the fields of the statistics hash."""

    HANDLED = "handled"
    RETRIED = "retried"
    FAILED = "failed"
    DEAD = "dead"
    CLAIMED = "claimed"


def statistics_key(streams: Streams, *, stream: str, group: str) -> str:
    """Return the Redis key of the hash that counts a group's outcomes."""
    return streams.key(f"statistics:{stream}:{group}")


def consumer_name() -> str:
    """Return a name that no other process has or had: a reused one would inherit pending entries."""
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(NAME_BYTES)}"


async def ensure_group(streams: Streams, stream: str, group: str) -> None:
    """Make sure that *group* exists on *stream*, which is created if need be.

    A new group begins at the first entry, so that what was published before it existed is not lost.

    Raises:
        StreamsUnavailable: Redis is away or refuses.
    """
    with translate_errors(f"create group {group} of {stream}"):
        # A server that is out of memory refuses to create what it has already, so look first.
        if await _exists(streams, stream, group):
            return
        try:
            await streams.redis.xgroup_create(streams.key(stream), group, id="0", mkstream=True)
        except ResponseError as error:
            if not str(error).startswith("BUSYGROUP"):
                raise


async def _exists(streams: Streams, stream: str, group: str) -> bool:
    try:
        known = await streams.redis.xinfo_groups(streams.key(stream))
    except ResponseError as error:
        if "no such key" in str(error):
            return False
        raise
    return group.encode() in {info["name"] for info in known}


def is_group_lost(error: BaseException) -> bool:
    """Tell whether *error* says that the group or its stream is gone (deleted, or the server was emptied).

    A read that was already blocked is answered `NOGROUP ...` or `UNBLOCKED the stream key no longer exists`,
    any other command `NOGROUP No such key ... or consumer group ...`.
    """
    return isinstance(error, ResponseError) and str(error).startswith(("NOGROUP", "UNBLOCKED"))


async def leave(streams: Streams, *, stream: str, group: str, consumer: str) -> bool:
    """Remove *consumer* if nothing is pending for it; return whether it is gone.

    Raises:
        StreamsUnavailable: Redis is away or refuses.
    """
    with translate_errors(f"leave group {group} of {stream}"):
        return bool(await run_script(streams, "leave", key=stream, args=[group, consumer]))


async def reap(streams: Streams, *, stream: str, group: str, idle_ms_min: int, keep: str = "") -> int:
    """Remove consumers that hold nothing and have been idle for more than *idle_ms_min*; return how many.

    On Redis 7.0 an idle time is that of the last entry, so that a live consumer of a quiet stream may be
    removed. That is harmless: its blocked read goes on, and its next entry makes it anew.

    Args:
        streams: where.
        stream: the stream's name, without prefix.
        group: the consumers' group.
        idle_ms_min: choose it far above `ConsumerOptions.block_ms`, for example an hour.
        keep: a consumer that is never removed: the caller, if it is one.

    Raises:
        StreamsUnavailable: Redis is away or refuses.
    """
    with translate_errors(f"reap consumers of {stream}"):
        return await run_script(streams, "reap", key=stream, args=[group, keep, idle_ms_min])


async def trim(streams: Streams, stream: str) -> int:
    """Remove the entries that every group has read and acknowledged; return how many.

    An entry stays as long as any group has it unread or pending, so a group that nobody reads any more
    makes its stream grow: destroy such a group. A stream without groups is left alone.

    Raises:
        StreamsUnavailable: Redis is away or refuses.
    """
    with translate_errors(f"trim {stream}"):
        return await run_script(streams, "trim", key=stream)
