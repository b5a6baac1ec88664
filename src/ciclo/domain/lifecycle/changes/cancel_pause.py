"""Leaving and coming back: cancel, uncancel, pause, resume.

Source: billing rules 8, 10, 15, 16, 39.
"""

from datetime import date, timedelta
from typing import Final

from ciclo.copies import replace
from ciclo.domain.account import Account
from ciclo.domain.errors.general import DateInPast, InvalidValue
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
    CancellationRefund,
    CancellationRequested,
    CancellationRevoked,
    SubscriptionPaused,
    SubscriptionResumed,
)
from ciclo.domain.events.facts import PauseBegun, PauseEnded
from ciclo.domain.invoice import InvoiceKind, InvoiceStatus, Line
from ciclo.domain.lifecycle.billing import begin_service
from ciclo.domain.lifecycle.changes.awaited_change import drop_awaited_change
from ciclo.domain.lifecycle.changes.plan_change import is_period_paid
from ciclo.domain.lifecycle.changes.waiting_lines import pause_waiting_lines, release_unused
from ciclo.domain.lifecycle.decision import Decision, EventContext, Outcome
from ciclo.domain.lifecycle.ending import end_subscription, end_unpaid
from ciclo.domain.lifecycle.payments.allocation import creditable_amount
from ciclo.domain.lifecycle.payments.money_back import Share, credit_days, give_back
from ciclo.domain.payments.refund_limits import RefundLimits
from ciclo.domain.proration import unused_line
from ciclo.domain.subscription import (
    Coverage,
    EndReason,
    Status,
    Subscription,
    without_cancellation,
    without_renewal,
)

PAUSE_DAYS_MAX: Final = 3 * 366
"""How long a pause may last that ends by itself."""


def on_cancellation_requested(
    decision: Decision, request: CancellationRequested, ctx: EventContext
) -> Decision:
    """End at the period's end, or now; what has no paid period to finish ends now in any case.

    Nothing is collected for it any more but on request; what was never paid for leaves no debt. Unused days
    that were paid go back if that is asked for.

    A fee is billed once it has ended, and taken back with the cancellation.

    Raises:
        AlreadyCancelled: cancelled is final.
        SubscriptionNotActive: there is a fee, and it was never paid for.
    """
    sub = decision.account.subscription
    if not sub.is_live:
        raise AlreadyCancelled(sub.id)
    if request.penalty is not None and sub.activated_at is None:
        raise SubscriptionNotActive(sub.status)
    penalty = request.penalty or sub.cancel_penalty
    sub = replace(sub, cancel_reason=request.reason, cancel_penalty=penalty, pending_change=None)
    sub = _without_planned_pause(sub)
    runs = sub.status in {Status.ACTIVE, Status.TRIALING}
    if runs and not request.immediately:
        scheduled = replace(sub, cancel_at_period_end=True)
        return decision.with_subscription(scheduled).with_outcome(Outcome.CANCELLATION_SCHEDULED)
    decision = decision.with_subscription(sub)
    if sub.activated_at is None:
        in_trial = sub.status is Status.TRIALING
        reason = EndReason.REQUESTED if in_trial else EndReason.NEVER_PAID
        return end_unpaid(decision, ctx, reason=reason)
    gives_back = request.refund is not CancellationRefund.NONE and is_period_paid(decision.account)
    if gives_back:
        on = ctx.today + timedelta(days=request.keeps_served)
        if request.refund is CancellationRefund.CREDIT:
            decision = credit_unused_days(decision, on=on, reason="cancellation", ctx=ctx)
        else:
            decision = refund_unused_days(decision, ctx, on=on, reason="cancellation", limits=request.limits)
    ended = end_subscription(decision, ctx, reason=EndReason.REQUESTED, gives_back=gives_back)
    return ended if ended.review is None else ended.with_review(ended.review)


def on_cancellation_revoked(decision: Decision, _: CancellationRevoked, ctx: EventContext) -> Decision:
    """Take a scheduled cancellation back, while its day has not come.

    Raises:
        NotCancelling: there is none, or it is too late.
    """
    sub = decision.account.subscription
    if not (sub.is_live and sub.cancel_at_period_end) or ctx.today >= sub.period.end:
        raise NotCancelling
    kept = without_cancellation(sub)
    return decision.with_subscription(kept).with_outcome(Outcome.CANCELLATION_REVOKED)


def on_paused(decision: Decision, request: SubscriptionPaused, ctx: EventContext) -> Decision:
    """Stop service, now, when the day is over, or at the end of the period; the anchor is kept.

    Unused days that were paid go onto the balance. A day that is the last one of its period ends with it.

    Raises:
        AlreadyPaused, SubscriptionNotActive: it is not active.
        CancellationScheduled: it is to end with its period.
        InvoiceUnpaid: days that were not paid can't be credited.
        DateInPast, InvalidValue: it is to go on before it has stopped, or too late.
    """
    account = decision.account
    sub = account.subscription
    if sub.status is Status.PAUSED:
        raise AlreadyPaused
    if sub.status is not Status.ACTIVE:
        raise SubscriptionNotActive(sub.status)
    if sub.cancel_at_period_end:
        raise CancellationScheduled
    tomorrow = ctx.today + timedelta(days=1)
    at_end = request.at_period_end or (request.serves_today and tomorrow >= sub.period.end)
    stops_on = sub.period.end if at_end else tomorrow if request.serves_today else ctx.today
    if request.resume_on is not None:
        _require_later(request.resume_on, stops_on)
    planned = replace(
        sub, pause_at_period_end=at_end, pause_on=None if at_end else stops_on, resume_on=request.resume_on
    )
    if at_end:
        return decision.with_subscription(planned).with_outcome(Outcome.PAUSE_SCHEDULED)
    if not _can_be_credited(account):
        raise InvoiceUnpaid
    planned_for = decision.with_subscription(planned)
    if request.serves_today:
        return planned_for.with_outcome(Outcome.PAUSE_SCHEDULED)
    return _stop_service(planned_for, ctx)


