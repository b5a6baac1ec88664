"""Listing customers: what a person types, as conditions that an index answers."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from ciclo.actions.caller import NOBODY
from ciclo.actions.dependencies import Deps
from ciclo.domain.customer import normalize_external_id
from ciclo.domain.customers.search import search_prefixes
from ciclo.domain.errors.general import InvalidValue, MalformedId
from ciclo.domain.ids import CustomerId, parse_id
from ciclo.domain.period import day_after, local_date, start_of_day
from ciclo.domain.subscription import Status
from ciclo.domain.tax_id import normalize_tax_id
from ciclo.store.customer_list import CustomerFilter, CustomerListing, prepare_listing
from ciclo.store.invoices import find_customer_of_invoice

INVOICE_NUMBER_CHARS_MAX: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerSearch:
    """Which customers somebody looks for; what is None does not matter. Days are the seller's, both included.

    `text` is the beginnings of words of a name, an address or an external id, and the last four digits of a
    card; or one whole CPF, CNPJ, id of a customer, or number of an invoice.
    """

    text: str | None = None
    email: str | None = None
    tax_id: str | None = None
    external_id: str | None = None
    plan_id: str | None = None
    statuses: tuple[Status, ...] = ()
    has_overdue: bool | None = None
    created_from: date | None = None
    created_to: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Meaning:
    """What a text comes to: somebody, whoever has a tax id, or beginnings of words."""

    id: CustomerId | None = None
    tax_id: str | None = None
    prefixes: tuple[str, ...] = ()


async def find_customers_like(deps: Deps, search: CustomerSearch) -> CustomerListing:
    """Return how the customers are read who are looked for.

    Raises:
        MalformedId, InvalidValue: an id, a tax id or an external id is none.
    """
    zone = deps.policy.timezone
    found = await _read(deps, search.text) if search.text and search.text.strip() else _Meaning()
    given_tax_id = _tax_id(search.tax_id) if search.tax_id else None
    chosen = CustomerFilter(
        prefixes=found.prefixes,
        id=NOBODY if given_tax_id and found.tax_id and given_tax_id != found.tax_id else found.id,
        tax_id=given_tax_id or found.tax_id,
        email_prefix=(search.email or "").strip() or None,
        external_id=normalize_external_id(search.external_id) if search.external_id else None,
        plan_id=parse_id("plan", search.plan_id) if search.plan_id else None,
        statuses=search.statuses,
        has_overdue=search.has_overdue,
        overdue_on=local_date(await deps.clock.now(), zone),
        created_from=start_of_day(search.created_from, zone) if search.created_from else None,
        created_before=start_of_day(day_after(search.created_to), zone) if search.created_to else None,
    )
    return await prepare_listing(deps.store, chosen)


async def _read(deps: Deps, text: str) -> _Meaning:
    """Return what *text* comes to: what names one thing as a whole is that, all else is words."""
    whole = text.strip()
    try:
        return _Meaning(tax_id=normalize_tax_id(whole))
    except InvalidValue:
        pass  # no tax id
    try:
        return _Meaning(id=CustomerId(parse_id("cus", whole)))
    except MalformedId:
        pass  # no id
    if len(whole) <= INVOICE_NUMBER_CHARS_MAX:
        customer_id = await find_customer_of_invoice(deps.store, whole.upper())
        if customer_id is not None:
            return _Meaning(id=customer_id)
    prefixes = search_prefixes(whole)
    # Nothing but punctuation is nobody's name.
    return _Meaning(prefixes=tuple(prefixes)) if prefixes else _Meaning(id=NOBODY)


def _tax_id(text: str) -> str:
    try:
        return normalize_tax_id(text)
    except InvalidValue as error:
        raise error.at("filter", "tax_id") from None
