"""Reports: numbers read from what the transactions keep, at a cost that does not grow with the customers."""

from collections import Counter, defaultdict
from dataclasses import dataclass

from ciclo.domain.ids import PlanId
from ciclo.domain.subscription import EARNING, Status
from ciclo.store.client import Store
from ciclo.store.counts import StatusCounts


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
            active=sum(counts[plan["_id"]][status] for status in EARNING),
            by_status=counts[plan["_id"]],
        )
        async for plan in store["plans"].find({}, {"name": 1}).sort("_id", 1)
    ]
    return SubscriptionReport(
        total_active=sum(plan.active for plan in plans),
        total_cancelled=sum(plan.by_status[Status.CANCELLED] for plan in plans),
        plans=plans,
    )


async def read_counts(store: Store) -> StatusCounts:
    """Return the kept counts of subscriptions by plan and status."""
    counts: StatusCounts = defaultdict(Counter)
    async for document in store["plan_counts"].find({}):
        for status, number in document["statuses"].items():
            counts[document["plan_id"]][Status(status)] += number
    return counts


async def recount(store: Store) -> StatusCounts:
    """Return the same counts from the subscriptions themselves: slow, for audits."""
    counts: StatusCounts = defaultdict(Counter)
    group = {"_id": {"plan": "$terms.plan_id", "status": "$status"}, "number": {"$sum": 1}}
    async for row in store["subscriptions"].aggregate([{"$group": group}]):
        counts[row["_id"]["plan"]][Status(row["_id"]["status"])] = row["number"]
    return counts