def on_pause_begun(decision: Decision, begun: PauseBegun, ctx: EventContext) -> Decision:
    """Stop service as the day begins; what became unpaid since it was asked for keeps it running."""
    sub = decision.account.subscription
    if not sub.is_live or sub.pause_on != begun.on:
        return decision
    decision = drop_awaited_change(decision, at=ctx.at)
    if not _can_be_credited(decision.account):
        kept = _without_planned_pause(decision.account.subscription)
        return decision.with_subscription(kept).with_outcome(Outcome.PAUSE_REVOKED)
    return _stop_service(decision, ctx)


def _can_be_credited(account: Account) -> bool:
    """Return whether nothing is owed of it; what bills the next period is no debt yet (rule 32)."""
    ahead = account.subscription.next_coverage
    return all(ahead is not None and one.id == ahead.invoice_id for one in account.open_service_invoices())


def _stop_service(decision: Decision, ctx: EventContext) -> Decision:
    """Begin the pause that is planned: the days from today on go onto the balance."""
    decision = credit_unused_days(decision, on=ctx.today, reason="pause", ctx=ctx)
    decision = pause_waiting_lines(decision, ctx)
    paused = replace(decision.account.subscription, pause_on=None, paused_on=ctx.today, coverage=None)
    return decision.with_subscription(paused).with_outcome(Outcome.PAUSED)


def _without_planned_pause(sub: Subscription) -> Subscription:
    """Return *sub* with no pause to come, and no end of one."""
    return replace(sub, pause_at_period_end=False, pause_on=None, resume_on=None)


def on_resumed(decision: Decision, _: SubscriptionResumed, ctx: EventContext) -> Decision:
    """Start service again, billed from today to the next boundary; a scheduled pause is taken back.

    A trial that was paid in advance, and paused, keeps its free days.

    Raises:
        NotPaused: it is neither.
    """
    sub = decision.account.subscription
    if sub.status is Status.PAUSED:
        return _resume(decision, ctx, on=ctx.today)
    if sub.pauses_on is None:
        raise NotPaused
    return decision.with_subscription(_without_planned_pause(sub)).with_outcome(Outcome.PAUSE_REVOKED)


def on_pause_ended(decision: Decision, ended: PauseEnded, ctx: EventContext) -> Decision:
    """Start service again on the day that was said, billed from it to the next boundary."""
    sub = decision.account.subscription
    if sub.status is not Status.PAUSED or sub.resume_on != ended.on:
        return decision
    return _resume(decision, ctx, on=ended.on)


def _resume(decision: Decision, ctx: EventContext, *, on: date) -> Decision:
    sub = replace(decision.account.subscription, paused_on=None, resume_on=None)
    running = decision.with_subscription(sub)
    return begin_service(
        running, ctx, on=max(on, sub.period.start), issued_at=ctx.at, kind=InvoiceKind.RESUMPTION
    ).with_outcome(Outcome.RESUMED)


def _require_later(resume_on: date, stops_on: date) -> None:
    if resume_on <= stops_on:
        raise DateInPast(f"it stops on {stops_on}: it can go on from a later day", field=("resume_on",))
    if resume_on > stops_on + timedelta(days=PAUSE_DAYS_MAX):
        raise InvalidValue(f"a pause lasts {PAUSE_DAYS_MAX} days at most", field=("resume_on",))


def credit_unused_days(decision: Decision, *, on: date, reason: str, ctx: EventContext) -> Decision:
    """Put what is left of the current period onto the balance, by a credit note (rules 15, 16, 23)."""
    coverage = decision.account.subscription.coverage
    line = _unused_line(decision.account, coverage, on=on) if coverage else None
    if coverage is None or line is None:
        return decision
    return credit_days(decision, coverage.invoice_id, (line,), reason=reason, facts=ctx.event.id, ctx=ctx)


def refund_unused_days(
    decision: Decision, ctx: EventContext, *, on: date, reason: str, limits: RefundLimits
) -> Decision:
    """Give back what is left of the current period from *on*, and the next one where it was paid ahead."""
    account, shares = release_unused(decision.account, on=on)
    sub = account.subscription
    for one in (sub.coverage, sub.next_coverage):
        # What was billed ahead may bill days of the present period, too: those that waited for it.
        taken = sum(share.amount for share in shares if one and share.invoice_id == one.invoice_id)
        line = _unused_line(account, one, on=on, taken=taken) if one else None
        if one is None or line is None:
            continue
        shares.append(
            Share(invoice_id=one.invoice_id, billed=(one.line,), days=line.service, amount=-line.total)
        )
        if one == sub.next_coverage:
            account = account.with_subscription(without_renewal(sub))
    decision = replace(decision, account=account)
    return give_back(decision, shares, ctx, reason=reason, limits=limits)


def _unused_line(account: Account, coverage: Coverage, *, on: date, taken: int = 0) -> Line | None:
    """Return the credit for what is paid of the days that *coverage* bills from *on*.

    *taken* goes back of its invoice already.
    """
    invoice = account.invoices[coverage.invoice_id]
    if invoice.status is not InvoiceStatus.PAID:
        return None
    unused = coverage.line.service.from_day(on)
    return unused_line(coverage.line, unused=unused, left=creditable_amount(account, invoice) - taken)
