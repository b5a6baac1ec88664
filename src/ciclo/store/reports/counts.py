"""Counters for the subscription report, kept by the transactions that change what they count.

One document per plan and slot, so that nobody waits for others at a hot counter. A worker's process has a
slot of its own, since it commits one batch after the other. Creations of one API process are many at a time:
each draws its slot.
"""

import secrets
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Final

from ciclo.domain.batch import AppliedEvent
from ciclo.domain.ids import PlanId
from ciclo.domain.subscription import Status, Subscription
from ciclo.store.mongo.client import Document

SLOTS: Final = 16
_SLOT: Final = secrets.randbelow(SLOTS)

StatusCounts = dict[PlanId, Counter[Status]]


def count_changes(entries: Iterable[AppliedEvent]) -> StatusCounts:
    """Return by how much each plan's number of subscriptions in each status changes."""
    changes: StatusCounts = defaultdict(Counter)
    for entry in entries:
        was, now = entry.before.subscription, entry.decision.account.subscription
        if was.status is not now.status or was.terms.plan_id != now.terms.plan_id:
            changes[was.terms.plan_id][was.status] -= 1
            changes[now.terms.plan_id][now.status] += 1
    return changes


def draw_slot() -> int:
    """Return a slot for one transaction among many of this process; a repeat of it draws another one."""
    return secrets.randbelow(SLOTS)


def count_created(subscription: Subscription) -> StatusCounts:
    """Return the change that a new subscription makes."""
    return {subscription.terms.plan_id: Counter({subscription.status: 1})}


def count_statements(changes: StatusCounts, *, slot: int = _SLOT) -> list[Document]:
    """Return the updates that add *changes* to the counters of a *slot*, by default this process's own."""
    return [
        {
            "q": {"_id": f"{plan_id}|{slot}"},
            "u": {
                "$inc": {f"statuses.{status}": change for status, change in by_status.items() if change},
                "$setOnInsert": {"plan_id": plan_id},
            },
            "upsert": True,
        }
        for plan_id, by_status in changes.items()
        if any(by_status.values())
    ]
