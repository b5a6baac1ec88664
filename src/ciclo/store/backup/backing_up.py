"""Backing up: all documents at first, then, each time again, the history since."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from ciclo.store.backup.archive import FORMAT, Archive, Manifest
from ciclo.store.backup.copying import CopyOptions, Progress, copy_documents
from ciclo.store.backup.history import after, identify, note_done, since, write_segment
from ciclo.store.backup.restoring import Reach, reach_of
from ciclo.store.mongo.client import Store


class OtherDatabase(Exception):
    """The folder has a backup of another database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackedUp:
    """What was added to a backup, and which moments it reaches now. Only the first time has documents."""

    documents: int
    changes: int
    reach: Reach


async def back_up(
    store: Store,
    archive: Archive,
    *,
    release: str,
    now: Callable[[], datetime],
    options: CopyOptions,
    progress: Progress,
) -> BackedUp:
    """Begin a backup in *archive*, or add to it what was written since; writing may go on meanwhile.

    Args:
        store: The database. Its user reads all of it, and writes to the collection of marks.
        archive: Where to; a backup that was cut off begins again.
        release: Which release makes it.
        now: The wall clock.
        options: The bounds of copying.
        progress: Told what is copied.

    Raises:
        OtherDatabase: *archive* is not of this one.
        DamagedBackup: *archive* can't be read.
        HistoryLost: its history can't go on: another backup has to begin, in another folder.
        PyMongoError: MongoDB stayed away. What was complete before is so still.
    """
    identity = await identify(store)
    manifest, documents = archive.manifest(), 0
    if manifest is None:
        slices = await copy_documents(store, archive, options=options, progress=progress)
        documents = sum(one.file.documents for one in slices if one.file is not None)
        manifest = Manifest(
            format=FORMAT,
            release=release,
            database=store.database.name,
            identity=identity,
            made_at=now(),
            slices=slices,
        )
        archive.keep_manifest(manifest)
    elif manifest.identity != identity:
        raise OtherDatabase(f"the backup in {archive.folder} is of another {manifest.database}")
    segments = archive.segments()
    start = after(segments[-1]) if segments else since(min(one.at for one in manifest.slices))
    marked_at = now()
    segment = await write_segment(store, archive, number=len(segments) + 1, start=start, now=marked_at)
    archive.keep_segment(segment)
    await note_done(store, now=marked_at)
    return BackedUp(
        documents=documents,
        changes=segment.file.documents,
        reach=reach_of([*segments, segment]),
    )
