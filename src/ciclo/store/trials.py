"""Trials that were used: by which keys their users are known, and when."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from ciclo.store.mongo.bulk_write import insert
from ciclo.store.mongo.client import Store
from ciclo.store.mongo.transaction import Session


async def find_trial_use(store: Store, keys: Sequence[str]) -> datetime | None:
    """Return when somebody with one of *keys* used a trial, by the wall clock; None: nobody did."""
    found = await store["trials"].find_one({"_id": {"$in": list(keys)}})
    used_at: datetime | None = found["used_at"] if found else None
    return used_at


async def add_trial(store: Store, keys: Iterable[str], session: Session, *, used_at: datetime) -> None:
    """Note that somebody with *keys* uses a trial.

    Raises:
        DuplicateKey: somebody did meanwhile.
    """
    await insert(store, "trials", [{"_id": key, "used_at": used_at} for key in keys], session)
