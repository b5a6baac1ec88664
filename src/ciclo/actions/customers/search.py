"""Finding anything by what somebody has of it: a word, an address, a tax id, an id, a number, four digits."""

from dataclasses import dataclass
from typing import Final

from ciclo.actions.customers.listing import CustomerSearch, find_customers_like
from ciclo.actions.dependencies import Deps
from ciclo.domain.customer import Customer
from ciclo.domain.errors.general import InvalidValue
from ciclo.domain.invoice import Invoice
from ciclo.domain.payment import Payment
from ciclo.domain.subscription import Subscription
from ciclo.store.customer_list import list_customers
from ciclo.store.invoices import find_invoice, find_numbered
from ciclo.store.ledger.numbering import INVOICE_SERIES, number_prefix
from ciclo.store.mongo.paging import SortOrder
from ciclo.store.payments import find_payment
from ciclo.store.subscriptions import NEWEST_FIRST, find_subscription, list_subscriptions, subscription_query

FOUND_MAX: Final = 5
"""Of each kind: who wants more narrows it, or opens the list."""
TEXT_CHARS_MIN: Final = 2
TEXT_CHARS_MAX: Final = 100

_NEWEST_CUSTOMERS: Final = SortOrder(field="created_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What a text comes to, of each kind at most FOUND_MAX, the newest first."""

    customers: tuple[Customer, ...] = ()
    subscriptions: tuple[Subscription, ...] = ()
    invoices: tuple[Invoice, ...] = ()
    payments: tuple[Payment, ...] = ()


async def search(deps: Deps, text: str) -> Findings:
    """Return what *text* names or begins.

    That is an id, an invoice's number, with or without its series, and what finds customers in their list;
    these bring their subscriptions.

    Raises:
        InvalidValue: it is too short, or too long.
    """
    asked = text.strip()
    if not TEXT_CHARS_MIN <= len(asked) <= TEXT_CHARS_MAX:
        raise InvalidValue(f"a search has {TEXT_CHARS_MIN} to {TEXT_CHARS_MAX} characters", field=("text",))
    by_id = await _by_id(deps, asked)
    if by_id is not None:
        return by_id
    customers = await _customers(deps, asked)
    return Findings(
        customers=customers,
        subscriptions=await _subscriptions(deps, customers),
        invoices=await _invoices(deps, asked),
    )


async def _by_id(deps: Deps, text: str) -> Findings | None:
    """Return the one thing that an id names; None if *text* is no id of these kinds."""
    if text.startswith("sub_"):
        subscription = await find_subscription(deps.store, text, owner=None)
        return Findings(subscriptions=(subscription,) if subscription else ())
    if text.startswith("inv_"):
        invoice = await find_invoice(deps.store, text, owner=None)
        return Findings(invoices=(invoice,) if invoice else ())
    if text.startswith("pay_"):
        payment = await find_payment(deps.store, text, owner=None)
        return Findings(payments=(payment,) if payment else ())
    return None


async def _customers(deps: Deps, text: str) -> tuple[Customer, ...]:
    listing = await find_customers_like(deps, CustomerSearch(text=text))
    page = await list_customers(deps.store, listing, order=_NEWEST_CUSTOMERS, after=None, size=FOUND_MAX)
    return tuple(page.items)


async def _subscriptions(deps: Deps, customers: tuple[Customer, ...]) -> tuple[Subscription, ...]:
    if not customers:
        return ()
    query = subscription_query(owner=None, customer_ids=[customer.id for customer in customers])
    page = await list_subscriptions(deps.store, query, order=NEWEST_FIRST, after=None, size=FOUND_MAX)
    return tuple(page.items)


async def _invoices(deps: Deps, text: str) -> tuple[Invoice, ...]:
    prefix = number_prefix(INVOICE_SERIES, text)
    return tuple(await find_numbered(deps.store, prefix, invoices_max=FOUND_MAX)) if prefix else ()
