"""Webhook deliveries: who has one in hand, what came of its attempts, and what has to come before it.

A delivery's document is its own outbox: while it is PENDING it is taken when `next_at` has come, unless the
lease of somebody who took it runs. `unanswered` counts the takings that left no attempt.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pymongo.errors import BulkWriteError

from ciclo.domain.ids import WebhookDeliveryId, WebhookEndpointId
from ciclo.domain.webhooks.webhook_delivery import (
    KEPT_FOR,
    OVERTAKEN_AFTER,
    WebhookAttempt,
    WebhookDelivery,
    WebhookDeliveryState,
    record_attempt,
    replay,
)
from ciclo.store.codec import decode, encode, encode_part
from ciclo.store.events.leases import not_held
from ciclo.store.mongo.client import Document, Store
from ciclo.store.mongo.contention import Contention
from ciclo.store.webhooks.messages import waiting_places
from ciclo.store.webhooks.unreadable import read_safely

DELIVERIES: Final = "webhook_deliveries"

SUSPECT_FROM: Final = 2
"""A delivery is made alone from so many takings without an answer on: one may be its neighbour's fault."""

BLOCKED_FOR: Final = timedelta(seconds=60)
"""How long a message rests that waits for an earlier one, unless that is delivered meanwhile."""

WRITES_MAX: Final = 20
"""How often an attempt is written anew because something else about its delivery was."""

_DUPLICATE_KEY: Final = 11_000


@dataclass(frozen=True, slots=True, kw_only=True)
class DueDelivery:
    """A delivery that is to be made now, and how often it was taken without an answer."""

    delivery: WebhookDelivery
    unanswered: int


async def add_deliveries(store: Store, deliveries: Sequence[WebhookDelivery]) -> None:
    """Store deliveries; those that are there already stay as they are."""
    if not deliveries:
        return
    lease: Document = {"held_by": None, "held_until": None, "unanswered": 0}
    documents = [encode(one) | lease | {"expires_at": one.began_at + KEPT_FOR} for one in deliveries]
    try:
        await store[DELIVERIES].insert_many(documents, ordered=False)
    except BulkWriteError as error:
        details = error.details
        refusals = details.get("writeErrors", ())
        if details.get("writeConcernErrors") or any(one["code"] != _DUPLICATE_KEY for one in refusals):
            raise


async def find_due_deliveries(
    store: Store, endpoint_id: WebhookEndpointId, *, now: datetime, deliveries_max: int
) -> list[DueDelivery]:
    """Return an endpoint's deliveries whose time has come and that nobody has in hand, the longest due first.

    One whose document can't be read is given up: it would come first for ever.
    """
    query = {"endpoint_id": endpoint_id, "state": "PENDING", "next_at": {"$lte": now}} | not_held(now)
    found = await store[DELIVERIES].find(query).sort("next_at", 1).limit(deliveries_max).to_list(None)
    due = []
    for document in found:
        delivery = read_safely(document, read_delivery)
        if delivery is None:
            await store[DELIVERIES].update_one({"_id": document["_id"]}, {"$set": {"state": "FAILED"}})
        else:
            due.append(DueDelivery(delivery=delivery, unanswered=document.get("unanswered", 0)))
    return due


async def hold_back_followers(
    store: Store, endpoint_id: WebhookEndpointId, due: Sequence[DueDelivery], *, now: datetime
) -> list[DueDelivery]:
    """Return those of *due*, of an ordered endpoint, before which nothing of their object is to be delivered.

    The others rest, until what is before them is delivered, or was not for a day.
    """
    first = await _first_pending(store, endpoint_id, [one.delivery.object_id for one in due], now=now)
    free: list[DueDelivery] = []
    blocked: list[DueDelivery] = []
    for one in due:
        place = (one.delivery.sequence, one.delivery.place)
        (free if place <= first.get(one.delivery.object_id, place) else blocked).append(one)
    if blocked:
        await store[DELIVERIES].update_many(
            {"_id": {"$in": [one.delivery.id for one in blocked]}, "state": "PENDING"},
            {"$set": {"next_at": now + BLOCKED_FOR, "waits": True}},
        )
    return free


