"""What happens when a day comes: trials end, periods begin, unpaid beginnings expire.

Source: billing rules 4, 10, 11, 15, 17.
"""

from dataclasses import replace
from datetime import date

from ciclo.domain.events.facts import PendingExpired, PeriodEnded, TrialEnded
from ciclo.domain.invoice import InvoiceKind
from ciclo.domain.lifecycle.awaited_change import drop_awaited_change
from ciclo.domain.lifecycle.billing import activate, begin_service
from ciclo.domain.lifecycle.decision import Decision, EventContext, Outcome
from ciclo.domain.lifecycle.ending import end_never_paid, end_subscription
from ciclo.domain.period import period_containing
from ciclo.domain.subscription import IN_SERVICE, EndReason, Status


def on_trial_ended(decision: Decision, ended: TrialEnded, ctx: EventContext) -> Decision:
    """Turn a trial into paid service, or end it if that was asked for; nothing was billed before."""
    sub = decision.account.subscription
    if sub.status is not Status.TRIALING or sub.period.end != ended.on:
        return decision
    if sub.cancel_at_period_end:
        return end_subscription(decision, at=ctx.at, reason=EndReason.REQUESTED)
    active = replace(decision, account=activate(decision.account, at=ctx.at))
    return _renew(active, ended.on, ctx)


def on_period_ended(decision: Decision, ended: PeriodEnded, ctx: EventContext) -> Decision:
    """Begin the next period, or end the subscription if that was asked for or it never paid."""
    sub = decision.account.subscription
    in_service = sub.status in IN_SERVICE or sub.status is Status.SUSPENDED
    if not in_service or sub.period.end != ended.on:
        return decision
    if sub.cancel_at_period_end:
        return end_subscription(decision, at=ctx.at, reason=EndReason.REQUESTED)
    if sub.activated_at is None:
        return end_never_paid(decision, ctx)
    if sub.status is Status.SUSPENDED:
        return _skip_period(decision, ended.on)
    return _renew(decision, ended.on, ctx)


def on_pending_expired(decision: Decision, expired: PendingExpired, ctx: EventContext) -> Decision:
    """Give up a subscription whose first payment never came."""
    sub = decision.account.subscription
    if sub.status is not Status.PENDING or expired.on > sub.period.end:
        return decision
    return end_never_paid(decision, ctx)


def _renew(decision: Decision, on: date, ctx: EventContext) -> Decision:
    decision = drop_awaited_change(decision, at=ctx.at)
    # The boundary's day has begun by then, and who moved the boundary to that day has asked for it.
    return begin_service(decision, ctx, on=on, issued_at=ctx.at, kind=InvoiceKind.PERIOD).with_outcome(
        Outcome.INVOICE_ISSUED
    )


def _skip_period(decision: Decision, on: date) -> Decision:
    """Let a period pass unbilled: a suspended subscription has no service to bill (rule 17)."""
    sub = decision.account.subscription
    period = period_containing(sub.anchor, sub.terms.billing_cycle, on)
    return decision.with_subscription(replace(sub, period=period, coverage=None)).with_outcome(
        Outcome.PERIOD_SKIPPED
    )
