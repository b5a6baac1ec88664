"""Copying the documents: page by page, each page as it was at the instant of its slice.

MongoDB keeps a snapshot for some minutes only. So none is read for longer than SNAPSHOT_S_MAX, and one that
MongoDB does not keep any more, or that a fail-over took, is replaced by another: a slice ends, and the next
one begins after its last document.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import structlog
from bson import Timestamp
from bson.raw_bson import RawBSONDocument
from pymongo.errors import OperationFailure, PyMongoError

from ciclo.backoff import Backoff
from ciclo.store.backup.archive import RAW, Archive, ClusterTime, Id, Slice, writing
from ciclo.store.mongo.client import Store
from ciclo.store.mongo.transient_errors import is_transient

SNAPSHOT_S_MAX: Final = 60.0
"""Far below the five minutes that MongoDB keeps a snapshot by default."""

PAGE_DOCUMENTS: Final = 1_000
"""Documents in memory at a time; an answer has 16 MB at most, whatever they hold."""

TRIES_MAX: Final = 20
"""How often one page is asked for, with pauses: a fail-over takes some ten seconds."""

BACKOFF: Final = Backoff(first=0.1, max=2.0)
MARKS: Final = "backups"
"""The collection in which a backup leaves its marks; no part of what is backed up."""

_SNAPSHOT_GONE: Final = frozenset({239, 246})
"""SnapshotTooOld, SnapshotUnavailable."""

_log = structlog.get_logger(__name__)

Progress = Callable[[str, int], None]
"""Told a collection's name, and how many more of its documents are copied."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyOptions:
    """The bounds of copying; tests choose small ones."""

    snapshot_s_max: float = SNAPSHOT_S_MAX
    page_documents: int = PAGE_DOCUMENTS


async def copy_documents(
    store: Store, archive: Archive, *, options: CopyOptions, progress: Progress
) -> list[Slice]:
    """Write every collection's documents into *archive*; return the slices that they were read in.

    Raises:
        PyMongoError: MongoDB stayed away, or refuses.
    """
    reader = _Reader(store, options)
    names = sorted(
        name
        for name in await store.database.list_collection_names()
        if not name.startswith("system.") and name != MARKS
    )
    return [one for name in names for one in await _copy(reader, archive, name, progress=progress)]


@dataclass(frozen=True, slots=True)
class _ReadPage:
    documents: list[RawBSONDocument]
    at: ClusterTime


@dataclass(slots=True)
class _Reader:
    """Reads pages of one snapshot for as long as that may last, then of another."""

    store: Store
    options: CopyOptions
    at: Timestamp | None = None
    taken_at: float = field(default_factory=time.monotonic)

    async def page(self, name: str, after: Id | None) -> _ReadPage:
        """Return the documents of a collection after an id, of this snapshot or a new one."""
        for tries in range(1, TRIES_MAX + 1):
            if time.monotonic() - self.taken_at >= self.options.snapshot_s_max:
                self.at = None
            try:
                return await self._ask(name, after)
            except PyMongoError as error:
                gone = isinstance(error, OperationFailure) and error.code in _SNAPSHOT_GONE
                if tries == TRIES_MAX or not (gone or is_transient(error)):
                    raise
                _log.info("backup_snapshot_renewed", collection=name, error=type(error).__name__)
                self.at = None
                await asyncio.sleep(BACKOFF.spread_s(tries))
        raise AssertionError("unreachable")

    async def _ask(self, name: str, after: Id | None) -> _ReadPage:
        """Ask for one page; without a snapshot the answer brings one along."""
        concern: dict[str, Any] = {"level": "snapshot"}
        if self.at is None:
            self.taken_at = time.monotonic()
        else:
            concern["atClusterTime"] = self.at
        command = {
            "find": name,
            "filter": {} if after is None else {"_id": {"$gt": after}},
            "sort": {"_id": 1},
            "limit": self.options.page_documents,
            "batchSize": self.options.page_documents,
            "singleBatch": True,
            "readConcern": concern,
        }
        answer: Any = await self.store.database.command(command, codec_options=RAW)
        found: Timestamp = answer["cursor"]["atClusterTime"]
        self.at = found
        return _ReadPage(list(answer["cursor"]["firstBatch"]), (found.time, found.inc))


async def _copy(reader: _Reader, archive: Archive, name: str, *, progress: Progress) -> list[Slice]:
    """Copy one collection; the last of its slices is what comes after its last document."""
    slices: list[Slice] = []
    after: Id | None = None
    page = await reader.page(name, after)
    while page.documents:
        begin, at = after, page.at
        with writing(archive, f"{name}-{len(slices) + 1:06}.bson.gz") as target:
            # An answer that is cut at 16 MB is no end: only an empty page is.
            while page.documents and page.at == at:
                for document in page.documents:
                    target.write(document)
                after = _id_of(name, page.documents[-1])
                progress(name, len(page.documents))
                page = await reader.page(name, after)
        slices.append(Slice(collection=name, after=begin, until=after, at=at, file=target.file))
    slices.append(Slice(collection=name, after=after, until=None, at=page.at, file=None))
    return slices


def _id_of(name: str, document: RawBSONDocument) -> Id:
    found = document["_id"]
    if isinstance(found, str | int):
        return found
    raise TypeError(f"{name} has an id that is neither a text nor a number: {found!r}")
