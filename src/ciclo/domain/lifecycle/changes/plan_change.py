"""Changing plan, version or quantity, and the payment method.

The preview of a change is the decision itself, not committed: the two agree to the cent (rule 14).
Source: billing rules 8 to 14, 17, 39.
"""

from datetime import date, timedelta

from ciclo.copies import replace
from ciclo.domain.account import Account
from ciclo.domain.coupons.discounted_lines import discount_lines
from ciclo.domain.errors.general import CurrencyMismatch, Forbidden
from ciclo.domain.errors.payments import InvoiceUnpaid, NoPaymentMethod, PaymentInProgress
from ciclo.domain.errors.subscriptions import (
    AlreadyCancelled,
    CancellationScheduled,
    SamePlan,
    SubscriptionNotActive,
)
from ciclo.domain.events.commands import (
    ChangeTiming,
    PaymentMethodUpdated,
    PlanChanged,
    Proration,
)
from ciclo.domain.invoice import Invoice, InvoiceKind, InvoiceStatus, Line, LineKind, credit_invoice
from ciclo.domain.lifecycle.billing import (
    collect_invoice,
    count_discounts,
    issue_invoice,
    new_invoice,
    request_charge,
)
from ciclo.domain.lifecycle.calendar import automatic_method
from ciclo.domain.lifecycle.changes.awaited_change import (
    begin_awaited_change,
    can_be_charged,
    drop_awaited_change,
    is_trusted_to_pay_later,
    without_plans,
)
from ciclo.domain.lifecycle.changes.trial import end_trial_now, with_trial_end
from ciclo.domain.lifecycle.changes.waiting_lines import shorten_charges
from ciclo.domain.lifecycle.decision import Decision, EventContext, Outcome
from ciclo.domain.lifecycle.invoices import is_being_tried
from ciclo.domain.lifecycle.payments.allocation import creditable_amount
from ciclo.domain.lifecycle.stub import begin_full_period, charge_from
from ciclo.domain.payment import MethodKind
from ciclo.domain.period import period_containing
from ciclo.domain.plan import Terms, is_upgrade, same_offer, same_plan
from ciclo.domain.proration import service_line, unused_line
from ciclo.domain.subscription import AwaitedChange, Status, Subscription, WaitingLines


def on_plan_changed(decision: Decision, change: PlanChanged, ctx: EventContext) -> Decision:
    """Change the terms: in trial freely, else now with proration, once paid, or at the end of the period.

    Raises:
        AlreadyCancelled, SubscriptionNotActive: there is nothing running to change.
        SamePlan: it is so already, is scheduled so, or awaits its payment.
        CurrencyMismatch: the new plan is sold in another currency.
        InvoiceUnpaid: the change would give credit for days that were not paid.
        NoPaymentMethod: it costs more, and there is nothing to charge.
        PaymentInProgress: a card is being charged for the change that this one would replace.
        CancellationScheduled: its lines would wait for an invoice that never comes.
        Forbidden: it would give money back, which is the operator's, or this seller's customers' too.
    """
    sub = decision.account.subscription
    timing = change.timing or _usual_timing(sub, change.terms)
    _require_changeable(decision.account, change.terms, timing)
    decision = drop_awaited_change(decision, at=ctx.at)
    sub = decision.account.subscription
    if same_offer(sub.terms, change.terms):
        return decision.with_subscription(replace(sub, pending_change=None)).with_outcome(
            Outcome.CHANGE_DROPPED
        )
    # On the boundary itself the next period's price is what changes: nothing is prorated.
    if timing is ChangeTiming.PERIOD_END or ctx.today >= sub.period.end:
        return _schedule_change(decision, change.terms)
    if sub.status is Status.TRIALING:
        return _change_in_trial(decision, change.terms, ctx)
    if change.proration is Proration.NONE:
        return _change_without_lines(decision, change.terms)
    return _change_now(decision, change, ctx)


def on_method_updated(decision: Decision, updated: PaymentMethodUpdated, ctx: EventContext) -> Decision:
    """Pay by another method from now on; what is failing or waits for a method is charged to it at once.

    Raises:
        AlreadyCancelled: it has ended.
    """
    sub = decision.account.subscription
    if not sub.is_live:
        raise AlreadyCancelled(sub.id)
    decision = decision.with_subscription(replace(sub, method=updated.method))
    for invoice in decision.account.open_invoices():
        if invoice.dunning is not None:
            invoice = replace(invoice, dunning=replace(invoice.dunning, hard=False))
            decision = decision.with_invoice(invoice)
        is_tried = is_being_tried(decision.account, invoice, updated.method.kind)
        if automatic_method(decision.account.subscription) is not None and not is_tried:
            decision = request_charge(decision, invoice, updated.method, at=ctx.at, ctx=ctx)
    return decision.with_outcome(Outcome.METHOD_UPDATED)


