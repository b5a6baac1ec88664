"""Subscriptions: creating one with its first event, and reading them."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bson.codec_options import CodecOptions, DatetimeConversion
from pymongo.read_concern import ReadConcern

from ciclo.domain.customer import Customer
from ciclo.domain.events.event import Event
from ciclo.domain.ids import CustomerId, SubscriptionId
from ciclo.domain.subscription import EndReason, Status, Subscription
from ciclo.store.codec import decode
from ciclo.store.customers import customer_document, payer_statements
from ciclo.store.events.records import new_document
from ciclo.store.ledger.beside import NOTHING, Beside, write_first, write_last
from ciclo.store.ledger.commit import REPUBLISH_AFTER
from ciclo.store.ledger.subscription_price import subscription_document
from ciclo.store.mongo.bulk_write import insert, update
from ciclo.store.mongo.client import Document, Store
from ciclo.store.mongo.contention import Contention
from ciclo.store.mongo.paging import Page, PageKey, SortOrder, fetch_page
from ciclo.store.mongo.transaction import Session, run_transaction
from ciclo.store.reports.counts import count_created, count_statements, draw_slot
from ciclo.store.trials import add_trial

NEWEST_FIRST: Final = SortOrder(field="created_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSubscription:
    """A subscription to be stored with the event of its creation, and with what was learned of its customer.

    `known` is the customer as they were stored before, or None if they are new.
    """

    subscription: Subscription
    event: Event
    customer: Customer
    known: Customer | None
    trial_keys: tuple[str, ...]
    """What a user of a trial is known by; empty if it begins without one."""
    now: datetime
    beside: Beside = NOTHING
    """What is written with it."""

    @property
    def uses_trial(self) -> bool:
        """Return whether it begins with a trial."""
        return bool(self.trial_keys)


async def add_subscription(store: Store, new: NewSubscription) -> None:
    """Store a new subscription, its event unprocessed, and that the customer's trial is taken.

    Raises:
        Contention: the customer took a trial, or was created, meanwhile.
        DuplicateKey: somebody with the same keys took a trial meanwhile; the customer has a live subscription
            to the plan; or the request was answered.
        CouponExhausted: the coupon was redeemed as often as it may be.
    """

    async def body(session: Session) -> None:
        # First, so that a repeat of the same request is known before it is refused for what it repeats.
        await write_first(store, new.beside, session)
        await _write_customer(store, new, session)
        if new.uses_trial:
            await add_trial(store, new.trial_keys, session, used_at=new.now)
        await insert(store, "subscriptions", [subscription_document(new.subscription)], session)
        document = new_document(new.event, recorded_at=new.now, next_publish_at=new.now + REPUBLISH_AFTER)
        await insert(store, "events", [document], session)
        counted = count_statements(count_created(new.subscription), slot=draw_slot())
        await update(store, "plan_counts", counted, session)
        await write_last(store, new.beside, session)

    await run_transaction(store, body)


async def _write_customer(store: Store, new: NewSubscription, session: Session) -> None:
    if new.known is None:
        customer = {**customer_document(new.customer), "trial_used_at": new.now if new.uses_trial else None}
        await insert(store, "customers", [customer], session)
        return
    # Written at each creation, so that nobody is merged or anonymized beside it.
    there: Document = {"_id": new.known.id, "merged_into": None, "anonymized_at": None}
    subscribed: Document = {"subscribed_at": new.now}
    if new.uses_trial:
        there["trial_used_at"] = None
        subscribed["trial_used_at"] = new.now
    statement = {"q": there, "u": {"$set": subscribed}}
    await update(store, "customers", [statement], session, missing=Contention)
    learned = payer_statements(before=new.known, after=new.customer)
    await update(store, "customers", learned, session)


async def find_subscription(
    store: Store, subscription_id: str, *, owner: CustomerId | None
) -> Subscription | None:
    """Return a subscription; with an *owner*, only if it is theirs."""
    document = await store["subscriptions"].find_one({"_id": subscription_id, **owner_condition(owner)})
    return decode(document, Subscription) if document else None


async def find_subscriptions(store: Store, ids: Iterable[str]) -> dict[SubscriptionId, Subscription]:
    """Return many subscriptions by id."""
    found = await store["subscriptions"].find({"_id": {"$in": list(ids)}}).to_list(None)
    subscriptions = [decode(document, Subscription) for document in found]
    return {subscription.id: subscription for subscription in subscriptions}


async def current_subscription(store: Store, customer_id: CustomerId) -> Subscription | None:
    """Return the customer's newest live subscription, or the newest if none is live."""
    newest: Subscription | None = None
    cursor = store["subscriptions"].find({"customer_id": customer_id}).sort(_newest_first())
    async for document in cursor.limit(CURRENT_AMONG_MAX):
        subscription = decode(document, Subscription)
        if subscription.is_live:
            return subscription
        newest = newest or subscription
    return newest


