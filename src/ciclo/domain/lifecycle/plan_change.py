"""Changing plan, version or quantity, and the payment method.

The preview of a change is the decision itself, not committed: the two agree to the cent (rule 14).
Source: billing rules 8 to 14, 17.
"""

from dataclasses import replace
from datetime import date, timedelta

from ciclo.domain.account import Account
from ciclo.domain.errors.general import CurrencyMismatch
from ciclo.domain.errors.payments import InvoiceUnpaid
from ciclo.domain.errors.subscriptions import AlreadyCancelled, SamePlan, SubscriptionNotActive
from ciclo.domain.events.commands import (
    ChangeTiming,
    PaymentMethodUpdated,
    PlanChanged,
)
from ciclo.domain.events.facts import PlanChangeDropped
from ciclo.domain.invoice import InvoiceKind, InvoiceStatus, Line
from ciclo.domain.lifecycle.allocation import creditable_amount
from ciclo.domain.lifecycle.billing import collect_invoice, issue_invoice, new_invoice, request_charge
from ciclo.domain.lifecycle.decision import Decision, EventContext, Outcome
from ciclo.domain.lifecycle.invoices import is_being_tried
from ciclo.domain.period import Period, period_containing
from ciclo.domain.plan import Terms, same_offer
from ciclo.domain.proration import service_line, unused_line
from ciclo.domain.subscription import Coverage, Status, Subscription


def on_plan_changed(decision: Decision, change: PlanChanged, ctx: EventContext) -> Decision:
    """Change the terms: in trial freely, else now with proration or at the end of the period.

    Raises:
        AlreadyCancelled, SubscriptionNotActive: there is nothing running to change.
        SamePlan: plan, version and quantity stay as they are, and no other change is scheduled.
        CurrencyMismatch: the new plan is sold in another currency.
        InvoiceUnpaid: the change would give credit for days that were not paid.
    """
    sub = decision.account.subscription
    upgrade = change.terms.monthly_price >= sub.terms.monthly_price
    timing = change.timing or (ChangeTiming.IMMEDIATE if upgrade else ChangeTiming.PERIOD_END)
    _require_changeable(sub, change.terms, timing)
    if same_offer(sub.terms, change.terms):
        return decision.with_subscription(replace(sub, pending_change=None)).with_outcome(
            Outcome.CHANGE_DROPPED
        )
    if sub.status is Status.TRIALING:
        return _change_in_trial(decision, change.terms, ctx)
    # On the boundary itself the next period's price is what changes: nothing is prorated.
    if timing is ChangeTiming.PERIOD_END or ctx.today >= sub.period.end:
        scheduled = replace(sub, pending_change=change.terms, cancel_at_period_end=False, cancel_reason=None)
        return decision.with_subscription(scheduled).with_outcome(Outcome.CHANGE_SCHEDULED)
    return _change_now(decision, change.terms, ctx)


def on_plan_change_dropped(decision: Decision, dropped: PlanChangeDropped, _: EventContext) -> Decision:
    """Stay with the present terms: the scheduled ones are those of another live subscription (rule 42)."""
    sub = decision.account.subscription
    if sub.pending_change is None or sub.pending_change.plan_id != dropped.plan_id:
        return decision
    return decision.with_subscription(replace(sub, pending_change=None)).with_outcome(Outcome.CHANGE_DROPPED)


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
        if not is_being_tried(decision.account, invoice, updated.method.kind):
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
    return account.with_invoice(replace(invoice, credited=invoice.credited - line.total)), line


def is_period_paid(account: Account) -> bool:
    """Return whether the current period is paid for, or was not billed.

    Days of an earlier invoice may have paid for it in part: then that one has to be paid too.
    """
    coverage = account.subscription.coverage
    if coverage is None:
        return True
    owed = any(invoice.credited for invoice in account.open_invoices())
    return not owed and account.invoices[coverage.invoice_id].status is InvoiceStatus.PAID


def _change_in_trial(decision: Decision, terms: Terms, ctx: EventContext) -> Decision:
    """Change for free; the trial's end is counted anew from its ORIGINAL start (rule 10)."""
    sub = decision.account.subscription
    start = sub.period.start
    end = max(start + timedelta(days=terms.trial_days), ctx.today)
    trial = Period(start, end)
    changed = replace(
        sub,
        terms=terms,
        trial=trial,
        period=trial,
        anchor=end,
        cancel_at_period_end=False,
        cancel_reason=None,
    )
    return decision.with_subscription(changed).with_outcome(Outcome.PLAN_CHANGED)


def _change_now(decision: Decision, terms: Terms, ctx: EventContext) -> Decision:
    """Credit the unused days of the old terms, charge the same days of the new ones, on one invoice.

    With another interval a full new period starts today and the anchor moves to it (rules 11 to 13).
    """
    sub = decision.account.subscription
    on = max(ctx.today, sub.period.start)
    if terms.billing_cycle is sub.terms.billing_cycle:
        anchor, full = sub.anchor, period_containing(sub.anchor, terms.billing_cycle, on)
        period, service = sub.period, Period(on, full.end)
    else:
        anchor, full = on, period_containing(on, terms.billing_cycle, on)
        period = service = full
    covered = is_period_paid(decision.account)
    account, credit = unused_credit(decision.account, on=on)
    charge = service_line(terms, service=service, full=full, policy=ctx.policy)
    lines = (credit, charge) if credit else (charge,)
    if sum(line.total for line in lines) < 0 and not covered:
        raise InvoiceUnpaid
    invoice = new_invoice(
        account, lines=lines, period=service, issued_at=ctx.at, kind=InvoiceKind.PLAN_CHANGE, ctx=ctx
    )
    changed = replace(
        sub,
        terms=terms,
        anchor=anchor,
        period=period,
        coverage=Coverage(invoice_id=invoice.id, line=charge),
        pending_change=None,
        cancel_at_period_end=False,
        cancel_reason=None,
    )
    decision = issue_invoice(replace(decision, account=account.with_subscription(changed)), invoice)
    return collect_invoice(decision, invoice.id, ctx).with_outcome(Outcome.PLAN_CHANGED)


def _require_changeable(sub: Subscription, terms: Terms, timing: ChangeTiming) -> None:
    pending = sub.pending_change
    if not sub.is_live:
        raise AlreadyCancelled(sub.id)
    if sub.status not in {Status.TRIALING, Status.ACTIVE}:
        raise SubscriptionNotActive(sub.status)
    if terms.currency != sub.terms.currency:
        raise CurrencyMismatch(expected=sub.terms.currency, given=terms.currency).at("plan_id")
    if pending is None and same_offer(terms, sub.terms):
        raise SamePlan
    if pending is not None and same_offer(terms, pending) and timing is ChangeTiming.PERIOD_END:
        raise SamePlan
