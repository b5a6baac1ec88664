"""Forecasts: what the engine itself will do if everything that it asks for is paid.

The clock's next event is applied by the very rules, what is asked for is paid on its day, and so on to a
last day. Nothing is guessed and nothing is written, so a forecast is the future to the cent for as long
as nobody changes anything (rule 14).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from ciclo.domain.account import Account, by_age
from ciclo.domain.events.commands import SubscriptionCreated
from ciclo.domain.events.event import Event, Source
from ciclo.domain.events.facts import PaymentSucceeded
from ciclo.domain.ids import EventId, InvoiceId, derived_id
from ciclo.domain.invoice import Invoice
from ciclo.domain.lifecycle import apply, next_due_event
from ciclo.domain.lifecycle.stub import begin_period
from ciclo.domain.payment import Payment
from ciclo.domain.period import BillingCycle, boundary, local_date, period_containing
from ciclo.domain.policy import Policy

MONTHS_MAX: Final = 36
NEXT_MONTHS: Final = 13
"""How far ahead the next invoice is at most: a year, or a trial of one."""

STEPS_MAX: Final = 200
"""Turns of the clock in one forecast: a boundary a month, and what else MONTHS_MAX months can bring about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """The invoices to come, in the order of their issue, and the account as it is after the last of them.

    `complete` is False if STEPS_MAX turns of the clock did not reach the last day.
    """

    invoices: tuple[Invoice, ...]
    account: Account
    complete: bool


def forecast(account: Account, policy: Policy, *, now: datetime, months: int) -> Forecast:
    """Return what *account* will be asked for in the next *months*, the day on which they are over included.

    What is open is taken to be paid at *now*, and what is issued on the day of its issue. A subscription
    that no worker has taken up yet begins first.
    """
    known = account.invoices.keys()
    until = boundary(local_date(now, policy.timezone), BillingCycle.MONTHLY, months)
    account = pay_all(begin(account, policy), policy, at=now)
    for _ in range(STEPS_MAX):
        due = next_due_event(account, policy)
        if due is None or local_date(due.at, policy.timezone) > until:
            return Forecast(invoices=_new(account, known), account=account, complete=True)
        account = apply(account, due.event(account), policy).account
        account = pay_all(account, policy, at=max(now, due.at))
    return Forecast(invoices=_new(account, known), account=account, complete=False)


def begin(account: Account, policy: Policy) -> Account:
    """Return the account as a worker takes it up: its trial begun, or its first invoice issued."""
    sub = account.subscription
    if sub.started or not sub.is_live:
        return account
    created = SubscriptionCreated(
        customer_id=sub.customer_id,
        terms=sub.terms,
        on=local_date(sub.created_at, policy.timezone),
        trial_days=sub.trial.days if sub.trial else 0,
        method=sub.method,
    )
    return apply(account, _event(account, created, at=sub.created_at, facts="created"), policy).account


def pay_all(account: Account, policy: Policy, *, at: datetime) -> Account:
    """Return the account after every open invoice was paid at *at*, by the try under way if there is one."""
    for invoice in account.open_invoices():
        tries = [payment for payment in account.payments_of(invoice.id) if payment.in_flight]
        paid = _success(invoice, tries[-1] if tries else None)
        account = apply(account, _event(account, paid, at=at, facts=invoice.id), policy).account
    return account


def _success(invoice: Invoice, payment: Payment | None) -> PaymentSucceeded:
    return PaymentSucceeded(
        amount=payment.amount if payment else invoice.total,
        currency=invoice.currency,
        payment_id=payment.id if payment else None,
    )


def _event(
    account: Account, payload: SubscriptionCreated | PaymentSucceeded, *, at: datetime, facts: str
) -> Event:
    """Return an event that is never recorded: its id follows from what it says."""
    dedupe_key = f"forecast:{facts}"
    return Event(
        id=EventId(derived_id("evt", at=at, facts=dedupe_key)),
        subscription_id=account.subscription.id,
        payload=payload,
        occurred_at=at,
        source=Source.ENGINE,
        dedupe_key=dedupe_key,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CreationPreview:
    """What a new subscription would be asked for at once, and next; None where there is no such invoice."""

    account: Account
    now: Invoice | None
    next: Invoice | None


def preview_creation(account: Account, policy: Policy) -> CreationPreview:
    """Return what the creation of *account* brings about: it is as `open_account` has it."""
    begun = begin(account, policy)
    now = next(iter(_new(begun, account.invoices.keys())), None)
    ahead = forecast(begun, policy, now=begun.subscription.created_at, months=NEXT_MONTHS)
    return CreationPreview(account=begun, now=now, next=next(iter(ahead.invoices), None))


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingDayPreview:
    """What is billed from the end of the present period on: a stub if there is one, and a full period."""

    on: date
    stub: Invoice | None
    next: Invoice | None


def foresee_billing_day(account: Account, policy: Policy, *, now: datetime) -> BillingDayPreview:
    """Return what the billing day that *account* has, or has scheduled, brings about (rule 33)."""
    sub = account.subscription
    begun = begin_period(sub, on=sub.period.end)
    full = period_containing(begun.anchor, begun.terms.billing_cycle, sub.period.end)
    stub_ends_on = full.start if full.start == sub.period.end else full.end
    ahead = forecast(account, policy, now=now, months=NEXT_MONTHS + 1)
    by_start = {invoice.period.start: invoice for invoice in ahead.invoices if invoice.voided_at is None}
    return BillingDayPreview(
        on=sub.period.end,
        stub=None if stub_ends_on == sub.period.end else by_start.get(sub.period.end),
        next=by_start.get(stub_ends_on),
    )


def _new(account: Account, known: Collection[InvoiceId]) -> tuple[Invoice, ...]:
    return by_age(invoice for id_, invoice in account.invoices.items() if id_ not in known)