async def newest_in_currency(store: Store, customer_id: CustomerId, currency: str) -> SubscriptionId | None:
    """Return the customer's newest subscription that is billed in a currency, ended or not."""
    query = {"customer_id": customer_id, "terms.currency": currency}
    found = await store["subscriptions"].find_one(query, {"_id": 1}, sort=_newest_first())
    return SubscriptionId(found["_id"]) if found else None


CURRENT_AMONG_MAX: Final = 100
"""How many of one customer's subscriptions are looked through for a live one."""


async def list_subscriptions(
    store: Store, query: Document, *, order: SortOrder, after: PageKey | None, size: int
) -> Page[Subscription]:
    """Return a page of subscriptions that match *query* (made by `subscription_query`)."""
    return await fetch_page(
        store,
        "subscriptions",
        query,
        order=order,
        after=after,
        size=size,
        read=lambda document: decode(document, Subscription),
    )


def subscription_query(
    *,
    owner: CustomerId | None,
    statuses: Sequence[Status] = (),
    plan_id: str | None = None,
    customer_ids: Sequence[CustomerId] | None = None,
) -> Document:
    """Return the query of a list of subscriptions; an *owner* bounds it to their own."""
    query: Document = owner_condition(owner)
    if statuses:
        query["status"] = {"$in": [status.value for status in statuses]}
    if plan_id is not None:
        query["terms.plan_id"] = plan_id
    if customer_ids is not None:
        query = {"$and": [query, {"customer_id": {"$in": list(customer_ids)}}]}
    return query


async def find_due_subscriptions(
    store: Store, *, now: datetime, subscriptions_max: int, without: Collection[SubscriptionId] = ()
) -> list[SubscriptionId]:
    """Return the subscriptions for which the clock has something to do, the longest due first."""
    query = {"due_at": _IS_DATE | {"$lte": now}, **_but(without)}
    cursor = store["subscriptions"].find(query, {"_id": 1})
    return [
        document["_id"]
        async for document in cursor.sort([("due_at", 1), ("_id", 1)]).limit(subscriptions_max)
    ]


async def find_still_due(
    store: Store, ids: Sequence[SubscriptionId], *, now: datetime
) -> dict[SubscriptionId, str]:
    """Return those of *ids* for which the clock still has something to do, each with its document's version.

    The version is text: a broken document may hold one that does not equal itself.
    Read as the primary has them: what another scheduler has just committed shows before the majority has it.
    """
    subscriptions = store["subscriptions"].with_options(
        read_concern=ReadConcern("local"), codec_options=_CLAMPED
    )
    query = {"_id": {"$in": list(ids)}, "due_at": _IS_DATE | {"$lte": now}}
    return {
        document["_id"]: str(document.get("version"))
        async for document in subscriptions.find(query, {"version": 1})
    }


async def find_next_due_at(store: Store, *, without: Collection[SubscriptionId] = ()) -> datetime | None:
    """Return when the clock has something to do next; beyond Python's years, the nearest instant of them."""
    subscriptions = store["subscriptions"].with_options(codec_options=_CLAMPED)
    first = await subscriptions.find_one(
        {"due_at": _IS_DATE, **_but(without)}, {"due_at": 1}, sort=[("due_at", 1), ("_id", 1)]
    )
    return first["due_at"] if first else None