async def _first_pending(
    store: Store, endpoint_id: WebhookEndpointId, object_ids: Sequence[str], *, now: datetime
) -> dict[str, tuple[int, int]]:
    """Return of each object the place of the first message that is not delivered, nor overtaken."""
    since = now - OVERTAKEN_AFTER
    pending: Document = {
        "endpoint_id": endpoint_id,
        "object_id": {"$in": list(object_ids)},
        "state": "PENDING",
        "began_at": {"$gt": since},
    }
    firsts: dict[str, tuple[int, int]] = {}
    # A message that is not fanned out yet has no delivery, and may be the earlier one.
    for collection, query in ((DELIVERIES, pending), ("messages", waiting_places(object_ids, since=since))):
        stages: list[Document] = [
            {"$match": query},
            {"$sort": {"object_id": 1, "sequence": 1, "place": 1}},
            {
                "$group": {
                    "_id": "$object_id",
                    "sequence": {"$first": "$sequence"},
                    "place": {"$first": "$place"},
                }
            },
        ]
        async for row in store[collection].aggregate(stages):
            place = (row["sequence"], row["place"])
            firsts[row["_id"]] = min(place, firsts.get(row["_id"], place))
    return firsts


async def take_deliveries(
    store: Store, delivery_ids: Sequence[WebhookDeliveryId], *, holder: str, now: datetime, until: datetime
) -> set[WebhookDeliveryId]:
    """Take those that are PENDING and that nobody has in hand, until the instant *until*; return which."""
    if not delivery_ids:
        return set()
    ids = list(delivery_ids)
    taken = await store[DELIVERIES].update_many(
        {"_id": {"$in": ids}, "state": "PENDING"} | not_held(now),
        {"$set": {"held_by": holder, "held_until": until}, "$inc": {"unanswered": 1}},
    )
    if taken.matched_count == len(ids):
        return set(ids)
    found = store[DELIVERIES].find({"_id": {"$in": ids}, "held_by": holder}, {"_id": 1})
    return {document["_id"] async for document in found}


async def write_attempt(
    store: Store, delivery: WebhookDelivery, attempt: WebhookAttempt, *, ordered: bool, now: datetime
) -> WebhookDelivery:
    """Write what came of an attempt beside what is known already; return what the delivery is now.

    Of an *ordered* endpoint the object's next message is free then.

    Raises:
        Contention: it kept being changed by others.
    """
    current: WebhookDelivery | None = delivery
    for _ in range(WRITES_MAX):
        if current is None:
            return delivery
        after = record_attempt(current, attempt)
        answered = {"held_by": None, "held_until": None, "unanswered": 0}
        if await _replace(store, current, after, **answered):
            if ordered and after.state is not WebhookDeliveryState.PENDING:
                await _free_followers(store, after, now=now)
            return after
        current = await find_delivery(store, delivery.id)
    raise Contention(f"{delivery.id} kept being changed")


async def replay_delivery(store: Store, delivery: WebhookDelivery, *, now: datetime) -> bool:
    """Have a delivery made again; return whether nobody changed it first."""
    expires_at = now + KEPT_FOR
    return await _replace(store, delivery, replay(delivery, now=now), unanswered=0, expires_at=expires_at)


async def close_pending(store: Store, endpoint_id: WebhookEndpointId) -> None:
    """Give up what an endpoint is not told any more; a replay begins it again."""
    await store[DELIVERIES].update_many(
        {"endpoint_id": endpoint_id, "state": "PENDING"},
        {"$set": {"state": "FAILED", "next_at": None}, "$inc": {"version": 1}},
    )


async def find_delivery(store: Store, delivery_id: str) -> WebhookDelivery | None:
    """Return a delivery; None if there is none, or its time is over."""
    document = await store[DELIVERIES].find_one({"_id": delivery_id})
    return read_delivery(document) if document else None


async def find_deliveries(store: Store, delivery_ids: Sequence[str]) -> dict[str, WebhookDelivery]:
    """Return deliveries by id; those whose time is over are not there."""
    found = await store[DELIVERIES].find({"_id": {"$in": list(delivery_ids)}}).to_list(None)
    return {document["_id"]: read_delivery(document) for document in found}


async def _replace(store: Store, before: WebhookDelivery, after: WebhookDelivery, **also: object) -> bool:
    written = await store[DELIVERIES].update_one(
        {"_id": before.id, "version": before.version},
        {
            "$set": {
                "attempts": encode_part(after.attempts),
                "state": after.state.value,
                "began_at": after.began_at,
                "next_at": after.next_at,
                "version": before.version + 1,
                **also,
            }
        },
    )
    return written.matched_count == 1


async def _free_followers(store: Store, delivered: WebhookDelivery, *, now: datetime) -> None:
    await store[DELIVERIES].update_many(
        {
            "endpoint_id": delivered.endpoint_id,
            "object_id": delivered.object_id,
            "state": "PENDING",
            "waits": True,
        },
        {"$set": {"next_at": now, "waits": False}},
    )


def read_delivery(document: Document) -> WebhookDelivery:
    """Return the delivery that *document* holds.

    Raises:
        KeyError, TypeError, ValueError: it does not hold one.
    """
    return decode(document, WebhookDelivery)
