"""Plan versions: each plan as it was offered at one time. None ever changes, for those who took it."""

from collections.abc import Iterable

from ciclo.domain.ids import PlanId
from ciclo.domain.plan import Plan
from ciclo.store.codec import decode, encode
from ciclo.store.mongo.client import Document, Store


async def find_versions(
    store: Store, versions: Iterable[tuple[PlanId, int]]
) -> dict[tuple[PlanId, int], Plan]:
    """Return plans as they were taken."""
    keys = [_version_key(plan_id, version) for plan_id, version in versions]
    found = await store["plan_versions"].find({"_id": {"$in": keys}}).to_list(None)
    plans = [decode({**document, "_id": document["plan_id"]}, Plan) for document in found]
    return {(plan.id, plan.version): plan for plan in plans}


def version_document(plan: Plan) -> Document:
    """Return what is kept of a plan's present version."""
    return {**encode(plan), "_id": _version_key(plan.id, plan.version), "plan_id": plan.id}


def _version_key(plan_id: str, version: int) -> str:
    return f"{plan_id}:{version}"
