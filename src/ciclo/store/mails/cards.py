"""Cards that are about to expire: subscriptions by the last day of what they are paid by."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Final

from ciclo.domain.ids import CustomerId
from ciclo.domain.mails.days import ExpiringCard
from ciclo.domain.subscription import Subscription
from ciclo.store.codec import decode
from ciclo.store.mongo.client import Document, Store

PAGE: Final = 500
SUBSCRIPTIONS_MAX: Final = 20
"""Of one customer and one card: more are not looked at."""

_DAY: Final = "method.expires_on"


async def cards_expiring(store: Store, *, first: date, last: date) -> AsyncIterator[list[ExpiringCard]]:
    """Yield the cards of live subscriptions whose last day is one from *first* to *last*, page by page."""
    query: Document = {_DAY: {"$gte": first.isoformat(), "$lte": last.isoformat()}, "ended_at": None}
    cursor = store["subscriptions"].find(query, {"customer_id": 1, "method": 1}).sort(_DAY, 1)
    while page := await cursor.to_list(PAGE):
        yield [_card(document) for document in page]


async def next_card_expiry(store: Store, *, after: date) -> date | None:
    """Return the first day after *after* that is the last one of a live subscription's card."""
    query: Document = {_DAY: {"$gt": after.isoformat()}, "ended_at": None}
    found = await store["subscriptions"].find_one(query, {_DAY: 1}, sort=[(_DAY, 1)])
    return date.fromisoformat(found["method"]["expires_on"]) if found else None


async def find_subscriptions_by_card(
    store: Store, customer_id: CustomerId, *, last_four: str, expires_on: str
) -> list[Subscription]:
    """Return the live subscriptions that a customer's card pays for now, at most SUBSCRIPTIONS_MAX."""
    query: Document = {
        "customer_id": customer_id,
        "ended_at": None,
        _DAY: expires_on,
        "method.last_four": last_four or None,
    }
    found = await store["subscriptions"].find(query).limit(SUBSCRIPTIONS_MAX).to_list(None)
    return [decode(document, Subscription) for document in found]


def _card(document: Document) -> ExpiringCard:
    method = document["method"]
    return ExpiringCard(
        subscription_id=document["_id"],
        customer_id=document["customer_id"],
        brand=method["brand"],
        last_four=method["last_four"],
        expires_on=date.fromisoformat(method["expires_on"]),
        # The same card, given again, has another token and the same fingerprint.
        identity=method["fingerprint"] or method["token"],
    )
