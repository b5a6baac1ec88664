"""Plans: the latest version of each is the plan. All of its versions are kept beside it."""

from collections.abc import Iterable
from typing import Final

from ciclo.domain.ids import PlanId
from ciclo.domain.period import BillingCycle
from ciclo.domain.plan import Plan
from ciclo.store.access.operations import Operation, append_operation
from ciclo.store.codec import decode, encode
from ciclo.store.idempotency import Answer, add_answer
from ciclo.store.mongo.bulk_write import insert, update
from ciclo.store.mongo.client import Document, Store
from ciclo.store.mongo.contention import Contention
from ciclo.store.mongo.paging import Page, PageKey, SortOrder, fetch_page
from ciclo.store.mongo.transaction import Session, run_transaction
from ciclo.store.plan_versions import version_document

NEWEST_FIRST: Final = SortOrder(field="created_at")

OFFERS_MAX: Final = 1_000
"""Plans on offer that are looked through for one that allows something."""


async def find_plan(store: Store, plan_id: str) -> Plan | None:
    """Return a plan's latest version."""
    document = await store["plans"].find_one({"_id": plan_id})
    return decode(document, Plan) if document else None


async def find_plans(store: Store, plan_ids: Iterable[str]) -> dict[PlanId, Plan]:
    """Return the latest versions of many plans."""
    found = await store["plans"].find({"_id": {"$in": list(plan_ids)}}).to_list(None)
    plans = [decode(document, Plan) for document in found]
    return {plan.id: plan for plan in plans}


async def find_offers(store: Store) -> list[Plan]:
    """Return the plans that take new subscribers, the newest OFFERS_MAX of them."""
    found = store["plans"].find({"active": True}).sort([("created_at", -1), ("_id", -1)])
    return [decode(document, Plan) async for document in found.limit(OFFERS_MAX)]


async def write_plan(store: Store, before: Plan | None, after: Plan, session: Session) -> None:
    """Store a plan's next state, its first if there is none *before*, and its version if it is a new one.

    Raises:
        Contention: somebody else changed the plan first.
    """
    if before is None:
        await insert(store, "plans", [encode(after)], session)
    else:
        guard = {"_id": before.id, "version": before.version, "updated_at": before.updated_at}
        await update(store, "plans", [{"q": guard, "u": encode(after)}], session, missing=Contention)
    if before is None or after.version != before.version:
        await insert(store, "plan_versions", [version_document(after)], session)


async def replace_plan(
    store: Store, before: Plan, after: Plan, operation: Operation, *, answer: Answer | None = None
) -> None:
    """Store the next state of a plan without a product, and the *operation* that changed it.

    Raises:
        Contention: somebody else changed the plan first.
        DuplicateKey: the request was answered already.
    """

    async def body(session: Session) -> None:
        await add_answer(store, answer, session)
        await write_plan(store, before, after, session)
        await append_operation(store, operation, session)

    await run_transaction(store, body)


async def list_plans(
    store: Store, query: Document, *, order: SortOrder = NEWEST_FIRST, after: PageKey | None, size: int
) -> Page[Plan]:
    """Return a page of plans that match *query* (made by `plan_query`), the newest first by default."""
    return await fetch_page(
        store,
        "plans",
        query,
        order=order,
        after=after,
        size=size,
        read=lambda document: decode(document, Plan),
    )


def plan_query(
    *, user_type: str | None = None, active: bool | None = None, billing_cycle: BillingCycle | None = None
) -> Document:
    """Return the query of a list of plans."""
    query: Document = {}
    if user_type is not None:
        query["user_type"] = user_type
    if active is not None:
        query["active"] = active
    if billing_cycle is not None:
        query["billing_cycle"] = billing_cycle.value
    return query
