"""What happens when a day comes: periods are billed and begin, trials end, unpaid beginnings expire.

Source: billing rules 4, 10, 11, 15, 16, 17, 29, 32.
"""

from datetime import date

from ciclo.copies import replace
from ciclo.domain.account import Account
from ciclo.domain.collection import CollectionMode
from ciclo.domain.events.facts import PendingExpired, PeriodEnded, RenewalIssued, TrialEnded
from ciclo.domain.invoice import InvoiceKind, InvoiceStatus, Line, LineKind
from ciclo.domain.lifecycle.billing import (
    activate,
    begin_paid_service,
    begin_service,
    collect_invoice,
    count_discounts,
)
from ciclo.domain.lifecycle.calendar import mode_of
from ciclo.domain.lifecycle.changes.awaited_change import drop_awaited_change
from ciclo.domain.lifecycle.changes.waiting_lines import pause_waiting_lines
from ciclo.domain.lifecycle.decision import Decision, EventContext, Outcome
from ciclo.domain.lifecycle.ending import end_subscription, end_unpaid
from ciclo.domain.lifecycle.invoices import is_being_tried
from ciclo.domain.lifecycle.payments.allocation import creditable_amount, void_invoice
from ciclo.domain.lifecycle.payments.money_back import credit_days, credit_of
from ciclo.domain.lifecycle.stub import begin_period, charge_from
from ciclo.domain.payment import MethodKind
from ciclo.domain.period import period_containing
from ciclo.domain.policy import Policy
from ciclo.domain.proration import reverse_line, unused_line
from ciclo.domain.subscription import IN_SERVICE, Coverage, EndReason, Status, without_renewal


def on_trial_ended(decision: Decision, ended: TrialEnded, ctx: EventContext) -> Decision:
    """Bill the first period, or end the trial if that was asked for.

    Until its first invoice is paid the subscription is PENDING (rule 17).
    """
    sub = decision.account.subscription
    if sub.status is not Status.TRIALING or sub.period.end != ended.on:
        return decision
    if sub.cancel_at_period_end:
        return end_unpaid(decision, ctx, reason=EndReason.REQUESTED)
    is_billed = sub.renewed_for == ended.on
    begun = _begin_billed_period(decision, ctx) if is_billed else _renew(decision, ended.on, ctx)
    # Paid once is a fact, even if what was paid has been billed otherwise since (rule 17).
    is_paid = sub.first_paid_at is not None or (is_billed and _is_paid_ahead(decision.account))
    return replace(begun, account=activate(begun.account, at=ctx.at)) if is_paid else begun


def on_renewal_issued(decision: Decision, issued: RenewalIssued, ctx: EventContext) -> Decision:
    """Bill the period after a boundary ahead of it, by the terms of today (rule 29)."""
    sub = decision.account.subscription
    runs = sub.status in IN_SERVICE or sub.status is Status.TRIALING
    is_billed = sub.renewed_for == issued.boundary
    if not runs or is_billed or sub.is_to_stop or sub.period.end != issued.boundary:
        return decision
    ahead = begin_service(
        decision, ctx, on=issued.boundary, issued_at=ctx.at, kind=InvoiceKind.PERIOD, collecting=False
    )
    coverage = ahead.account.subscription.coverage
    assert coverage is not None  # what begins is billed
    carrying = replace(coverage, carried=sub.waiting_lines, items=sub.items)
    renewed = replace(sub, next_coverage=carrying, renewed_for=issued.boundary, items=())
    billed = ahead.with_subscription(renewed).with_outcome(Outcome.INVOICE_ISSUED)
    if ahead.account.subscription.first_paid_at is not None:
        # It needs no money, or is trusted: what follows from that is not of the period that is to come.
        invoice = billed.account.invoices[coverage.invoice_id]
        paid = begin_paid_service(billed.account, invoice, at=ctx.at, policy=ctx.policy)
        billed = replace(billed, account=paid)
    return collect_invoice(billed, coverage.invoice_id, ctx)


