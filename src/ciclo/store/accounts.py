"""Loading accounts: what the rules need to see for some events, with one query a collection.

That is every open invoice of the subscriptions, the one whose days a change that awaits its payment credits,
the closed ones that the events' rules want (`domain.lifecycle.needs`), and all payments of those invoices.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from ciclo.domain.account import Account
from ciclo.domain.batch import BalanceKey
from ciclo.domain.customer import Addressee
from ciclo.domain.events.event import Event
from ciclo.domain.events.merging import CustomerReassigned
from ciclo.domain.ids import CustomerId, InvoiceId, PaymentId, SubscriptionId
from ciclo.domain.invoice import Invoice
from ciclo.domain.lifecycle import find_wanted
from ciclo.domain.lifecycle.needs import want_in_any_case
from ciclo.domain.payment import Payment
from ciclo.domain.payments.grant import Balance, Grant
from ciclo.domain.subscription import Subscription
from ciclo.store.codec import decode
from ciclo.store.ledger.chain import Head, read_head
from ciclo.store.mongo.client import Document, Store

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedAccounts:
    """Accounts as they were read, and what guards a write against changes since."""

    accounts: dict[SubscriptionId, Account]
    balances: dict[BalanceKey, Balance]
    credit_versions: dict[CustomerId, int]
    addressees: dict[CustomerId, Addressee]
    """Whom invoices name that are issued now."""
    heads: dict[SubscriptionId, Head | None]
    """Where each account's chain of digests ends."""


async def load_accounts(
    store: Store, events: Sequence[Event], *, ids: Iterable[SubscriptionId] = ()
) -> LoadedAccounts:
    """Return the accounts of *events* and of *ids*; one that does not exist is left out."""
    ids = list({event.subscription_id for event in events}.union(ids))
    found = await store["subscriptions"].find({"_id": {"$in": ids}}).to_list(None)
    subscriptions = {SubscriptionId(document["_id"]): decode(document, Subscription) for document in found}
    customers, (invoices, payments) = await asyncio.gather(
        _customers(store, _customer_ids(subscriptions.values(), events)),
        _billed(store, events, subscriptions),
    )
    return LoadedAccounts(
        accounts=_accounts(subscriptions.values(), invoices.values(), payments.values()),
        balances={
            (customer["_id"], currency): Balance(
                amount=amount,
                grants=tuple(decode(one, Grant) for one in customer.get("grants", {}).get(currency, ())),
            )
            for customer in customers
            for currency, amount in customer["credit"].items()
        },
        credit_versions={customer["_id"]: customer["credit_version"] for customer in customers},
        addressees={customer["_id"]: decode(customer, Addressee) for customer in customers},
        heads={document["_id"]: read_head(document) for document in found},
    )


async def _billed(
    store: Store, events: Sequence[Event], subscriptions: Mapping[SubscriptionId, Subscription]
) -> tuple[dict[InvoiceId, Invoice], dict[PaymentId, Payment]]:
    invoices = await _open_invoices(store, list(subscriptions))
    payments = await _payments_of(store, list(invoices))
    await _add_wanted(store, events, subscriptions=subscriptions, invoices=invoices, payments=payments)
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
        subscription.id: Account(
            subscription=subscription,
            invoices=invoices_of.get(subscription.id, {}),
            payments=payments_of.get(subscription.id, {}),
        )
        for subscription in subscriptions
    }


async def _open_invoices(store: Store, ids: list[SubscriptionId]) -> dict[InvoiceId, Invoice]:
    query = {"subscription_id": {"$in": ids}, "status": "PENDING"}
    # By itself MongoDB may choose the index of all of a subscription's invoices, which grows with its age.
    return {invoice.id: invoice for invoice in await _find(store, "invoices", query, Invoice, hint="open")}


