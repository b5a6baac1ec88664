"""Reports: numbers read from what the transactions keep, at a cost that does not grow with the customers."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Final

import pymongo

from ciclo.domain.ids import PlanId
from ciclo.domain.subscription import IN_SERVICE, Status
from ciclo.store.mongo.bulk_write import update
from ciclo.store.mongo.client import Store
from ciclo.store.mongo.transaction import Session, run_transaction
from ciclo.store.reports.counts import StatusCounts, count_statements

RECOUNT_S_MAX: Final = 50.0
"""How long counting every subscription may take: less than a transaction may live."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    """How many subscriptions one plan has; `active` ones have access and are billed (rule 27)."""

    plan_id: PlanId
    name: str
    active: int
    by_status: Counter[Status]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionReport:
    """All plans, those without subscribers too, and their sums."""

    total_active: int
    total_cancelled: int
    plans: list[PlanRow]


async def subscription_report(store: Store) -> SubscriptionReport:
    """Return the counts that the transactions keep: one document per plan and slot."""
    counts = await read_counts(store)
    plans = [
        PlanRow(
            plan_id=plan["_id"],
            name=plan["name"],
            active=sum(counts[plan["_id"]][status] for status in IN_SERVICE),
            by_status=counts[plan["_id"]],
        )
        async for plan in store["plans"].find({}, {"name": 1}).sort("_id", 1)
    ]
    return SubscriptionReport(
        total_active=sum(plan.active for plan in plans),
        total_cancelled=sum(plan.by_status[Status.CANCELLED] for plan in plans),
        plans=plans,
    )


async def read_counts(store: Store, *, session: Session | None = None) -> StatusCounts:
    """Return the kept counts of subscriptions by plan and status."""
    counts: StatusCounts = defaultdict(Counter)
    async for document in store["plan_counts"].find({}, session=session):
        for status, number in document["statuses"].items():
            counts[document["plan_id"]][Status(status)] += number
    return counts


async def recount(store: Store, *, session: Session | None = None) -> StatusCounts:
    """Return the same counts from the subscriptions themselves: slow, for audits."""
    counts: StatusCounts = defaultdict(Counter)
    group = {"_id": {"plan": "$terms.plan_id", "status": "$status"}, "number": {"$sum": 1}}
    async for row in store["subscriptions"].aggregate([{"$group": group}], session=session):
        counts[row["_id"]["plan"]][Status(row["_id"]["status"])] = row["number"]
    return counts


@dataclass(frozen=True, slots=True, kw_only=True)
class CountMismatch:
    """A kept count that is not what there is."""

    plan_id: PlanId
    status: Status
    kept: int
    counted: int


async def find_count_mismatches(store: Store) -> list[CountMismatch]:
    """Return the kept counts that are wrong; from a snapshot both are read at one instant."""
    with pymongo.timeout(RECOUNT_S_MAX):
        return _miscounts(await read_counts(store), await recount(store))


async def mend_counts(store: Store) -> list[CountMismatch]:
    """Put the kept counts that are wrong right, and return them.

    Both are read at one instant, and what is missing at that instant is added: workers may go on
    counting meanwhile.

    Raises:
        PyMongoError: MongoDB could not do it in time; nothing was written.
    """

    async def body(session: Session) -> list[CountMismatch]:
        kept = await read_counts(store, session=session)
        found = _miscounts(kept, await recount(store, session=session))
        missing: StatusCounts = defaultdict(Counter)
        for document in found:
            missing[document.plan_id][document.status] = document.counted - document.kept
        await update(store, "plan_counts", count_statements(missing), session)
        return found

    with pymongo.timeout(RECOUNT_S_MAX):
        return await run_transaction(store, body)


def _miscounts(kept: StatusCounts, counted: StatusCounts) -> list[CountMismatch]:
    return [
        CountMismatch(
            plan_id=plan_id,
            status=status,
            kept=kept[plan_id][status],
            counted=counted[plan_id][status],
        )
        for plan_id in sorted(kept.keys() | counted.keys())
        for status in Status
        if kept[plan_id][status] != counted[plan_id][status]
    ]
