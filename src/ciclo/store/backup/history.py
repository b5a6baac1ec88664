"""The history: what MongoDB's change stream tells, written down up to a mark that is put there for it."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Final

from bson import Timestamp
from bson.raw_bson import RawBSONDocument
from pymongo.errors import OperationFailure, PyMongoError

from ciclo.store.backup.archive import RAW, Archive, ClusterTime, Segment, segment_file, writing
from ciclo.store.backup.copying import MARKS
from ciclo.store.mongo.client import Document, Store

LAST: Final = "last"
"""The one document that bears a backup's marks."""

IDENTITY: Final = "identity"
PAGE_EVENTS: Final = 1_000
CHANGES: Final = frozenset({"insert", "update", "replace", "delete"})

_HISTORY_LOST: Final = frozenset({280, 286})
"""ChangeStreamFatalError, ChangeStreamHistoryLost."""


class HistoryLost(Exception):
    """The history can't be told from where the backup ends: another backup has to begin."""


async def write_segment(
    store: Store, archive: Archive, *, number: int, start: Document, now: datetime
) -> Segment:
    """Write down what was written since *start*, up to now, as a part of the history.

    Args:
        store: The database; a mark is written to it, and is seen by the change stream like everything else.
        archive: Where to.
        number: The part's place.
        start: From where on, as `since` or `after` return it.
        now: The wall clock, for the mark.

    Raises:
        HistoryLost: the oplog does not reach back, or a collection was dropped or renamed.
    """
    mark = secrets.token_hex(8)
    await store[MARKS].update_one({"_id": LAST}, {"$set": {"mark": mark, "marked_at": now}}, upsert=True)
    with writing(archive, segment_file(number)) as target:
        async with _changes(store, start) as events:
            async for event in events:
                if event["ns"]["coll"] == MARKS:
                    if _mark_of(event) == mark:
                        break
                elif event["operationType"] in CHANGES:
                    target.write(event)
                else:
                    raise HistoryLost(f"somebody did this to a collection: {event['operationType']}")
            else:
                raise HistoryLost("the change stream ended")
    return Segment(
        number=number,
        until=event["wallTime"].replace(tzinfo=UTC),
        token={"_data": event["_id"]["_data"]},
        file=target.file,
    )


async def identify(store: Store) -> str:
    """Return a name that this database has had since its first backup, and that no restored one has."""
    identity = secrets.token_hex(8)
    await store[MARKS].update_one({"_id": IDENTITY}, {"$setOnInsert": {"name": identity}}, upsert=True)
    found = await store[MARKS].find_one({"_id": IDENTITY})
    assert found is not None
    name: str = found["name"]
    return name


async def note_done(store: Store, *, now: datetime) -> None:
    """Note that a backup is complete up to *now*, for who watches."""
    await store[MARKS].update_one({"_id": LAST}, {"$set": {"done_at": now}}, upsert=True)


async def read_last_backup(store: Store) -> datetime | None:
    """Return up to when the newest backup reaches, by the wall clock of who made it, if there is one."""
    found = await store[MARKS].find_one({"_id": LAST}, {"done_at": 1}) or {}
    done_at: datetime | None = found.get("done_at")
    return done_at


def since(at: ClusterTime) -> Document:
    """Return where a change stream begins that tells what came after an instant."""
    seconds, number = at
    return {"startAtOperationTime": Timestamp(seconds, number + 1)}


def after(segment: Segment) -> Document:
    """Return where a change stream begins that goes on after a part of the history."""
    return {"resumeAfter": segment.token}


@asynccontextmanager
async def _changes(store: Store, start: Document) -> AsyncIterator[AsyncIterator[RawBSONDocument]]:
    """Give what the change stream of the database tells; the server is told when nobody listens any more."""
    open_cursor: list[Any] = []
    try:
        yield _pages(store, start, open_cursor)
    except OperationFailure as error:
        if error.code in _HISTORY_LOST:
            raise HistoryLost("the oplog does not reach back to where the backup ends") from error
        raise
    finally:
        if open_cursor:
            await _close(store, open_cursor[0])


async def _pages(store: Store, start: Document, open_cursor: list[Any]) -> AsyncIterator[RawBSONDocument]:
    """Yield events, a page in memory at a time; an empty page means that nothing has happened yet."""
    cursor = {"batchSize": PAGE_EVENTS}
    command: Document = {"aggregate": 1, "pipeline": [{"$changeStream": start}], "cursor": cursor}
    found: Any = (await store.database.command(command, codec_options=RAW))["cursor"]
    number, page = found["id"], found["firstBatch"]
    open_cursor.append(number)
    while number:
        for event in page:
            yield event
        more: Document = {"getMore": number, "collection": "$cmd.aggregate", "batchSize": PAGE_EVENTS}
        found = (await store.database.command(more, codec_options=RAW))["cursor"]
        number, page = found["id"], found["nextBatch"]


async def _close(store: Store, number: int) -> None:
    """Close a cursor; one that can't be reached closes by itself."""
    try:
        await store.database.command({"killCursors": "$cmd.aggregate", "cursors": [number]})
    except PyMongoError:
        return


def _mark_of(event: RawBSONDocument) -> str | None:
    told = event.get("fullDocument") or event.get("updateDescription", {}).get("updatedFields", {})
    mark: str | None = told.get("mark")
    return mark
