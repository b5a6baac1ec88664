"""Ways to look at an account: what the store loads of it for an event, and what it comes to."""

from collections.abc import Mapping
from dataclasses import replace

from ciclo.domain.account import Account, by_age
from ciclo.domain.events.event import Event
from ciclo.domain.ids import InvoiceId, PaymentId
from ciclo.domain.invoice import Invoice
from ciclo.domain.lifecycle import find_wanted
from ciclo.domain.lifecycle.needs import want_in_any_case
from ciclo.domain.payment import Payment
from ciclo.domain.subscription import Status, Subscription


def thin(account: Account, event: Event) -> Account:
    """Return what the store loads of *account* for *event*: what the table of rules says, out of memory."""
    needed = find_wanted(event, account.subscription)
    wanted = {invoice.id for invoice in account.open_invoices()} | {
        needed.invoice_id,
        *want_in_any_case(account.subscription),
    }
    wanted |= set(account.invoices) if needed.all_invoices else set()
    wanted |= {
        one.invoice_id
        for one in account.payments.values()
        if one.id == needed.payment_id or one.amount == needed.amount
    }
    if needed.newest and not account.open_invoices():
        wanted |= {invoice.id for invoice in by_age(account.invoices.values())[-1:]}
    return replace(
        account,
        invoices={id_: one for id_, one in account.invoices.items() if id_ in wanted},
        payments={id_: one for id_, one in account.payments.items() if one.invoice_id in wanted},
        credit_notes=(),
    )


def changed(
    before: Account, after: Account
) -> tuple[Mapping[InvoiceId, Invoice], Mapping[PaymentId, Payment]]:
    """Return the invoices and payments that are new or other than they were: what the store writes."""
    return (
        {id_: one for id_, one in after.invoices.items() if before.invoices.get(id_) != one},
        {id_: one for id_, one in after.payments.items() if before.payments.get(id_) != one},
    )


def facts(
    account: Account,
) -> tuple[Subscription, Mapping[InvoiceId, Invoice], Mapping[PaymentId, Payment], int]:
    """Return an account's state without what only counts or dates the events that led to it."""
    return (
        replace(account.subscription, version=0, moved_on=None),
        account.invoices,
        account.payments,
        account.credit,
    )


def sums(account: Account) -> tuple[Status, int, int, int]:
    """Return the status, and how much was paid, refunded and is still open, in minor units."""
    payments = account.payments.values()
    return (
        account.subscription.status,
        sum(one.received_amount for one in payments),
        sum(one.refunded_amount for one in payments),
        sum(one.amount_due for one in account.open_invoices()),
    )
