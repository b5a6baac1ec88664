"""Loading accounts: what the rules need to see for some events, with one query a collection.

That is every open invoice of the subscriptions, the closed documents that an event names, and all
payments of those invoices. `domain.account` says why this is enough.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from ciclo.domain.account import Account
from ciclo.domain.books import BalanceKey
from ciclo.domain.events import (
    CancellationRequested,
    Event,
    PaymentFailed,
    PaymentRefunded,
    PaymentSucceeded,
    PlanChanged,
    SubscriptionPaused,
)
from ciclo.domain.ids import CustomerId, InvoiceId, PaymentId, SubscriptionId
from ciclo.domain.invoice import Invoice
from ciclo.domain.payment import Payment
from ciclo.domain.subscription import Subscription
from ciclo.store.chain import Head, read_head
from ciclo.store.client import Document, Store
from ciclo.store.codec import decode

Value = TypeVar("Value")

_CREDITING: Final = (PlanChanged, SubscriptionPaused, CancellationRequested)
"""Events that may give back what the current period's invoice billed."""

_NOTICES: Final = (PaymentSucceeded, PaymentFailed, PaymentRefunded)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """Accounts as they were read, and what guards a write against changes since."""

    accounts: dict[SubscriptionId, Account]
    balances: dict[BalanceKey, int]
    credit_versions: dict[CustomerId, int]
    heads: dict[SubscriptionId, Head | None]
    """Where each account's chain of digests ends."""


async def load_accounts(
    store: Store, events: Sequence[Event], *, ids: Iterable[SubscriptionId] = ()
) -> Loaded:
    """Return the accounts of *events* and of *ids*; one that does not exist is left out."""
    ids = list({event.subscription_id for event in events}.union(ids))
    found = await store["subscriptions"].find({"_id": {"$in": ids}}).to_list(None)
    subscriptions = {SubscriptionId(one["_id"]): decode(one, Subscription) for one in found}
    customers, (invoices, payments) = await asyncio.gather(
        _customers(store, subscriptions.values()), _billed(store, events, subscriptions)
    )
    return Loaded(
        accounts=_accounts(subscriptions.values(), invoices.values(), payments.values()),
        balances={
            (customer["_id"], currency): amount
            for customer in customers
            for currency, amount in customer["credit"].items()
        },
        credit_versions={customer["_id"]: customer["credit_version"] for customer in customers},
        heads={one["_id"]: read_head(one) for one in found},
    )


async def _billed(
    store: Store, events: Sequence[Event], subscriptions: Mapping[SubscriptionId, Subscription]
) -> tuple[dict[InvoiceId, Invoice], dict[PaymentId, Payment]]:
    invoices = await _open_invoices(store, list(subscriptions))
    payments = await _payments_of(store, list(invoices))
    await _add_named(store, events, subscriptions=subscriptions, invoices=invoices, payments=payments)
    return invoices, payments


def _accounts(
    subscriptions: Iterable[Subscription], invoices: Iterable[Invoice], payments: Iterable[Payment]
) -> dict[SubscriptionId, Account]:
    invoices_of: dict[SubscriptionId, dict[InvoiceId, Invoice]] = defaultdict(dict)
    for invoice in invoices:
        invoices_of[invoice.subscription_id][invoice.id] = invoice
    payments_of: dict[SubscriptionId, dict[PaymentId, Payment]] = defaultdict(dict)
    for payment in payments:
        payments_of[payment.subscription_id][payment.id] = payment
    return {
        one.id: Account(
            subscription=one, invoices=invoices_of.get(one.id, {}), payments=payments_of.get(one.id, {})
        )
        for one in subscriptions
    }


async def _open_invoices(store: Store, ids: list[SubscriptionId]) -> dict[InvoiceId, Invoice]:
    query = {"subscription_id": {"$in": ids}, "status": "PENDING"}
    # By itself MongoDB may choose the index of all of a subscription's invoices, which grows with its age.
    return {one.id: one for one in await _find(store, "invoices", query, Invoice, hint="open")}


async def _payments_of(store: Store, ids: list[InvoiceId]) -> dict[PaymentId, Payment]:
    if not ids:
        return {}
    return {one.id: one for one in await _find(store, "payments", {"invoice_id": {"$in": ids}}, Payment)}


async def _add_named(
    store: Store,
    events: Sequence[Event],
    *,
    subscriptions: Mapping[SubscriptionId, Subscription],
    invoices: dict[InvoiceId, Invoice],
    payments: dict[PaymentId, Payment],
) -> None:
    """Add the closed invoices that events are about, with all of their payments."""
    wanted = {getattr(event.payload, "invoice_id", None) for event in events}
    for event in events:
        sub = subscriptions.get(event.subscription_id)
        if isinstance(event.payload, _CREDITING) and sub is not None and sub.coverage is not None:
            wanted.add(sub.coverage.invoice_id)
    named = {getattr(event.payload, "payment_id", None) for event in events} - payments.keys() - {None}
    alternatives: list[Document] = [{"_id": {"$in": list(named)}}] if named else []
    alternatives += [
        {"subscription_id": event.subscription_id, "amount": event.payload.amount}
        for event in events
        if isinstance(event.payload, _NOTICES) and event.payload.payment_id is None
    ]
    if alternatives:
        wanted |= {one.invoice_id for one in await _find(store, "payments", {"$or": alternatives}, Payment)}
    missing = [one for one in wanted if one is not None and one not in invoices]
    if missing:
        for invoice in await _find(store, "invoices", {"_id": {"$in": missing}}, Invoice):
            invoices[invoice.id] = invoice
        payments |= await _payments_of(store, missing)


async def _customers(store: Store, subscriptions: Iterable[Subscription]) -> list[Document]:
    ids = list({one.customer_id for one in subscriptions})
    fields = {"credit": 1, "credit_version": 1}
    return await store["customers"].find({"_id": {"$in": ids}}, fields).to_list(None)


async def _find(
    store: Store, name: str, query: Document, kind: type[Value], *, hint: str | None = None
) -> list[Value]:
    documents: list[dict[str, Any]] = await store[name].find(query, hint=hint).to_list(None)
    return [decode(document, kind) for document in documents]