async def has_plan_elsewhere(
    store: Store, customer_id: CustomerId, plan_id: str, *, but: SubscriptionId
) -> bool:
    """Return whether a customer has, or has scheduled, a plan by another live subscription (rule 42)."""
    ways = [{"terms.plan_id": plan_id}, *_scheduled(plan_id)]
    query = {"customer_id": customer_id, "ended_at": None, "_id": {"$ne": but}, "$or": ways}
    return await store["subscriptions"].find_one(query, {"_id": 1}) is not None


async def has_scheduled_plan(store: Store, customer_id: CustomerId, plan_id: str) -> bool:
    """Return whether a customer has scheduled a change to a plan (rule 42)."""
    query = {"customer_id": customer_id, "ended_at": None, "$or": _scheduled(plan_id)}
    return await store["subscriptions"].find_one(query, {"_id": 1}) is not None


async def has_subscription_in(store: Store, customer_id: CustomerId, statuses: Sequence[Status]) -> bool:
    """Return whether a customer has a subscription in one of *statuses*."""
    query = {"customer_id": customer_id, "status": {"$in": [status.value for status in statuses]}}
    return await store["subscriptions"].find_one(query, {"_id": 1}) is not None


async def find_never_paid(store: Store, customer_id: CustomerId) -> list[SubscriptionId]:
    """Return a customer's live subscriptions that were never paid for: one a plan at most."""
    query = {"customer_id": customer_id, "ended_at": None, "activated_at": None}
    return [document["_id"] async for document in store["subscriptions"].find(query, {"_id": 1})]


async def has_withdrawn(store: Store, customer_id: CustomerId, *, by: datetime, but: SubscriptionId) -> bool:
    """Return whether a customer had withdrawn by then from another contract that they had paid money for."""
    query = {
        "customer_id": customer_id,
        "_id": {"$ne": but},
        "end_reason": EndReason.WITHDRAWN.value,
        "first_paid_at": {"$ne": None},
        "terms.unit_price": {"$gt": 0},
        "ended_at": {"$lte": by},
    }
    return await store["subscriptions"].find_one(query, {"_id": 1}) is not None


def _scheduled(plan_id: str) -> list[Document]:
    return [{"pending_change.plan_id": plan_id}, {"awaited_change.terms.plan_id": plan_id}]


_CLAMPED: Final = CodecOptions[Document](tz_aware=True, datetime_conversion=DatetimeConversion.DATETIME_CLAMP)
"""One document with an absurd date must not end whoever asks for the oldest: health, metrics, the clock."""

_IS_DATE: Final[Document] = {"$type": "date"}
"""Said beside a comparison with a date too: without it the index of due dates is not used."""


def _but(ids: Collection[SubscriptionId]) -> Document:
    return {"_id": {"$nin": list(ids)}} if ids else {}


def owner_condition(owner: CustomerId | None) -> Document:
    """Return the condition that keeps a query within one customer's own things; none for an operator."""
    return {} if owner is None else {"customer_id": owner}


def _newest_first() -> list[tuple[str, int]]:
    return [("created_at", -1), ("_id", -1)]


async def subscriptions_of(
    store: Store, customer_id: CustomerId, *, subscriptions_max: int
) -> list[SubscriptionId]:
    """Return a customer's subscriptions, ended ones too, at most *subscriptions_max* of them."""
    found = store["subscriptions"].find({"customer_id": customer_id}, {"_id": 1}).limit(subscriptions_max)
    return [document["_id"] async for document in found]


async def live_subscriptions(store: Store, customer_id: CustomerId) -> list[SubscriptionId]:
    """Return the customer's live subscriptions, the newest first, CURRENT_AMONG_MAX at most."""
    query = {"customer_id": customer_id, "ended_at": None}
    cursor = store["subscriptions"].find(query, {"_id": 1}).sort(_newest_first())
    return [document["_id"] async for document in cursor.limit(CURRENT_AMONG_MAX)]
