"""The log of webhook deliveries: lists, counts, and what is late."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ciclo.domain.ids import WebhookEndpointId
from ciclo.domain.webhooks.message import MessageType
from ciclo.domain.webhooks.webhook_delivery import WebhookDelivery, WebhookDeliveryState
from ciclo.store.mongo.client import Document, Store
from ciclo.store.mongo.paging import Page, PageKey, SortOrder, fetch_page
from ciclo.store.webhooks.deliveries import DELIVERIES, read_delivery

NEWEST_FIRST: Final = SortOrder(field="created_at")

COUNTED_MAX: Final = 100_000
"""Deliveries that a count looks at: a page must not scan millions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryCounts:
    """How an endpoint's deliveries of some hours went; `ms` is the mean time of those that succeeded."""

    succeeded: int = 0
    failed: int = 0
    pending: int = 0
    ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryBacklog:
    """Deliveries that are not made, and for how long the oldest that is due has been."""

    pending: int
    oldest_due_age: timedelta


def delivery_query(
    *,
    endpoint_id: str | None = None,
    state: WebhookDeliveryState | None = None,
    type_: MessageType | None = None,
    object_id: str | None = None,
    message_id: str | None = None,
    created_from: datetime | None = None,
    created_before: datetime | None = None,
) -> Document:
    """Return the query of a list of deliveries; None does not matter."""
    equal = {
        "endpoint_id": endpoint_id,
        "state": state.value if state else None,
        "type": type_.value if type_ else None,
        "object_id": object_id,
        "message_id": message_id,
    }
    query: Document = {name: value for name, value in equal.items() if value is not None}
    bounds = {"$gte": created_from, "$lt": created_before}
    created = {operator: value for operator, value in bounds.items() if value is not None}
    return query | ({"created_at": created} if created else {})


async def list_deliveries(
    store: Store, query: Document, *, after: PageKey | None, size: int
) -> Page[WebhookDelivery]:
    """Return a page of deliveries that match *query* (made by `delivery_query`), the newest first."""
    return await fetch_page(
        store, DELIVERIES, query, order=NEWEST_FIRST, after=after, size=size, read=read_delivery
    )


async def count_deliveries(
    store: Store, endpoint_id: WebhookEndpointId, *, since: datetime
) -> DeliveryCounts:
    """Return how an endpoint's deliveries since then went, of the latest COUNTED_MAX."""
    attempt = {"$last": "$attempts.ms"}
    stages: list[Document] = [
        {"$match": {"endpoint_id": endpoint_id, "created_at": {"$gte": since}}},
        {"$sort": {"created_at": -1, "_id": -1}},
        {"$limit": COUNTED_MAX},
        {"$group": {"_id": "$state", "count": {"$sum": 1}, "ms": {"$avg": attempt}}},
    ]
    rows = {row["_id"]: row async for row in store[DELIVERIES].aggregate(stages)}
    succeeded = rows.get(WebhookDeliveryState.SUCCEEDED.value)
    return DeliveryCounts(
        succeeded=succeeded["count"] if succeeded else 0,
        failed=rows.get(WebhookDeliveryState.FAILED.value, {}).get("count", 0),
        pending=rows.get(WebhookDeliveryState.PENDING.value, {}).get("count", 0),
        ms=round(succeeded["ms"]) if succeeded and succeeded["ms"] is not None else None,
    )


async def has_succeeded(store: Store, endpoint_id: WebhookEndpointId, *, since: datetime) -> bool:
    """Return whether an attempt at this endpoint that was made since then succeeded."""
    succeeded = {"at": {"$gte": since}, "failure": None}
    query: Document = {
        "endpoint_id": endpoint_id,
        "state": WebhookDeliveryState.SUCCEEDED.value,
        "attempts": {"$elemMatch": succeeded},
    }
    return await store[DELIVERIES].find_one(query, {"_id": 1}) is not None


async def count_failures(
    store: Store, endpoint_id: WebhookEndpointId, *, since: datetime, failures_max: int
) -> int:
    """Return how many attempts at this endpoint failed since then, counted up to *failures_max*."""
    stages: list[Document] = [
        {"$match": {"endpoint_id": endpoint_id, "attempts": {"$elemMatch": {"at": {"$gte": since}}}}},
        {"$unwind": "$attempts"},
        {"$match": {"attempts.at": {"$gte": since}, "attempts.failure": {"$ne": None}}},
        {"$limit": failures_max},
        {"$count": "failures"},
    ]
    rows = await store[DELIVERIES].aggregate(stages).to_list(None)
    return int(rows[0]["failures"]) if rows else 0


async def read_delivery_backlog(
    store: Store, endpoint_ids: Iterable[WebhookEndpointId], *, now: datetime
) -> DeliveryBacklog:
    """Return what is not delivered yet to these endpoints."""
    counted, ages = 0, [timedelta()]
    for endpoint_id in endpoint_ids:
        pending: Document = {"endpoint_id": endpoint_id, "state": WebhookDeliveryState.PENDING.value}
        counted += await store[DELIVERIES].count_documents(pending, hint="due", limit=COUNTED_MAX)
        oldest = await store[DELIVERIES].find_one(pending, {"next_at": 1}, sort=[("next_at", 1)], hint="due")
        if oldest is not None:
            ages.append(now - oldest["next_at"])
    return DeliveryBacklog(pending=counted, oldest_due_age=max(ages))
