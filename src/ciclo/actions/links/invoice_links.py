"""Invoice links: opening an invoice by its address; giving it a new one, and taking it back."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ciclo.actions.access.operations import new_operation
from ciclo.actions.caller import Caller
from ciclo.actions.dependencies import Deps
from ciclo.actions.invoices import get_invoice
from ciclo.actions.links.addresses import invoice_url
from ciclo.actions.links.tokens import LinkKind, read_token, sign_token
from ciclo.domain.errors.general import InvalidValue
from ciclo.domain.errors.links import LinkExpired, LinkNotFound, LinkRevoked
from ciclo.domain.invoice import Invoice
from ciclo.domain.links.invoice_link import InvoiceLink, renew_link, revoke_link
from ciclo.store.access.operations import Operation
from ciclo.store.customers import find_customer
from ciclo.store.invoices import find_invoice
from ciclo.store.links.invoice_links import change_invoice_link, find_invoice_link
from ciclo.viewer import LINK_PREFIX, Actor, Viewer, ViewerKind

EXPIRES_IN_DAYS: Final = range(1, 366)
"""For how many days an operator may let an address be good; without a number it is good until revoked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceAddress:
    """Where an invoice is seen and paid without signing in, until it expires (wall time)."""

    url: str
    expires_at: datetime | None


async def open_invoice_link(deps: Deps, token: str) -> Invoice:
    """Return the invoice that a token opens now.

    Raises:
        LinkNotFound: nobody here made it.
        LinkRevoked, LinkExpired: it opened one once.
    """
    read = read_token(deps.settings, LinkKind.INVOICE, token)
    invoice = await find_invoice(deps.store, read.target, owner=None) if read else None
    if read is None or invoice is None:
        raise LinkNotFound
    link = await find_invoice_link(deps.store, invoice.id)
    if link.opens(read.generation, at=deps.wall()):
        return invoice
    if read.generation == link.generation and link.revoked_at is None:
        raise LinkExpired
    raise LinkRevoked


async def payer_by_link(deps: Deps, invoice: Invoice) -> Viewer:
    """Return who pays *invoice* by its link: as its customer, though nobody knows whether it is them.

    Raises:
        LinkNotFound: there is no such customer any more.
    """
    customer = await find_customer(deps.store, invoice.customer_id)
    if customer is None:
        raise LinkNotFound
    return Viewer(
        kind=ViewerKind.CUSTOMER,
        subject=f"{LINK_PREFIX}{invoice.id}",
        email=customer.email,
        customer_id=customer.id,
    )


async def create_invoice_link(
    deps: Deps, invoice_id: str, *, renew: bool, expires_in_days: int | None, caller: Caller, by: Actor
) -> InvoiceAddress:
    """Return the address of an invoice: the one that it has, or a new one that alone is good from now on.

    There is a new one too where the old one is good no more, or is to be good for another time.

    Raises:
        MalformedId, InvoiceNotFound: there is no such invoice.
        InvalidValue: it is to be good for no time, or for too long.
        EncryptionNotSetUp: there is no key to sign with.
    """
    if expires_in_days is not None and expires_in_days not in EXPIRES_IN_DAYS:
        raise InvalidValue("1 to 365 days", field=("expires_in_days",))
    invoice = await get_invoice(deps, invoice_id, caller=caller)
    at = deps.wall()
    expires_at = at + timedelta(days=expires_in_days) if expires_in_days is not None else None

    def change(link: InvoiceLink) -> InvoiceLink:
        is_wanted = link.is_good(at=at) and not renew and expires_in_days is None
        return link if is_wanted else renew_link(link, expires_at=expires_at)

    sign_token(deps.settings, invoice.id, 0)  # refuses where there is no key, before anything is changed
    link = await change_invoice_link(
        deps.store, invoice.id, change, operation=_logging(deps, by, "createInvoiceLink")
    )
    return InvoiceAddress(url=invoice_url(deps.settings, link), expires_at=link.expires_at)


async def revoke_invoice_link(deps: Deps, invoice_id: str, *, caller: Caller, by: Actor) -> Invoice:
    """Let no address open an invoice any more, until it is given a new one; return the invoice.

    Raises:
        MalformedId, InvoiceNotFound: there is no such invoice.
    """
    invoice = await get_invoice(deps, invoice_id, caller=caller)
    at = deps.wall()
    await change_invoice_link(
        deps.store,
        invoice.id,
        lambda link: revoke_link(link, at=at),
        operation=_logging(deps, by, "revokeInvoiceLink"),
    )
    return invoice


def _logging(deps: Deps, by: Actor, action: str) -> Callable[[InvoiceLink, InvoiceLink], Operation]:
    def operation(before: InvoiceLink, after: InvoiceLink) -> Operation:
        return new_operation(deps, by, action, after.id, before=before, after=after)

    return operation
