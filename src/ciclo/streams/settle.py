"""Settling what was delivered: done, failed, dead, or left pending; a batch at first, then smaller."""

from collections.abc import Sequence
from typing import Final

from ciclo.streams.acknowledge import acknowledge, letter_for
from ciclo.streams.entry import DeadLetter, Entry, Row, described, entry_of
from ciclo.streams.holding import held, put_back
from ciclo.streams.retry import GaveUp, NoAnswer, attempt
from ciclo.streams.work import Outcome, Seat

UNREADABLE: Final = "the entry has no event_id and type"


async def settle(seat: Seat, rows: Sequence[Row]) -> bool:
    """Handle delivered rows and acknowledge them; return whether every one of them got its answer.

    A batch that fails by its own fault is halved until the entry at fault stands alone, so that one poison
    entry in 500 costs about 18 calls, not 500. What got no answer stays pending.
    """
    readable, letters = _read(seat, rows)
    waiting = [readable] if readable else []
    batch: list[Entry] = []
    async with held(seat, [entry_id for entry_id, _ in rows]):
        try:
            if letters:
                await _announce(seat, letters)
            while waiting:
                batch = waiting.pop()
                waiting += await _halves_left(seat, batch)
        except (GaveUp, NoAnswer) as reason:
            left = [entry.id for part in (batch, *waiting) for entry in part]
            seat.log.warning("stream_entries_left_pending", entries=len(left), reason=described(reason))
            # A hung entry looks like a crash and counts as one, so its counter stays as it is.
            if left and isinstance(reason, GaveUp):
                await put_back(seat, left)
            return False
    return True


async def bury(seat: Seat, row: Row) -> bool:
    """Give up an entry that was delivered too often without an answer; return whether that worked."""
    entry = entry_of(row)
    if entry is None:
        return await settle(seat, [row])
    error = f"delivered {seat.options.deliveries_max} times without an answer"
    async with held(seat, [entry.id]):
        try:
            await attempt(seat, lambda: seat.work.buried(entry, error), is_passing=_any_error)
            await acknowledge(seat, [entry.id], Outcome.DEAD, letters=[letter_for(seat, entry, error)])
        except (GaveUp, NoAnswer) as reason:
            seat.log.warning("stream_burial_failed", event_id=entry.event_id, reason=described(reason))
            return False
    seat.log.warning("stream_entry_dead", event_id=entry.event_id, type=entry.type, error=error)
    return True


def _read(seat: Seat, rows: Sequence[Row]) -> tuple[list[Entry], list[DeadLetter]]:
    """Part rows into entries and, for those that can't be read, announcements."""
    entries: list[Entry] = []
    letters: list[DeadLetter] = []
    for row in rows:
        entry = entry_of(row)
        if entry is None:
            letters.append(letter_for(seat, Entry(row[0], "", ""), UNREADABLE))
        else:
            entries.append(entry)
    return entries, letters


async def _announce(seat: Seat, letters: Sequence[DeadLetter]) -> None:
    """Get rid of rows that no event belongs to: nothing in the record can know them."""
    ids = [letter.entry_id for letter in letters]
    seat.log.warning("stream_entries_unreadable", entries=len(ids), first=ids[0])
    await acknowledge(seat, ids, Outcome.DEAD, letters=letters)


async def _halves_left(seat: Seat, batch: list[Entry]) -> list[list[Entry]]:
    """Handle *batch*; return its halves, the first one last, if the fault lies in one of several entries."""
    error = await _handled(seat, batch)
    if error is None:
        await acknowledge(seat, [entry.id for entry in batch], Outcome.HANDLED)
    elif len(batch) == 1:
        await _failed(seat, batch[0], described(error))
    else:
        seat.log.warning("stream_batch_halved", entries=len(batch), error=described(error))
        middle = len(batch) // 2
        return [batch[middle:], batch[:middle]]
    return []


async def _handled(seat: Seat, batch: Sequence[Entry]) -> Exception | None:
    """Let the work handle *batch*; return the error that is the batch's own fault."""

    def count() -> None:
        seat.counts[Outcome.RETRIED] += len(batch)

    try:
        await attempt(seat, lambda: seat.work.handle(batch), is_passing=seat.work.is_passing, on_retry=count)
    except (GaveUp, NoAnswer):
        raise
    except Exception as error:  # noqa: BLE001 - whatever the work raises is judged by the record
        return error
    return None


async def _failed(seat: Seat, entry: Entry, error: str) -> None:
    """Count a failure in the record, announce the entry if that made it dead, and acknowledge it."""
    dead = await attempt(seat, lambda: seat.work.failed(entry, error), is_passing=_any_error)
    seat.log.warning("stream_entry_failed", event_id=entry.event_id, type=entry.type, dead=dead, error=error)
    letters = [letter_for(seat, entry, error)] if dead else []
    await acknowledge(seat, [entry.id], Outcome.DEAD if dead else Outcome.FAILED, letters=letters)


def _any_error(_error: BaseException) -> bool:
    """The record must take the fact, so every error of writing it is tried again."""
    return True