def on_period_ended(decision: Decision, ended: PeriodEnded, ctx: EventContext) -> Decision:
    """Begin the next period, or end or pause the subscription if that was asked for."""
    sub = decision.account.subscription
    in_service = sub.status in IN_SERVICE or sub.status is Status.SUSPENDED
    if not in_service or sub.period.end != ended.on:
        return decision
    if sub.cancel_at_period_end:
        return end_subscription(decision, ctx, reason=EndReason.REQUESTED)
    if sub.pause_at_period_end and (sub.resume_on is None or sub.resume_on > ended.on):
        return _pause(decision, ended.on, ctx)
    if sub.pause_at_period_end:
        # The boundary has moved behind the day on which it was to go on.
        sub = replace(sub, pause_at_period_end=False, resume_on=None)
        decision = decision.with_subscription(sub)
    if sub.status is Status.SUSPENDED:
        return _skip_period(decision, ended.on, ctx)
    if sub.renewed_for == ended.on:
        return _begin_billed_period(decision, ctx)
    return _renew(decision, ended.on, ctx)


def _pause(decision: Decision, on: date, ctx: EventContext) -> Decision:
    """Begin a pause that waited for the end of its period: nothing is left to give back."""
    decision = pause_waiting_lines(drop_awaited_change(decision, at=ctx.at), ctx)
    sub = decision.account.subscription
    paused = replace(sub, pause_at_period_end=False, paused_on=on, coverage=None)
    return decision.with_subscription(paused).with_outcome(Outcome.PAUSED)


def on_pending_expired(decision: Decision, expired: PendingExpired, ctx: EventContext) -> Decision:
    """Give up a subscription whose first payment never came."""
    sub = decision.account.subscription
    if sub.status is not Status.PENDING or expired.on > sub.period.end:
        return decision
    return end_unpaid(decision, ctx, reason=EndReason.NEVER_PAID)


def _is_paid_ahead(account: Account) -> bool:
    """Return whether what was billed ahead is in service: paid, or trusted to be since it was issued."""
    ahead = _unvoided(account)
    if ahead is None:
        return False
    invoice = account.invoices[ahead.invoice_id]
    is_trusted = mode_of(account.subscription) is CollectionMode.INVOICE and invoice.is_open
    return is_trusted or invoice.status is InvoiceStatus.PAID


def _renew(decision: Decision, on: date, ctx: EventContext) -> Decision:
    decision = drop_awaited_change(decision, at=ctx.at)
    # The boundary's day has begun by then, and who moved the boundary to that day has asked for it.
    return begin_service(decision, ctx, on=on, issued_at=ctx.at, kind=InvoiceKind.PERIOD).with_outcome(
        Outcome.INVOICE_ISSUED
    )


def review_renewal(decision: Decision, ctx: EventContext) -> Decision:
    """Withdraw what bills the next period where it is not to come, or not so any more (rule 32).

    Whatever made it unfit: a change, a cancellation, a pause, the end. Unpaid it is voided, paid its days are
    credited. While a card is being charged for it, it waits for the answer. Lines that it carries wait on
    with another invoice then, and do not any more once it is paid.
    """
    sub = decision.account.subscription
    ahead = sub.next_coverage
    if ahead is None:
        return decision
    if not _is_fit(decision.account, ahead, ctx.policy):
        return _withdraw(decision, ahead, ctx)
    is_paid = decision.account.invoices[ahead.invoice_id].status is InvoiceStatus.PAID
    return _take_carried_lines(decision, ahead, ctx) if ahead.carried and is_paid else decision


def _take_carried_lines(decision: Decision, ahead: Coverage, ctx: EventContext) -> Decision:
    """Let lines that waited be those of the paid invoice that carries them; the last one bills today.

    A change that awaits its payment would bill them, too: it is dropped.
    """
    decision = drop_awaited_change(decision, at=ctx.at)
    sub = decision.account.subscription
    last = ahead.carried[-1]
    bills_today = last.kind is LineKind.SERVICE and last.service.end == sub.period.end
    settled = replace(
        sub,
        coverage=Coverage(invoice_id=ahead.invoice_id, line=last) if bills_today else sub.coverage,
        next_coverage=replace(ahead, carried=()),
        waiting=None,
    )
    return decision.with_subscription(settled)


def boundary_waits(account: Account, policy: Policy) -> bool:
    """Return whether what bills the next period is not to come so, and a card is being charged for it.

    The period begins with the answer then: before it nobody knows what bills it (rule 32).
    """
    sub = account.subscription
    ahead = sub.next_coverage
    if ahead is None or sub.is_to_stop:
        return False
    skips = sub.status is Status.SUSPENDED
    wrong = skips or not _is_fit(account, ahead, policy)
    return wrong and is_being_tried(account, account.invoices[ahead.invoice_id], MethodKind.CREDIT_CARD)