def unused_credit(account: Account, *, on: date) -> tuple[Account, Line | None]:
    """Return the credit for what is paid of the current period from *on*, and the account that gave it.

    The line is marked as given back on the invoice that billed it, so that it can't go back twice.
    """
    sub = account.subscription
    if sub.coverage is None:
        return account, None
    invoice = account.invoices[sub.coverage.invoice_id]
    charged_line = sub.coverage.line
    line = unused_line(
        charged_line, unused=charged_line.service.from_day(on), left=creditable_amount(account, invoice)
    )
    if line is None:
        return account, None
    return account.with_invoice(credit_invoice(invoice, -line.total, tax=-line.tax)), line


def is_period_paid(account: Account) -> bool:
    """Return whether the current period is paid for, or was not billed.

    Days of an earlier invoice may have paid for it in part: then that one has to be paid too.
    """
    sub = account.subscription
    if sub.coverage is None and sub.waiting is None:
        return True
    owed = any(invoice.credited for invoice in account.open_service_invoices())
    if owed or sub.coverage is None:
        return not owed
    return account.invoices[sub.coverage.invoice_id].status is InvoiceStatus.PAID


def _usual_timing(sub: Subscription, terms: Terms) -> ChangeTiming:
    at_once = sub.status is Status.TRIALING or is_upgrade(sub.terms, terms)
    return ChangeTiming.IMMEDIATE if at_once else ChangeTiming.PERIOD_END


def _schedule_change(decision: Decision, terms: Terms) -> Decision:
    """Change at the end of the period. Of a scheduled plan a change of quantity alone takes the quantity."""
    sub = decision.account.subscription
    if not same_plan(sub.terms, terms):
        scheduled = replace(without_plans(sub), pending_change=terms)
    else:
        planned = replace(sub.pending_change or terms, quantity=terms.quantity)
        scheduled = replace(sub, pending_change=planned)
    return decision.with_subscription(scheduled).with_outcome(Outcome.CHANGE_SCHEDULED)


def _change_in_trial(decision: Decision, terms: Terms, ctx: EventContext) -> Decision:
    """Change for free; the trial's end is counted anew from its ORIGINAL start (rule 10).

    If that has passed the trial ends in this moment, and its first period is billed.
    """
    sub = decision.account.subscription
    kept = sub if same_plan(sub.terms, terms) else without_plans(sub)
    start = sub.period.start
    end = sub.period.end
    if not same_plan(sub.terms, terms):
        end = max(start + timedelta(days=terms.trial_days), ctx.today, sub.trial_extended_to or start)
    decision = decision.with_subscription(with_trial_end(replace(kept, terms=terms), end))
    if end <= ctx.today:
        decision = end_trial_now(decision, ctx)
    return decision.with_outcome(Outcome.PLAN_CHANGED)


def _change_without_lines(decision: Decision, terms: Terms) -> Decision:
    """Change at once and bill nothing: the period that is billed runs on, the next one is of the new terms.

    With another interval the anchor moves to that boundary (rules 12, 14).
    """
    sub = decision.account.subscription
    anchor = sub.anchor if terms.billing_cycle is sub.terms.billing_cycle else sub.period.end
    kept = sub if same_plan(sub.terms, terms) else without_plans(sub)
    changed = replace(kept, terms=terms, anchor=anchor)
    return decision.with_subscription(changed).with_outcome(Outcome.PLAN_CHANGED)


def _change_now(decision: Decision, change: PlanChanged, ctx: EventContext) -> Decision:
    """Credit the unused days of the old terms, charge the same days of the new ones, on one invoice.

    If its period is another one, or if that is asked for, a full new period starts today and the anchor moves
    to it (rules 11 to 14). What is to pay is paid first; what may wait is billed with the next invoice.
    """
    sub, terms = decision.account.subscription, change.terms
    on = max(ctx.today, sub.period.start)
    in_period = change.proration is not Proration.FULL and _fits_period(sub, terms, on=on)
    if in_period:
        begun = replace(sub, terms=terms)
        charge = charge_from(sub, on=on, terms=terms, policy=ctx.policy)
    else:
        begun = begin_full_period(sub, terms, on=on, is_credited=change.proration is not Proration.FULL)
        period, profile = begun.period, sub.tax_profile
        charge = service_line(terms, service=period, full=period, policy=ctx.policy, profile=profile)
    (charge,) = discount_lines([charge], begun.discounts, terms=terms, until=begun.period.end)
    covered = is_period_paid(decision.account)
    account, before = _credit_lines(decision.account, change, on=on)
    lines = (*before, charge)
    gives_back = sum(line.total for line in lines) < 0
    if gives_back and not covered:
        raise InvoiceUnpaid
    began_today = sub.coverage is None or sub.coverage.line.service.start >= ctx.today
    may_give_back = change.may_credit and (change.may_reverse or not began_today)
    if gives_back and not may_give_back:
        if change.timing is None:
            return _schedule_change(decision, terms)
        raise Forbidden("only an operator gives these days back: change later", field=("timing",))
    if change.proration is Proration.NEXT_INVOICE and in_period:
        return _let_lines_wait(replace(decision, account=account), terms, lines)
    invoice = new_invoice(
        account, lines=lines, period=charge.service, issued_at=ctx.at, kind=InvoiceKind.PLAN_CHANGE, ctx=ctx
    )
    awaited = AwaitedChange(
        terms=terms,
        invoice_id=invoice.id,
        on=on,
        anchor=begun.anchor,
        period=begun.period,
        until=sub.period.end,
        discounts=() if in_period else count_discounts(begun, charge).discounts,
    )
    waits = account.with_subscription(replace(sub, awaited_change=awaited))
    return _bill_change(replace(decision, account=waits), invoice, ctx)


