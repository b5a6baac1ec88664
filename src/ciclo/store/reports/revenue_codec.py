"""Sums of movements as documents and back; their maps have keys that BSON can't hold, so they are rows."""

from collections import Counter
from datetime import date
from typing import Final

from ciclo.domain.metrics.customer_movements import MovementKind
from ciclo.domain.metrics.sums import MovementSums, MrrSnapshot
from ciclo.store.codec import read_date
from ciclo.store.mongo.client import Document

DEFINITION: Final = 1
"""Which rules the kept sums follow; raise it with them, and all months are folded again."""


def snapshot_document(standing: MrrSnapshot) -> Document:
    """Return *standing* as a document."""
    return {
        "mrr": dict(standing.mrr),
        "subscriptions": dict(standing.subscriptions),
        "customers": standing.customers,
    }


def read_snapshot(document: Document) -> MrrSnapshot:
    """Return what `snapshot_document` made a document of."""
    return MrrSnapshot(
        mrr=document["mrr"], subscriptions=document["subscriptions"], customers=document["customers"]
    )


def sums_document(sums: MovementSums) -> Document:
    """Return *sums* as a document."""
    return {
        "shares": [[kind.value, plan_id, change] for (kind, plan_id), change in sums.shares.items()],
        "transfers": dict(sums.transfers),
        "subscriptions": dict(sums.subscriptions),
        "customers": {kind.value: number for kind, number in sums.customers.items()},
        "cohort_mrr": _by_day(sums.cohort_mrr),
        "cohort_customers": _by_day(sums.cohort_customers),
    }


def read_sums(document: Document) -> MovementSums:
    """Return what `sums_document` made a document of."""
    return MovementSums(
        shares=Counter(
            {(MovementKind(kind), plan_id): change for kind, plan_id, change in document["shares"]}
        ),
        transfers=Counter(document["transfers"]),
        subscriptions=Counter(document["subscriptions"]),
        customers=Counter({MovementKind(kind): number for kind, number in document["customers"].items()}),
        cohort_mrr=_counted_by_day(document["cohort_mrr"]),
        cohort_customers=_counted_by_day(document["cohort_customers"]),
    )


def _by_day(changes: Counter[date]) -> dict[str, int]:
    return {day.isoformat(): change for day, change in changes.items()}


def _counted_by_day(document: dict[str, int]) -> Counter[date]:
    return Counter({read_date(day): change for day, change in document.items()})
