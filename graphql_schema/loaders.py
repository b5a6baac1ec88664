"""This request's loaders: what many rows ask for one by one is fetched with one query."""

from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping
from typing import TypeVar

from strawberry.dataloader import DataLoader

from ciclo.domain.customer import Customer
from ciclo.domain.ids import CustomerId, InvoiceId, PaymentId, PlanId, ProductId, SubscriptionId
from ciclo.domain.invoice import CreditNote, Invoice
from ciclo.domain.payment import Payment
from ciclo.domain.payments.payment_receipt import PaymentReceipt
from ciclo.domain.plan import Plan
from ciclo.domain.subscription import Subscription
from ciclo.store.credit_notes import credit_notes_of
from ciclo.store.customers import find_customers
from ciclo.store.invoices import find_invoices, first_invoices
from ciclo.store.mongo.client import Store
from ciclo.store.mongo.paging import Page
from ciclo.store.payment_receipts import find_receipts
from ciclo.store.payments import first_payments, payments_of_invoices
from ciclo.store.plan_versions import recall_versions
from ciclo.store.products import find_prices
from ciclo.store.subscriptions import find_subscriptions

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

PlanVersion = tuple[PlanId, int]
FirstPage = tuple[SubscriptionId, int]
"""A subscription, and how many of its documents are wanted."""


class Loaders:
    """One loader for each kind of thing that rows refer to."""

    def __init__(self, store: Store) -> None:
        self.plan_versions: DataLoader[PlanVersion, Plan] = _named(lambda keys: recall_versions(store, keys))
        self.prices_of_product: DataLoader[ProductId, list[Plan]] = _listed(
            lambda keys: find_prices(store, keys)
        )
        self.customers: DataLoader[CustomerId, Customer] = _named(self._find_customers)
        self.customers_read = 0
        """How many people the request has read about: many are told of in the operations log."""
        self._store = store
        self.subscriptions: DataLoader[SubscriptionId, Subscription] = _named(
            lambda keys: find_subscriptions(store, keys)
        )
        self.invoices_of: DataLoader[FirstPage, Page[Invoice]] = _first_pages(
            lambda ids, size: first_invoices(store, ids, size=size)
        )
        self.payments_of: DataLoader[FirstPage, Page[Payment]] = _first_pages(
            lambda ids, size: first_payments(store, ids, size=size)
        )
        self.invoices: DataLoader[InvoiceId, Invoice] = _named(lambda keys: find_invoices(store, keys))
        self.payments_of_invoice: DataLoader[InvoiceId, list[Payment]] = _listed(
            lambda keys: payments_of_invoices(store, keys)
        )
        self.credit_notes_of_invoice: DataLoader[InvoiceId, list[CreditNote]] = _listed(
            lambda keys: credit_notes_of(store, keys)
        )

        self.receipts_of_payment: DataLoader[PaymentId, list[PaymentReceipt]] = _listed(
            lambda keys: find_receipts(store, keys)
        )

    async def _find_customers(self, keys: Iterable[CustomerId]) -> Mapping[CustomerId, Customer]:
        found = await find_customers(self._store, keys)
        self.customers_read += len(found)
        return found


def _first_pages(
    find: Callable[[list[SubscriptionId], int], Awaitable[Mapping[str, Page[V]]]],
) -> DataLoader[FirstPage, Page[V]]:
    """Return a loader of many subscriptions' first pages: one query for each size that is asked for."""

    async def load(keys: list[FirstPage]) -> list[Page[V]]:
        pages: dict[FirstPage, Page[V]] = {}
        for size in {size for _, size in keys}:
            ids = [id_ for id_, wanted in keys if wanted == size]
            found = await find(ids, size)
            pages |= {(id_, size): found[id_] for id_ in ids}
        return [pages[key] for key in keys]

    return DataLoader(load_fn=load)


def _named(find: Callable[[Iterable[K]], Awaitable[Mapping[K, V]]]) -> DataLoader[K, V]:
    """Return a loader of what other documents name; it raises LookupError for what is not there."""

    async def load(keys: list[K]) -> list[V | BaseException]:
        found = await find(keys)
        return [found.get(key) or LookupError(f"a document names {key}, which is not there") for key in keys]

    return DataLoader(load_fn=load)


def _listed(find: Callable[[Iterable[K]], Awaitable[Mapping[K, list[V]]]]) -> DataLoader[K, list[V]]:
    """Return a loader of lists, empty ones where there is nothing."""

    async def load(keys: list[K]) -> list[list[V]]:
        found = await find(keys)
        return [found.get(key, []) for key in keys]

    return DataLoader(load_fn=load)