def _fits_period(sub: Subscription, terms: Terms, *, on: date) -> bool:
    """Return whether the current period ends as one of *terms* does that *on* is in.

    It does not with another interval, nor where a change without lines let the period of another one run on.
    """
    if terms.billing_cycle is not sub.terms.billing_cycle:
        return False
    return period_containing(sub.anchor, terms.billing_cycle, on).end == sub.period.end


def _credit_lines(account: Account, change: PlanChanged, *, on: date) -> tuple[Account, tuple[Line, ...]]:
    """Return what comes before the charge: the lines that wait, and the credit for what is paid from *on*.

    A full new period credits nothing. What waits is on no invoice yet: its charge is shortened instead.
    """
    lines = account.subscription.waiting_lines
    if change.proration is Proration.FULL:
        return account, lines
    account, credit = unused_credit(account, on=on)
    return account, (*shorten_charges(lines, until=on), *([credit] if credit else []))


def _let_lines_wait(decision: Decision, terms: Terms, lines: tuple[Line, ...]) -> Decision:
    """Change at once; *lines* are billed with the next invoice."""
    sub = decision.account.subscription
    kept = sub if same_plan(sub.terms, terms) else without_plans(sub)
    if kept.cancel_at_period_end:
        raise CancellationScheduled
    credits_now = sub.coverage if any(line.kind is LineKind.UNUSED for line in lines) else None
    before = sub.waiting.invoice_id if sub.waiting else None
    waiting = WaitingLines(lines=lines, invoice_id=credits_now.invoice_id if credits_now else before)
    changed = replace(kept, terms=terms, coverage=None, waiting=waiting)
    return decision.with_subscription(changed).with_outcome(Outcome.PLAN_CHANGED)


def _bill_change(decision: Decision, invoice: Invoice, ctx: EventContext) -> Decision:
    """Issue the invoice that a change awaits the payment of: it takes effect at once if nothing is to pay."""
    sub = decision.account.subscription
    awaited = sub.awaited_change
    assert awaited is not None  # it is what is billed
    issued = issue_invoice(decision, invoice, ctx)
    if invoice.total and not can_be_charged(sub):
        raise NoPaymentMethod
    if not invoice.total or is_trusted_to_pay_later(sub):
        issued = replace(issued, account=begin_awaited_change(issued.account, awaited))
        return collect_invoice(issued, invoice.id, ctx).with_outcome(Outcome.PLAN_CHANGED)
    return collect_invoice(issued, invoice.id, ctx).with_outcome(Outcome.CHANGE_AWAITS_PAYMENT)


def _require_changeable(account: Account, terms: Terms, timing: ChangeTiming) -> None:
    sub = account.subscription
    pending, awaited = sub.pending_change, sub.awaited_change
    if not sub.is_live:
        raise AlreadyCancelled(sub.id)
    if sub.status not in {Status.TRIALING, Status.ACTIVE}:
        raise SubscriptionNotActive(sub.status)
    if terms.currency != sub.terms.currency:
        raise CurrencyMismatch(expected=sub.terms.currency, given=terms.currency).at("plan_id")
    if pending is None and awaited is None and same_offer(terms, sub.terms):
        raise SamePlan
    later = timing is ChangeTiming.PERIOD_END
    if pending is not None and same_offer(terms, pending) and later:
        raise SamePlan
    if awaited is None:
        return
    if same_offer(terms, awaited.terms) and not later:
        raise SamePlan
    if is_being_tried(account, account.invoices[awaited.invoice_id], MethodKind.CREDIT_CARD):
        raise PaymentInProgress
