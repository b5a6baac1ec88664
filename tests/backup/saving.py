"""Backing up in tests, and comparing databases."""

from pathlib import Path
from typing import Any

from ciclo.actions.clock import read_wall_clock
from ciclo.store.backup.archive import Archive
from ciclo.store.backup.backing_up import BackedUp, back_up
from ciclo.store.backup.copying import MARKS, CopyOptions
from ciclo.store.mongo.client import Store


async def save(store: Store, folder: Path, *, options: CopyOptions | None = None) -> BackedUp:
    """Back up once."""
    return await back_up(
        store,
        Archive(folder),
        release="tests",
        now=read_wall_clock,
        options=options or CopyOptions(),
        progress=lambda _name, _documents: None,
    )


async def content(store: Store) -> dict[str, dict[Any, Any]]:
    """Return every document by collection and id, but for the marks of backups."""
    names = set(await store.database.list_collection_names()) - {MARKS}
    return {
        name: {document["_id"]: document async for document in store[name].find()} for name in sorted(names)
    }


def without_empty(documents: dict[str, dict[Any, Any]]) -> dict[str, dict[Any, Any]]:
    return {name: found for name, found in documents.items() if found}
