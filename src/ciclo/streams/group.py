"""Consumer groups: making them, telling that one is gone, and naming who reads from them."""

import os
import secrets
import socket
from typing import Final

from redis.exceptions import ResponseError

from ciclo.streams.connection import Streams, translated

NAME_BYTES: Final = 4


def consumer_name() -> str:
    """Return a name that no other process has or had: a reused one would inherit pending entries."""
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(NAME_BYTES)}"


async def ensure_group(streams: Streams, stream: str, group: str) -> None:
    """Make sure that *group* exists on *stream*, which is created if need be.

    A new group begins at the first entry, so that what was published before it existed is not lost.

    Raises:
        StreamsUnavailable: Redis is away or refuses.
    """
    with translated(f"create group {group} of {stream}"):
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

    A read that was already blocked is answered `NOGROUP the consumer group this client was blocked on no
    longer exists` (6.2, 7.0) or `UNBLOCKED the stream key no longer exists` (7.0); any other command gets
    `NOGROUP No such key ... or consumer group ...`.
    """
    return isinstance(error, ResponseError) and str(error).startswith(("NOGROUP", "UNBLOCKED"))
