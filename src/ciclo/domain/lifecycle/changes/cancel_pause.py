"""Leaving and coming back: cancel, uncancel, pause, resume.

Source: billing rules 8, 10, 15, 16.
"""

from dataclasses import replace
from datetime import date

from ciclo.domain.account import Account
from ciclo.domain.errors.payments import InvoiceUnpaid
from ciclo.domain.errors.subscriptions import (
    AlreadyCancelled,
    AlreadyPaused,
    CancellationScheduled,
    NotCancelling,
    NotPaused,
    SubscriptionNotActive,
)
from ciclo.domain.events.commands import (
    CancellationCredit,
    CancellationRequested,
    CancellationRevoked,
    SubscriptionPaused,
    SubscriptionResumed,
)
from ciclo.domain.ids import CreditNoteId, derived_id
from ciclo.domain.invoice import CreditNote, InvoiceKind
from ciclo.domain.lifecycle.billing import begin_service
from ciclo.domain.lifecycle.changes.plan_change import is_period_paid, unused_credit
from ciclo.domain.lifecycle.decision import Decision, EventContext, Outcome
from ciclo.domain.lifecycle.ending import end_subscription, end_unpaid
from ciclo.domain.subscription import EndReason, Status


def on_cancellation_requested(
    decision: Decision, request: CancellationRequested, ctx: EventContext
) -> Decision:
    """End at the period's end, or now; what has no paid period to finish ends now in any case.

    Nothing is collected for it any more but on request; what was never paid for leaves no debt.

    Raises:
        AlreadyCancelled: cancelled is final.
    """
    sub = decision.account.subscription
    if not sub.is_live:
        raise AlreadyCancelled(sub.id)
    sub = replace(sub, cancel_reason=request.reason, pending_change=None)
    runs = sub.status in {Status.ACTIVE, Status.TRIALING}
    if runs and not request.immediately:
        scheduled = replace(sub, cancel_at_period_end=True)
        return decision.with_subscription(scheduled).with_outcome(Outcome.CANCELLATION_SCHEDULED)
    decision = decision.with_subscription(sub)
    if sub.activated_at is None:
        in_trial = sub.status is Status.TRIALING
        reason = EndReason.REQUESTED if in_trial else EndReason.NEVER_PAID
        return end_unpaid(decision, ctx, reason=reason)
    if request.credit is CancellationCredit.PRORATED and is_period_paid(decision.account):
        account = credit_unused_days(decision.account, on=ctx.today, reason="cancellation", ctx=ctx)
        decision = replace(decision, account=account)
    return end_subscription(decision, at=ctx.at, reason=EndReason.REQUESTED)


def on_cancellation_revoked(decision: Decision, _: CancellationRevoked, ctx: EventContext) -> Decision:
    """Take a scheduled cancellation back, while its day has not come.

    Raises:
        NotCancelling: there is none, or it is too late.
    """
    sub = decision.account.subscription
    if not (sub.is_live and sub.cancel_at_period_end) or ctx.today >= sub.period.end:
        raise NotCancelling
    kept = replace(sub, cancel_at_period_end=False, cancel_reason=None)
    return decision.with_subscription(kept).with_outcome(Outcome.CANCELLATION_REVOKED)


def on_paused(decision: Decision, _: SubscriptionPaused, ctx: EventContext) -> Decision:
    """Stop service: the unused days go onto the balance, the anchor is kept.

    Raises:
        AlreadyPaused, SubscriptionNotActive: it is not active.
        CancellationScheduled: it is to end with its period.
        InvoiceUnpaid: days that were not paid can't be credited.
    """
    account = decision.account
    sub = account.subscription
    if sub.status is Status.PAUSED:
        raise AlreadyPaused
    if sub.status is not Status.ACTIVE:
        raise SubscriptionNotActive(sub.status)
    if sub.cancel_at_period_end:
        raise CancellationScheduled
    # What bills the next period is no debt yet: it is withdrawn (rule 32).
    ahead = sub.next_coverage.invoice_id if sub.next_coverage else None
    if any(invoice.id != ahead for invoice in account.open_invoices()):
        raise InvoiceUnpaid
    account = credit_unused_days(account, on=ctx.today, reason="pause", ctx=ctx)
    paused = replace(account.subscription, paused_on=ctx.today, coverage=None)
    return replace(decision, account=account.with_subscription(paused)).with_outcome(Outcome.PAUSED)


def on_resumed(decision: Decision, _: SubscriptionResumed, ctx: EventContext) -> Decision:
    """Start service again: billed from today to the next boundary of the old anchor.

    A trial that was paid in advance, and paused, keeps its free days.

    Raises:
        NotPaused: it is not.
    """
    sub = decision.account.subscription
    if sub.status is not Status.PAUSED:
        raise NotPaused
    running = decision.with_subscription(replace(sub, paused_on=None))
    on = max(ctx.today, sub.anchor)
    return begin_service(running, ctx, on=on, issued_at=ctx.at, kind=InvoiceKind.RESUMPTION).with_outcome(
        Outcome.RESUMED
    )


def credit_unused_days(account: Account, *, on: date, reason: str, ctx: EventContext) -> Account:
    """Put what is left of the current period onto the balance, by a credit note (rules 15, 16, 23)."""
    coverage = account.subscription.coverage
    account, line = unused_credit(account, on=on)
    if line is None or coverage is None:
        return account
    note = CreditNote(
        id=CreditNoteId(derived_id("crn", at=ctx.at, facts=ctx.event.id)),
        invoice_id=coverage.invoice_id,
        subscription_id=account.subscription.id,
        customer_id=account.subscription.customer_id,
        currency=account.subscription.terms.currency,
        lines=(line,),
        amount=-line.total,
        reason=reason,
        issued_at=ctx.at,
    )
    return replace(account, credit=account.credit + note.amount, credit_notes=(*account.credit_notes, note))
