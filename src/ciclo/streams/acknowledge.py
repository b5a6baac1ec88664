"""Acknowledging: one pipeline of announcements, XACK and statistics."""

from collections.abc import Sequence
from typing import Final

from ciclo.streams.connection import FAILURES
from ciclo.streams.entry import DeadLetter, Entry, described
from ciclo.streams.retry import attempt
from ciclo.streams.work import DEAD_STREAM, Outcome, Seat, statistics_key

DEAD_LETTERS_KEPT_MIN: Final = 10_000
"""The dead-letter stream is capped at about this; the database's record is not."""


def letter_for(seat: Seat, entry: Entry, error: str) -> DeadLetter:
    """Return the announcement that *entry* was given up."""
    return DeadLetter(
        event_id=entry.event_id,
        type=entry.type,
        error=error,
        stream=seat.stream,
        group=seat.group,
        entry_id=entry.id,
    )


async def acknowledge(
    seat: Seat, ids: Sequence[str], outcome: Outcome | None, *, letters: Sequence[DeadLetter] = ()
) -> None:
    """Announce *letters*, acknowledge *ids* and write the statistics, in this order and one round trip.

    Only the XACK has to succeed: a server out of memory refuses the rest, and both can be done without.

    Raises:
        GaveUp, NoAnswer: Redis stayed away; the entries are pending still and will be handled again.
    """
    if outcome is not None:
        seat.counts[outcome] += len(ids)

    async def send() -> list[object]:
        async with seat.streams.redis.pipeline(transaction=False) as pipe:
            for letter in letters:
                pipe.xadd(
                    seat.streams.key(DEAD_STREAM),
                    letter.fields(),
                    maxlen=DEAD_LETTERS_KEPT_MIN,
                )
            pipe.xack(seat.key, seat.group, *ids)
            for counted, number in seat.counts.items():
                pipe.hincrby(
                    statistics_key(seat.streams, stream=seat.stream, group=seat.group), counted, number
                )
            answers: list[object] = await pipe.execute(raise_on_error=False)
        acknowledged = answers[len(letters)]
        if isinstance(acknowledged, Exception):
            raise acknowledged
        return answers

    answers = await attempt(seat, send, is_passing=lambda error: isinstance(error, FAILURES))
    seat.counts.clear()
    refused = [answer for answer in answers if isinstance(answer, Exception)]
    if refused:
        seat.log.warning("stream_notes_refused", refused=len(refused), error=described(refused[0]))
