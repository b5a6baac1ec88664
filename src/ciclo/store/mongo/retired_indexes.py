"""Indexes that older releases made and no query asks for any more, dropped since each costs writes."""

from typing import Final

from ciclo.store.mongo.client import Store

RETIRED: Final[dict[str, tuple[str, ...]]] = {
    "credit_notes": ("invoice",),
    "customers": ("email",),
    "events": ("review",),
    "invoices": ("owed",),
}


async def drop_retired(store: Store, _position: str) -> None:
    """Drop what is there of RETIRED: a migration's step, done in one batch."""
    for name, indexes in RETIRED.items():
        there = await store[name].index_information()
        for index in indexes:
            if index in there:
                await store[name].drop_index(index)