async def _payments_of(store: Store, ids: list[InvoiceId]) -> dict[PaymentId, Payment]:
    if not ids:
        return {}
    return {
        payment.id: payment
        for payment in await _find(store, "payments", {"invoice_id": {"$in": ids}}, Payment)
    }


async def _add_wanted(
    store: Store,
    events: Sequence[Event],
    *,
    subscriptions: Mapping[SubscriptionId, Subscription],
    invoices: dict[InvoiceId, Invoice],
    payments: dict[PaymentId, Payment],
) -> None:
    """Add the closed invoices that rules look at, with all of their payments."""
    wanted = [
        (event.subscription_id, find_wanted(event, subscriptions[event.subscription_id]))
        for event in events
        if event.subscription_id in subscriptions
    ]
    invoice_ids = {need.invoice_id for _, need in wanted}
    for subscription in subscriptions.values():
        invoice_ids |= want_in_any_case(subscription)
    invoice_ids |= await _newest_invoices(
        store,
        {id_ for id_, need in wanted if need.newest}
        - {invoice.subscription_id for invoice in invoices.values()},
    )
    payment_ids = {need.payment_id for _, need in wanted} - payments.keys() - {None}
    alternatives: list[Document] = [{"_id": {"$in": list(payment_ids)}}] if payment_ids else []
    alternatives += [
        {"subscription_id": id_, "amount": need.amount} for id_, need in wanted if need.amount is not None
    ]
    all_of = [id_ for id_, need in wanted if need.all_invoices]
    if alternatives:
        found = await _find(store, "payments", {"$or": alternatives}, Payment)
        invoice_ids |= {payment.invoice_id for payment in found}
    if all_of:
        found_ids = store["invoices"].find({"subscription_id": {"$in": all_of}}, {"_id": 1})
        invoice_ids |= {InvoiceId(document["_id"]) async for document in found_ids}
    missing = [
        invoice_id for invoice_id in invoice_ids if invoice_id is not None and invoice_id not in invoices
    ]
    if missing:
        for invoice in await _find(store, "invoices", {"_id": {"$in": missing}}, Invoice):
            invoices[invoice.id] = invoice
        payments |= await _payments_of(store, missing)


async def _newest_invoices(store: Store, ids: Iterable[SubscriptionId]) -> set[InvoiceId | None]:
    """Return the newest invoice of each subscription, by one command that reads one key of each."""
    wanted = list(ids)
    if not wanted:
        return set()
    newest: list[Document] = [{"$sort": {"issued_at": -1, "_id": -1}}, {"$limit": 1}]
    of_each = {
        "from": "invoices",
        "localField": "_id",
        "foreignField": "subscription_id",
        "pipeline": [*newest, {"$project": {"_id": 1}}],
        "as": "newest",
    }
    pipeline: list[Document] = [
        {"$match": {"_id": {"$in": wanted}}},
        {"$project": {"_id": 1}},
        {"$lookup": of_each},
    ]
    found = await store["subscriptions"].aggregate(pipeline).to_list(None)
    return {InvoiceId(one["_id"]) for document in found for one in document["newest"]}


def _customer_ids(subscriptions: Iterable[Subscription], events: Iterable[Event]) -> set[CustomerId]:
    """Return whose *subscriptions* are, and whose *events* make them."""
    to = {event.payload.to for event in events if isinstance(event.payload, CustomerReassigned)}
    return to | {subscription.customer_id for subscription in subscriptions}


async def _customers(store: Store, ids: Iterable[CustomerId]) -> list[Document]:
    shown = ("credit", "credit_version", "grants", "email", "name", "tax_id", "address")
    fields = dict.fromkeys(shown, 1)
    return await store["customers"].find({"_id": {"$in": list(ids)}}, fields).to_list(None)


async def _find(
    store: Store, name: str, query: Document, kind: type[Value], *, hint: str | None = None
) -> list[Value]:
    documents: list[dict[str, Any]] = await store[name].find(query, hint=hint).to_list(None)
    return [decode(document, kind) for document in documents]
