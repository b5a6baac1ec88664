"""Collections and their indexes, made at start: a transaction can't make them, and each must earn its cost.

Every list of the API is an index scan without a sort: those whose names end in newest, last, largest, dearest
and order are orders that a list offers, of everything or of one owner. The workers' queries are partial
indexes: finished work leaves them, which costs 10 µs. Within a transaction each index makes the others of its
collection dearer, by the square: docs/benchmarks.md. What no query asks for is in `retired_indexes`.
"""

from datetime import datetime
from typing import Final

from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.errors import CollectionInvalid, OperationFailure

from ciclo.domain.webhooks.message import MESSAGES_KEPT_FOR
from ciclo.store.mongo.card_indexes import CARD_EXPIRY, OF_CARD
from ciclo.store.mongo.client import Store
from ciclo.store.mongo.migrations import mark_new
from ciclo.store.reports.commitments import SCHEDULED

_NEWEST_FIRST: Final = [("created_at", DESCENDING), ("_id", DESCENDING)]
_ISSUED_LAST: Final = [("issued_at", DESCENDING), ("_id", DESCENDING)]
_BATCHED: Final = {"batch": {"$type": "string"}}

COLLECTIONS: Final[dict[str, list[IndexModel]]] = {
    "plans": [
        IndexModel(_NEWEST_FIRST, name="newest"),
        IndexModel([("price.amount", DESCENDING), ("_id", DESCENDING)], name="dearest"),
        IndexModel("product_id", name="product"),  # a product's prices
    ],
    "products": [
        IndexModel(_NEWEST_FIRST, name="newest"),
        IndexModel([("name", ASCENDING), ("user_type", ASCENDING)], name="name"),  # is there one of that name
    ],
    "plan_versions": [],
    "coupons": [IndexModel(_NEWEST_FIRST, name="newest")],
    "coupon_codes": [IndexModel("batch", name="batch", partialFilterExpression=_BATCHED)],
    "coupon_uses": [],
    "checkout_links": [IndexModel(_NEWEST_FIRST, name="newest")],
    "checkout_link_uses": [],
    "invoice_links": [],
    "payment_receipts": [IndexModel("number", name="number", unique=True)],
    "trials": [],
    "customers": [
        IndexModel([("email", ASCENDING), ("unproven", ASCENDING)], name="email_once", unique=True),
        *(
            IndexModel(key, name=key, unique=unique, partialFilterExpression={key: {"$type": "string"}})
            for key, unique in (("external_id", True), ("tax_id", False), ("merged_into", False))
        ),
        IndexModel("search", name="search"),  # the words by which somebody is found
        IndexModel([("search_pairs", ASCENDING), *_NEWEST_FIRST], name="pair_newest"),  # two at once
        IndexModel(_NEWEST_FIRST, name="newest"),
        IndexModel([("name_key", ASCENDING), ("_id", ASCENDING)], name="name_key"),
        IndexModel([("email", ASCENDING), ("_id", ASCENDING)], name="email_order"),
    ],
    "subscriptions": [
        IndexModel([("customer_id", ASCENDING), *_NEWEST_FIRST], name="customer_newest"),
        IndexModel(_NEWEST_FIRST, name="newest"),
        IndexModel([("next_billing_date", DESCENDING), ("_id", DESCENDING)], name="billed_last"),
        IndexModel([("price", DESCENDING), ("_id", DESCENDING)], name="dearest"),
        IndexModel([("status", ASCENDING), *_NEWEST_FIRST], name="status_newest"),
        OF_CARD,
        CARD_EXPIRY,  # who is mailed that their card ends
        IndexModel([("terms.plan_id", ASCENDING), *_NEWEST_FIRST], name="plan_newest"),
        IndexModel(
            [("due_at", ASCENDING), ("_id", ASCENDING)],
            name="due",  # the scheduler's sweep
            partialFilterExpression={"due_at": {"$type": "date"}},
        ),
        IndexModel(
            [("customer_id", ASCENDING), ("terms.plan_id", ASCENDING)],
            name="one_live_per_plan",
            unique=True,
            partialFilterExpression={"ended_at": {"$type": "null"}},
        ),
        # Reports tell what is set to end, to be paused or to change: of few that is known.
        *(
            IndexModel("terms.currency", name=name, partialFilterExpression=scheduled)
            for name, scheduled in SCHEDULED.items()
        ),
        # Reports tell what became of trials.
        IndexModel(
            [("terms.currency", ASCENDING), ("activated_at", ASCENDING), ("ended_at", ASCENDING)],
            name="trials",
            partialFilterExpression={"trial.start": {"$type": "string"}},
        ),
    ],
    "invoices": [
        IndexModel("number", name="number", unique=True),  # an invoice by its number, and no number twice
        IndexModel([("customer_id", ASCENDING), *_ISSUED_LAST], name="customer_newest"),
        IndexModel([("subscription_id", ASCENDING), *_ISSUED_LAST], name="subscription_newest"),
        IndexModel(_ISSUED_LAST, name="newest"),
        IndexModel([("due_on", DESCENDING), ("_id", DESCENDING)], name="due_last"),
        IndexModel([("total", DESCENDING), ("_id", DESCENDING)], name="largest"),
        # Loading an account; all that is open: reports, reconciliation, who owes. Each payment takes its
        # invoice out of every index of open ones, at 10 µs each, so there is one: what a customer owes is
        # asked at a creation or upgrade, and read from all of their invoices.
        IndexModel("subscription_id", name="open", partialFilterExpression={"status": {"$eq": "PENDING"}}),
        # Who is mailed that an invoice is due, or overdue, is found by its days; few are open.
        *(
            IndexModel(day, name=day, partialFilterExpression={"status": {"$eq": "PENDING"}})
            for day in ("due_on", "overdue_on")
        ),
        # Reports add up what was owed: without these they would read every invoice there is.
        IndexModel(
            [(name, ASCENDING) for name in ("currency", "paid_at", "issued_at", "total")],
            name="paid",
            partialFilterExpression={"paid_at": {"$type": "date"}},
        ),
        IndexModel("voided_at", name="voided", partialFilterExpression={"voided_at": {"$type": "date"}}),
    ],
    "credit_notes": [
        IndexModel("number", name="number", unique=True),
        IndexModel([("invoice_id", ASCENDING), *_ISSUED_LAST], name="invoice_newest"),
        IndexModel([("customer_id", ASCENDING), *_ISSUED_LAST], name="customer_newest"),
        IndexModel(_ISSUED_LAST, name="newest"),
        IndexModel([("amount", DESCENDING), ("_id", DESCENDING)], name="largest"),
    ],
    "payments": [
        IndexModel("invoice_id", name="invoice"),  # loading an account, with its invoices
        OF_CARD,  # cards of before, too
        IndexModel([("customer_id", ASCENDING), *_NEWEST_FIRST], name="customer_newest"),
        IndexModel([("subscription_id", ASCENDING), *_NEWEST_FIRST], name="subscription_newest"),
        IndexModel(_NEWEST_FIRST, name="newest"),
        IndexModel([("amount", DESCENDING), ("_id", DESCENDING)], name="largest"),
        # Whose payment a provider's notice is about.
        IndexModel(
            "provider_reference",
            name="provider_reference",
            partialFilterExpression={"provider_reference": {"$type": "string"}},
        ),
        # Reports add up what came and what went back.
        IndexModel(
            [("currency", ASCENDING), ("completed_at", ASCENDING), ("amount", ASCENDING)],
            name="completed",
            partialFilterExpression={"completed_at": {"$type": "date"}},
        ),
        IndexModel(
            "completed_at", name="received", partialFilterExpression={"received": {"$type": "number"}}
        ),
        IndexModel("booked_at", name="booked", partialFilterExpression={"booked_at": {"$type": "date"}}),
        IndexModel("later.at", name="later", partialFilterExpression={"later.at": {"$type": "date"}}),
        IndexModel(
            "disputes.closed_at",
            name="disputed",
            partialFilterExpression={"disputes.closed_at": {"$type": "date"}},
        ),
        IndexModel(
            "refunds.created_at",
            name="refunded",
            partialFilterExpression={"refunds.created_at": {"$type": "date"}},
        ),
        # Operators look for refunds that are late: those under way are few.
        IndexModel(
            _NEWEST_FIRST,
            name="refund_pending",
            partialFilterExpression={"refunds.status": {"$eq": "PENDING"}},
        ),
    ],
    "credit_entries": [IndexModel("customer_id", name="customer")],
    "events": [
        IndexModel("dedupe_key", name="dedupe_key", unique=True),  # what is told twice is recorded once
        IndexModel([("subscription_id", ASCENDING), ("_id", DESCENDING)], name="subscription_newest"),
        # Rare kinds are looked for too: without these two, all that ever happened would be read for them.
        IndexModel([("type", ASCENDING), ("_id", DESCENDING)], name="type_newest"),
        # The list of what waits, which operators page through.
        IndexModel(
            [("processed", ASCENDING), ("_id", DESCENDING)],
            name="unprocessed",
            partialFilterExpression={"processed": False},
        ),
        # The audit log tells what people asked for beside what else operators did.
        IndexModel(
            [("recorded_at", DESCENDING), ("_id", DESCENDING)],
            name="acted_newest",
            partialFilterExpression={"actor": {"$type": "string"}},
        ),
        # What the relay announces, and how much of it there is.
        IndexModel(
            "next_publish_at", name="outbox", partialFilterExpression={"processed": False, "dead": False}
        ),
        IndexModel(
            [("dead", ASCENDING), ("_id", DESCENDING)], name="dead", partialFilterExpression={"dead": True}
        ),
        # What a person has to look at, and what somebody has closed.
        IndexModel(
            [("resolution.at", ASCENDING), ("_id", DESCENDING)],
            name="review_resolution",
            partialFilterExpression={"review": {"$type": "string"}},
        ),
    ],
    "checkpoints": [IndexModel("subscription_id", name="subscription")],
    "due_faults": [IndexModel([("first_at", ASCENDING), ("_id", ASCENDING)], name="oldest")],
    "movements": [
        IndexModel(
            [(key, ASCENDING) for key in ("currency", "on", "customer_id")], name="currency_on_customer"
        ),
        IndexModel([("currency", ASCENDING), ("customer_id", ASCENDING)], name="currency_customer"),
    ],
    "features": [],
    "entitlement_sets": [],
    "entitlement_usage": [
        IndexModel(
            "reservations.id",
            name="reservation",
            partialFilterExpression={"reservations.id": {"$type": "string"}},
        ),
    ],
    "revenue_months": [],
    "plan_counts": [],
    "counters": [],
    "policies": [],
    "migrations": [],
    "settings": [],
    "api_keys": [IndexModel("digest", name="digest", unique=True), IndexModel(_NEWEST_FIRST, name="newest")],
    "members": [IndexModel("email", name="email", unique=True), IndexModel(_NEWEST_FIRST, name="newest")],
    "sessions": [
        IndexModel("expires_at", name="expiry", expireAfterSeconds=0),
        IndexModel("subject", name="subject"),
    ],
    "sign_in_codes": [IndexModel("forget_at", name="expiry", expireAfterSeconds=0)],
    "approvals": [IndexModel([("asked_at", DESCENDING), ("_id", DESCENDING)], name="newest")],
    "operations": [
        IndexModel("seq", name="seq", unique=True),
        IndexModel([("at", DESCENDING), ("_id", DESCENDING)], name="newest"),
        IndexModel([("target", ASCENDING), ("at", DESCENDING), ("_id", DESCENDING)], name="target_newest"),
    ],
    "operation_heads": [],
    "webhook_endpoints": [],
    "webhook_listeners": [IndexModel("until", name="expiry", expireAfterSeconds=0)],
    # Written in every commit while anybody is told: as few indexes as will do.
    "messages": [
        IndexModel("recorded_at", name="expiry", expireAfterSeconds=int(MESSAGES_KEPT_FOR.total_seconds())),
        IndexModel("next_publish_at", name="waiting", partialFilterExpression={"fanned_out": False}),
        # Others are found by their deliveries, when what they say of a person is erased.
        IndexModel("object_id", name="untold", partialFilterExpression={"untold": True}),
    ],
    "webhook_deliveries": [
        IndexModel(
            [("endpoint_id", ASCENDING), ("next_at", ASCENDING)],
            name="due",
            partialFilterExpression={"state": "PENDING"},
        ),
        IndexModel(
            [("endpoint_id", ASCENDING), ("object_id", ASCENDING), ("sequence", ASCENDING)],
            name="object_pending",
            partialFilterExpression={"state": "PENDING"},
        ),
        IndexModel([("state", ASCENDING), *_NEWEST_FIRST], name="state_newest"),
        IndexModel([("endpoint_id", ASCENDING), *_NEWEST_FIRST], name="endpoint_newest"),
        IndexModel([("object_id", ASCENDING), *_NEWEST_FIRST], name="object_newest"),
        IndexModel(_NEWEST_FIRST, name="newest"),
        IndexModel("expires_at", name="expiry", expireAfterSeconds=0),
    ],
    "mails": [
        IndexModel("next_at", name="due", partialFilterExpression={"state": "WAITING"}),
        IndexModel([("about", ASCENDING), *_NEWEST_FIRST], name="about_newest"),
        IndexModel([("customer_id", ASCENDING), *_NEWEST_FIRST], name="customer_newest"),
        IndexModel([("state", ASCENDING), *_NEWEST_FIRST], name="state_newest"),
        IndexModel(_NEWEST_FIRST, name="newest"),
        IndexModel("expires_at", name="expiry", expireAfterSeconds=0),
    ],
    "backups": [],
    "idempotency": [IndexModel("expires_at", name="expiry", expireAfterSeconds=0)],
}


async def prepare(store: Store, *, now: datetime) -> None:
    """Make what is missing of COLLECTIONS; what is there stays. Any number of processes may call it.

    A database that is new needs no migration, and says so from *now* (wall time) on.
    """
    present = set(await store.database.list_collection_names())
    if not present & _OLDEST:
        await mark_new(store, now=now)
    for name, indexes in COLLECTIONS.items():
        if name not in present:
            await _create(store, name)
        if indexes:
            await store[name].create_indexes(indexes)


_OLDEST: Final = frozenset({"subscriptions", "events"})
"""Collections that every release made: without them there is nothing to migrate."""


async def _create(store: Store, name: str) -> None:
    """Make a collection, unless another process makes it at the same time."""
    try:
        await store.database.create_collection(name)
    except CollectionInvalid:
        return
    except OperationFailure as error:
        if error.code != _NAMESPACE_EXISTS:
            raise


_NAMESPACE_EXISTS: Final = 48
