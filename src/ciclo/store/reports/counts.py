"""Counters for the subscription report, kept by the transactions that change what they count.

One document per plan and slot: every process has a slot of its own, so that workers don't wait for
each other at a hot counter.
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


def count_created(subscription: Subscription) -> StatusCounts:
    """Return the change that a new subscription makes."""
    return {subscription.terms.plan_id: Counter({subscription.status: 1})}


def count_statements(changes: StatusCounts) -> list[Document]:
    """Return the updates that add *changes* to this process's counters."""
    return [
        {
            "q": {"_id": f"{plan_id}|{_SLOT}"},
            "u": {
                "$inc": {f"statuses.{status}": change for status, change in by_status.items() if change},
                "$setOnInsert": {"plan_id": plan_id},
            },
            "upsert": True,
        }
        for plan_id, by_status in changes.items()
        if any(by_status.values())
    ]
