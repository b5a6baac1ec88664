"""Plan versions: each plan as it was offered at one time. None ever changes, for those who took it."""

from collections.abc import Iterable
from typing import Final

from ciclo.domain.ids import PlanId
from ciclo.domain.plan import Plan
from ciclo.store.codec import decode, encode
from ciclo.store.mongo.client import Document, Store

KEPT_MAX: Final = 1_000
"""Plan versions that a process remembers, some kB each: more than most sellers ever have."""


async def find_versions(
    store: Store, versions: Iterable[tuple[PlanId, int]]
) -> dict[tuple[PlanId, int], Plan]:
    """Return plans as they were taken."""
    keys = [_version_key(plan_id, version) for plan_id, version in versions]
    found = await store["plan_versions"].find({"_id": {"$in": keys}}).to_list(None)
    plans = [decode({**document, "_id": document["plan_id"]}, Plan) for document in found]
    return {(plan.id, plan.version): plan for plan in plans}


async def recall_versions(
    store: Store, versions: Iterable[tuple[PlanId, int]]
) -> dict[tuple[PlanId, int], Plan]:
    """Return plans as they were taken, without asking again for those that were asked for before."""
    wanted, kept = set(versions), store.plan_versions
    missing = wanted - kept.keys()
    found = await find_versions(store, missing) if missing else {}
    recalled = found | {version: kept[version] for version in wanted - missing}
    while kept and len(kept) + len(found) > KEPT_MAX:
        del kept[next(iter(kept))]
    kept.update(found)
    return recalled


def version_document(plan: Plan) -> Document:
    """Return what is kept of a plan's present version."""
    return {**encode(plan), "_id": _version_key(plan.id, plan.version), "plan_id": plan.id}


def _version_key(plan_id: str, version: int) -> str:
    return f"{plan_id}:{version}"
