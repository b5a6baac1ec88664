"""A change that costs more takes effect when it is paid; until then nothing of the old terms moves.

Its invoice is issued when it is asked for. The days that it credits are reserved on the invoice that
billed them, and go back to it if the change is dropped. Source: billing rules 11, 22.
"""

from datetime import datetime, timedelta
from typing import Final

from ciclo.copies import replace
from ciclo.domain.account import Account
from ciclo.domain.collection import CollectionMode
from ciclo.domain.coupons.discount import replace_discounts
from ciclo.domain.events.commands import CancellationRequested, SubscriptionPaused, WithdrawalRequested
from ciclo.domain.events.facts import PlanChangeDropped
from ciclo.domain.invoice import Invoice, InvoiceStatus, LineKind, VoidReason, credit_invoice
from ciclo.domain.lifecycle.calendar import mode_of
from ciclo.domain.lifecycle.decision import Decision, EventContext, Outcome
from ciclo.domain.lifecycle.payments.allocation import void_invoice
from ciclo.domain.period import start_of_day
from ciclo.domain.plan import same_plan
from ciclo.domain.policy import Policy
from ciclo.domain.subscription import AwaitedChange, Coverage, Subscription, without_cancellation

REPLACING: Final = (CancellationRequested, WithdrawalRequested, SubscriptionPaused)
"""Commands that come before a change that awaits its payment. A change of plan looks at it by itself."""


def is_trusted_to_pay_later(subscription: Subscription) -> bool:
    """Return whether a change that costs more takes effect before it is paid: invoices are (rule 28)."""
    return mode_of(subscription) is CollectionMode.INVOICE


def can_be_charged(sub: Subscription) -> bool:
    """Return whether there is a way to collect what a change or the end of a trial costs."""
    return sub.method is not None or is_trusted_to_pay_later(sub)


def resolve_awaited_change(decision: Decision, *, at: datetime) -> Decision:
    """Begin a change whose invoice is paid, as of the day it was asked for; drop one whose period is over.

    Derived from facts, like the status: whichever way the invoice was paid or the period moved on, it is
    seen here.
    """
    sub = decision.account.subscription
    awaited = sub.awaited_change
    if awaited is None:
        return decision
    if sub.period.end != awaited.until:
        return drop_awaited_change(decision, at=at)
    if decision.account.invoices[awaited.invoice_id].status is not InvoiceStatus.PAID:
        return decision
    return replace(decision, account=begin_awaited_change(decision.account, awaited))


def begin_awaited_change(account: Account, awaited: AwaitedChange) -> Account:
    """Return the account with the change that it *awaited* in effect.

    A change of quantity alone keeps what is scheduled (rule 13). Another interval has the day of the change
    for its anchor, whatever billing day was chosen before (rules 12, 33), and so has a full new period. Its
    invoice has what waited for one, and the charge for the new terms last.
    """
    sub = account.subscription
    charge = account.invoices[awaited.invoice_id].lines[-1]
    kept = sub if same_plan(sub.terms, awaited.terms) else without_plans(sub)
    is_same_cycle = awaited.terms.billing_cycle is sub.terms.billing_cycle
    keeps_boundaries = is_same_cycle and awaited.anchor == sub.anchor
    changed = replace(
        kept,
        terms=awaited.terms,
        anchor=awaited.anchor,
        stub=sub.stub if keeps_boundaries else None,
        pending_billing_day=sub.pending_billing_day if keeps_boundaries else None,
        period=awaited.period,
        coverage=Coverage(invoice_id=awaited.invoice_id, line=charge),
        waiting=None,
        awaited_change=None,
        discounts=replace_discounts(sub.discounts, awaited.discounts),
    )
    return account.with_subscription(changed)


def without_plans(sub: Subscription) -> Subscription:
    """Return *sub* with nothing scheduled: neither a change nor its end (rule 13)."""
    return without_cancellation(replace(sub, pending_change=None))


def drop_awaited_change(
    decision: Decision, *, at: datetime, reason: VoidReason = VoidReason.CHANGE_DROPPED
) -> Decision:
    """Void the invoice of a change that awaits its payment; all that it took goes back (rule 22)."""
    account = decision.account
    awaited = account.subscription.awaited_change
    if awaited is None:
        return decision
    invoice = account.invoices[awaited.invoice_id]
    account = _give_credit_back(account, invoice)
    account = void_invoice(account, invoice.id, at=max(at, invoice.issued_at), reason=reason)
    sub = replace(account.subscription, awaited_change=None)
    return replace(decision, account=account.with_subscription(sub))


def on_plan_change_dropped(decision: Decision, dropped: PlanChangeDropped, ctx: EventContext) -> Decision:
    """Stay with the present terms: another subscription has the plan, or it was not paid (rules 11, 42)."""
    sub = decision.account.subscription
    if dropped.invoice_id is not None:
        if not sub.awaits(dropped.invoice_id):
            return decision
        return drop_awaited_change(decision, at=ctx.at).with_outcome(Outcome.CHANGE_DROPPED)
    if sub.pending_change is None or sub.pending_change.plan_id != dropped.plan_id:
        return decision
    return decision.with_subscription(replace(sub, pending_change=None)).with_outcome(Outcome.CHANGE_DROPPED)


def change_lapses_at(account: Account, policy: Policy) -> datetime | None:
    """Return when a change that awaits its payment is dropped, unless that comes first.

    That is at the boundary, however it is being paid; before it, once a try has failed and none is under
    way, or once it is past due.
    """
    awaited = account.subscription.awaited_change
    if awaited is None:
        return None
    boundary = start_of_day(awaited.until, policy.timezone)
    invoice = account.invoices[awaited.invoice_id]
    if account.is_being_paid(invoice.id):
        return boundary
    failed = [
        payment.failed_at for payment in account.payments_of(invoice.id) if payment.failed_at is not None
    ]
    if failed:
        return min(boundary, max(invoice.issued_at, *failed))
    overdue_on = invoice.overdue_on or invoice.due_on + timedelta(days=1)
    return min(boundary, start_of_day(overdue_on, policy.timezone))


def _give_credit_back(account: Account, invoice: Invoice) -> Account:
    """Return the account with what *invoice* credits given back to the invoice that billed it."""
    coverage = account.subscription.coverage
    unused = [line for line in invoice.lines if line.kind is LineKind.UNUSED]
    if coverage is None or not unused:
        return account
    giver = account.invoices[coverage.invoice_id]
    given = sum(line.total for line in unused)
    restored = credit_invoice(giver, given, tax=sum(line.tax for line in unused))
    return account.with_invoice(restored)