def _is_fit(account: Account, ahead: Coverage, policy: Policy) -> bool:
    """Return whether *ahead* is what would be billed of the next period today, with what waits.

    What an operator voided is not issued again, unless another period is to come.
    """
    sub = account.subscription
    if not sub.is_live or sub.is_to_stop or sub.paused_on is not None:
        return False
    begun = begin_period(sub, on=sub.period.end)
    due = charge_from(begun, on=begun.period.start, terms=begun.terms, policy=policy)
    is_void = account.invoices[ahead.invoice_id].voided_at is not None
    return _facts(ahead.line) == _facts(due) and (is_void or ahead.carried == sub.waiting_lines)


def _facts(line: Line) -> tuple[object, ...]:
    """Return what of a charge depends on the subscription, and not on what tax is asked at the time."""
    return (line.service, line.total_days, line.plan_id, line.unit_price, line.quantity)


def _withdraw(decision: Decision, ahead: Coverage, ctx: EventContext) -> Decision:
    account = decision.account
    invoice = account.invoices[ahead.invoice_id]
    if is_being_tried(account, invoice, MethodKind.CREDIT_CARD):
        return decision
    if invoice.is_open:
        account = void_invoice(account, invoice.id, at=ctx.at)
        sub = account.subscription
        account = account.with_subscription(replace(sub, items=(*ahead.items, *sub.items)))
    elif invoice.voided_at is None:
        decision = _credit_renewal(decision, ahead, ctx)
        account = decision.account
    return replace(decision, account=account.with_subscription(without_renewal(account.subscription)))


def _credit_renewal(decision: Decision, ahead: Coverage, ctx: EventContext) -> Decision:
    """Put what was paid ahead onto the balance, by a credit note (rules 9, 32).

    Lines that it carried and that were billed otherwise while it was being paid are reversed with it.
    """
    account, invoice = decision.account, decision.account.invoices[ahead.invoice_id]
    reversed_lines = tuple(reverse_line(line) for line in ahead.carried)
    left = creditable_amount(account, invoice) - credit_of(reversed_lines)
    line = unused_line(ahead.line, unused=ahead.line.service, left=left)
    if line is None:
        return decision
    facts = f"{ctx.event.id}|{invoice.id}"
    return credit_days(decision, invoice.id, (*reversed_lines, line), reason="renewal", facts=facts, ctx=ctx)


def _begin_billed_period(decision: Decision, ctx: EventContext) -> Decision:
    """Begin the period that was billed ahead of its boundary; voided by an operator it is free.

    What its invoice carries waits no longer: paid or not, that one bills it.
    """
    decision = drop_awaited_change(decision, at=ctx.at)
    sub = decision.account.subscription
    begun, ahead = begin_period(sub, on=sub.period.end), _unvoided(decision.account)
    moved = replace(
        count_discounts(begun, ahead.line) if ahead else begun,
        coverage=replace(ahead, carried=(), items=()) if ahead else None,
        next_coverage=None,
        renewed_for=None,
        waiting=None if ahead and ahead.carried == sub.waiting_lines else sub.waiting,
    )
    return decision.with_subscription(moved).with_outcome(Outcome.PERIOD_BEGUN)


def _unvoided(account: Account) -> Coverage | None:
    """Return what bills the next period ahead, unless it was voided."""
    ahead = account.subscription.next_coverage
    return ahead if ahead and account.invoices[ahead.invoice_id].voided_at is None else None


def _skip_period(decision: Decision, on: date, ctx: EventContext) -> Decision:
    """Let a period pass unbilled: a suspended subscription has no service to bill (rule 17).

    What billed it ahead is withdrawn if it is open; what was paid of it is service.
    """
    ahead = _unvoided(decision.account)
    if ahead is not None:
        if not decision.account.invoices[ahead.invoice_id].is_open:
            return _begin_billed_period(decision, ctx)
        decision = _withdraw(decision, ahead, ctx)
    sub = decision.account.subscription
    period = period_containing(sub.anchor, sub.terms.billing_cycle, on)
    return decision.with_subscription(
        replace(sub, period=period, coverage=None, next_coverage=None, renewed_for=None)
    ).with_outcome(Outcome.PERIOD_SKIPPED)
