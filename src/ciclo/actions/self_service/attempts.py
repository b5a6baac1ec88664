"""Attempts: how often somebody may try a code, or ask for mail, counted for all processes together."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from ciclo.actions.dependencies import Deps
from ciclo.outage import Outage
from ciclo.streams.connection import StreamsUnavailable
from ciclo.streams.places import Window, free_place, take_place

_uncounted: Final = Outage("attempts_uncounted")


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptLimit:
    """What is counted, and how much of it anybody may do."""

    name: str
    windows: Sequence[Window]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One that was asked for: `wait_s` is 0 if there was room for it, else in how many seconds there is."""

    key: str
    place: str
    wait_s: float = 0.0


async def count_attempt(deps: Deps, limit: AttemptLimit, who: str) -> Attempt:
    """Count an attempt of *who*, an address or a subject, before anybody knows what comes of it.

    While Redis is away none is counted, as with declines: who can't sign in would cost more than tries do.
    """
    # An address is nobody's business in Redis.
    key = f"attempts:{limit.name}:{sha256(who.encode()).hexdigest()[:32]}"
    attempt = Attempt(key, secrets.token_hex(8))
    now = deps.wall()
    try:
        room_at = await take_place(deps.streams, key, attempt.place, limit.windows, now=now)
    except StreamsUnavailable as error:
        _uncounted.count(error=str(error))
        return attempt
    _uncounted.end()
    if room_at is None:
        return attempt
    return Attempt(key, attempt.place, (room_at - now).total_seconds())


async def forget_attempt(deps: Deps, attempt: Attempt) -> None:
    """Give an attempt back that came to something good."""
    try:
        await free_place(deps.streams, attempt.key, attempt.place)
    except StreamsUnavailable as error:
        _uncounted.count(error=str(error))
