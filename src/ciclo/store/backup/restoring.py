"""Restoring: the documents as the slices have them, then the history up to a moment, then their names.

All is put into collections of other names, which get their own in the end: a restore that was cut off leaves
nothing that a process could take for a ledger.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, islice
from typing import Any, Final

from bson.raw_bson import RawBSONDocument
from pymongo import DeleteOne, ReplaceOne, UpdateOne
from pymongo.errors import BulkWriteError

from ciclo.store.backup.archive import Archive, ClusterTime, DamagedBackup, Id, Manifest, Segment, Slice
from ciclo.store.mongo.client import Document, Store
from ciclo.store.mongo.indexes import prepare

UNFINISHED: Final = "restoring."
"""Begins the collections' names meanwhile."""

WRITTEN_TOGETHER: Final = 1_000
"""Documents or changes in memory at a time."""

Write = UpdateOne | ReplaceOne[Any] | DeleteOne


class NotEmpty(Exception):
    """There is something in the database already."""


class OutOfReach(Exception):
    """The backup does not reach to that moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What was restored: documents of the slices, changes since, and the moment that all is of."""

    documents: int
    changes: int
    moment: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """The moments that a backup can be restored to, by the clock of MongoDB's primary."""

    earliest: datetime
    latest: datetime


def reach_of(segments: Sequence[Segment]) -> Reach:
    """Return from when to when a backup reaches: from the first mark on, which came after all slices.

    Raises:
        DamagedBackup: the history of the copying itself is missing, so that the slices do not fit together.
    """
    if not segments:
        raise DamagedBackup("the backup lacks the history of its own copying")
    return Reach(earliest=segments[0].until, latest=segments[-1].until)


async def restore(store: Store, archive: Archive, *, to: datetime | None, now: datetime) -> Restored:
    """Make a database of a backup, as it was at the moment *to*, or at the last one that the backup has.

    Args:
        store: An empty database.
        archive: The backup; all of its files are checked before anything is written.
        to: By the clock of MongoDB's primary. What was written until then is there, nothing later.
        now: The wall clock, for what is made anew.

    Raises:
        DamagedBackup, NotEmpty, OutOfReach: nothing was written.
    """
    manifest, segments = archive.manifest(), archive.segments()
    if manifest is None:
        raise DamagedBackup(f"{archive.folder} has no complete backup")
    reach = reach_of(segments)
    if to is not None and not reach.earliest <= to <= reach.latest:
        raise OutOfReach(f"it reaches from {reach.earliest.isoformat()} to {reach.latest.isoformat()}")
    there = await store.database.list_collection_names()
    if there:
        raise NotEmpty(f"{store.database.name} has {len(there)} collections, such as {min(there)}")
    files = [one.file for one in manifest.slices if one.file is not None]
    archive.check([*files, *(segment.file for segment in segments)])
    documents = 0
    for one in manifest.slices:
        documents += await _load(store, archive, one)
    changes = await _replay(store, archive, manifest, segments, to=to)
    await _give_names(store)
    # Indexes last: making one of all documents is quicker than keeping it up to date with each of them.
    await prepare(store, now=now)
    return Restored(documents=documents, changes=changes, moment=to or reach.latest)


async def _load(store: Store, archive: Archive, one: Slice) -> int:
    if one.file is None:
        return 0
    collection = store.database[f"{UNFINISHED}{one.collection}"]
    documents = archive.read(one.file)
    loaded = 0
    while batch := list(islice(documents, WRITTEN_TOGETHER)):
        await collection.insert_many(batch, ordered=False)
        loaded += len(batch)
    if loaded != one.file.documents:
        raise DamagedBackup(f"{one.file.name} has {loaded} documents, not {one.file.documents}")
    return loaded


async def _replay(
    store: Store, archive: Archive, manifest: Manifest, segments: Sequence[Segment], *, to: datetime | None
) -> int:
    """Do again what was written after the slices, up to a moment; return how many changes that were."""
    slices: defaultdict[str, list[Slice]] = defaultdict(list)
    for one in manifest.slices:
        slices[one.collection].append(one)
    told = chain.from_iterable(archive.read(segment.file) for segment in segments)
    changes = (event for event in _until(told, to) if _is_later(event, slices[event["ns"]["coll"]]))
    done = 0
    while batch := list(islice(changes, WRITTEN_TOGETHER)):
        await _write(store, batch)
        done += len(batch)
    return done


def _until(events: Iterable[RawBSONDocument], to: datetime | None) -> Iterator[RawBSONDocument]:
    """Yield what was written up to a moment. What one transaction wrote has one place in the order of all."""
    place: ClusterTime | None = None
    for event in events:
        own = _place(event)
        if to is not None and own != place and event["wallTime"].replace(tzinfo=UTC) > to:
            return
        place = own
        yield event


def _is_later(event: RawBSONDocument, slices: Sequence[Slice]) -> bool:
    """Return whether a change came after the slice that its document is in; of a new collection all did."""
    key = _order(event["documentKey"]["_id"])
    for one in slices:
        if one.until is None or key <= _order(one.until):
            return _place(event) > one.at
    return True


def _order(id_: Id) -> tuple[int, Id]:
    """Return what ids are ordered by as MongoDB does: numbers, then texts by their code points."""
    return (1, id_) if isinstance(id_, str) else (0, id_)


def _place(event: RawBSONDocument) -> ClusterTime:
    at = event["clusterTime"]
    return at.time, at.inc


async def _write(store: Store, events: Sequence[RawBSONDocument]) -> None:
    """Write changes, each collection's in turn.

    Raises:
        DamagedBackup: a document that was changed is not there.
    """
    writes: defaultdict[str, list[Write]] = defaultdict(list)
    for event in events:
        writes[event["ns"]["coll"]] += _writes_of(event)
    for name, list_ in writes.items():
        try:
            result = await store.database[f"{UNFINISHED}{name}"].bulk_write(list_)
        except BulkWriteError as error:
            raise DamagedBackup(
                f"a change of {name} can't be done again: {error.details['writeErrors']}"[:500]
            ) from error
        changed = sum(not isinstance(write, DeleteOne) for write in list_)
        if result.matched_count + result.upserted_count != changed:
            raise DamagedBackup(f"a document of {name} that was changed is missing")


def _writes_of(event: RawBSONDocument) -> list[Write]:
    """Return what does a change again."""
    key: Document = {"_id": event["documentKey"]["_id"]}
    match event["operationType"]:
        case "delete":
            return [DeleteOne(key)]
        case "update":
            return [UpdateOne(key, update) for update in _updates(event["updateDescription"])]
        case _:
            return [ReplaceOne(key, event["fullDocument"], upsert=True)]


def _updates(description: Any) -> list[Document]:  # noqa: ANN401 - what the driver reads
    """Return the updates that a description comes to; a shorter list first, since both may be of one list."""
    shortened = {
        one["field"]: {"$each": [], "$slice": one["newSize"]}
        for one in description.get("truncatedArrays", ())
    }
    update: Document = {}
    if len(description["updatedFields"]):
        update["$set"] = description["updatedFields"]
    if description["removedFields"]:
        update["$unset"] = dict.fromkeys(description["removedFields"], "")
    return [*([{"$push": shortened}] if shortened else []), *([update] if update else [])]


async def _give_names(store: Store) -> None:
    """Give the collections their names, those last that tell a database from a new one."""
    names = sorted(
        await store.database.list_collection_names(),
        key=lambda name: name.endswith(("events", "subscriptions")),
    )
    for name in names:
        await store.database[name].rename(name.removeprefix(UNFINISHED))
