"""Withdrawing from a contract some days after its first payment: all that was paid for it goes back.

Source: billing rules 15, 39; Código de Defesa do Consumidor, article 49.
"""

from datetime import date, timedelta

from ciclo.copies import replace
from ciclo.domain.account import Account
from ciclo.domain.errors.subscriptions import AlreadyCancelled, WithdrawalClosed
from ciclo.domain.events.commands import WithdrawalRequested
from ciclo.domain.invoice import InvoiceStatus
from ciclo.domain.lifecycle.changes.cancel_pause import refund_unused_days
from ciclo.domain.lifecycle.changes.plan_change import is_period_paid
from ciclo.domain.lifecycle.changes.waiting_lines import drop_waiting_lines
from ciclo.domain.lifecycle.decision import Decision, EventContext
from ciclo.domain.lifecycle.ending import end_subscription, end_unpaid
from ciclo.domain.lifecycle.payments.allocation import amount_kept
from ciclo.domain.lifecycle.payments.money_back import Share, charge_lines, give_back, undo_invoice
from ciclo.domain.period import local_date
from ciclo.domain.policy import Policy
from ciclo.domain.subscription import EndReason, Subscription


def on_withdrawal_requested(decision: Decision, request: WithdrawalRequested, ctx: EventContext) -> Decision:
    """End now; what was paid goes back to its payments, and what is open is owed no more.

    Of a contract that follows one which was withdrawn from only the days after today go back (rule 39).
    What was never paid has nothing to give back: it ends as it does by a cancellation.

    Raises:
        AlreadyCancelled: it has ended.
        WithdrawalClosed: its days are over.
    """
    sub = decision.account.subscription
    if not sub.is_live:
        raise AlreadyCancelled(sub.id)
    last_day = withdrawal_ends_on(sub, ctx.policy)
    if last_day is None:
        return end_unpaid(decision, ctx, reason=EndReason.WITHDRAWN)
    if ctx.today > last_day:
        raise WithdrawalClosed(last_day)
    if request.keeps_served:
        return _end_with_unused_days(decision, request, ctx)
    account = drop_waiting_lines(decision.account, at=ctx.at)
    for invoice in account.open_invoices():
        account = undo_invoice(account, invoice.id, at=ctx.at)
    shares = _shares(account)
    decision = replace(decision, account=account)
    decision = give_back(decision, shares, ctx, reason="withdrawal", limits=request.limits)
    ended = end_subscription(decision, ctx, reason=EndReason.WITHDRAWN)
    return ended if ended.review is None else ended.with_review(ended.review)


def _end_with_unused_days(decision: Decision, request: WithdrawalRequested, ctx: EventContext) -> Decision:
    """End now; only the days after today go back, and what is open stays owed."""
    is_paid = is_period_paid(decision.account)
    if is_paid:
        tomorrow = ctx.today + timedelta(days=1)
        decision = refund_unused_days(decision, ctx, on=tomorrow, reason="withdrawal", limits=request.limits)
    ended = end_subscription(decision, ctx, reason=EndReason.WITHDRAWN, gives_back=is_paid)
    return ended if ended.review is None else ended.with_review(ended.review)


def withdrawal_ends_on(sub: Subscription, policy: Policy) -> date | None:
    """Return the last day on which a contract can be withdrawn from; None before its first payment."""
    paid_at = sub.first_paid_at or sub.activated_at
    if paid_at is None:
        return None
    return local_date(paid_at, policy.timezone) + timedelta(days=policy.withdrawal_days)


def _shares(account: Account) -> list[Share]:
    """Return what is left of every paid invoice."""
    shares = []
    for invoice in account.invoices.values():
        billed, left = charge_lines(invoice), amount_kept(account, invoice)
        if invoice.status is InvoiceStatus.PAID and left > 0:
            days = billed[-1].service
            shares.append(Share(invoice_id=invoice.id, billed=billed, days=days, amount=left))
    return shares
