"""The lists of a subscription: first pages of many rows are fetched together."""

from ciclo.domain.ids import SubscriptionId
from ciclo.domain.invoice import Invoice
from ciclo.domain.payment import Payment
from ciclo.store.invoices import NEWEST_FIRST as INVOICES_NEWEST_FIRST
from ciclo.store.invoices import invoice_query, list_invoices
from ciclo.store.mongo.paging import count_documents
from ciclo.store.payments import NEWEST_FIRST as PAYMENTS_NEWEST_FIRST
from ciclo.store.payments import list_payments, payment_query
from graphql_schema.context import Info
from graphql_schema.types.pagination import Listing


def list_subscription_invoices(info: Info, subscription_id: SubscriptionId) -> Listing[Invoice]:
    """Return how to read a subscription's invoices, the newest first."""
    store, query = info.context.deps.store, invoice_query(owner=None, subscription_id=subscription_id)
    return Listing(
        name="subscription.invoices",
        order=INVOICES_NEWEST_FIRST,
        read=lambda key, size: (
            list_invoices(store, query, order=INVOICES_NEWEST_FIRST, after=key, size=size)
            if key
            else info.context.loaders.invoices_of.load((subscription_id, size))
        ),
        count=lambda: count_documents(store, "invoices", query),
    )


def list_subscription_payments(info: Info, subscription_id: SubscriptionId) -> Listing[Payment]:
    """Return how to read a subscription's payments, the newest first."""
    store, query = info.context.deps.store, payment_query(owner=None, subscription_id=subscription_id)
    return Listing(
        name="subscription.payments",
        order=PAYMENTS_NEWEST_FIRST,
        read=lambda key, size: (
            list_payments(store, query, order=PAYMENTS_NEWEST_FIRST, after=key, size=size)
            if key
            else info.context.loaders.payments_of.load((subscription_id, size))
        ),
        count=lambda: count_documents(store, "payments", query),
    )
