"""The end of a subscription, for whatever reason: it is final.

Source: billing rules 14, 15, 17, 18.
"""

from datetime import datetime

from ciclo.copies import replace
from ciclo.domain.invoice import VoidReason
from ciclo.domain.lifecycle.billing import issue_invoice
from ciclo.domain.lifecycle.changes.awaited_change import drop_awaited_change
from ciclo.domain.lifecycle.changes.waiting_lines import end_waiting_lines
from ciclo.domain.lifecycle.decision import Decision, EventContext, Outcome
from ciclo.domain.lifecycle.one_off import last_lines, new_one_off
from ciclo.domain.lifecycle.payments.allocation import void_invoice
from ciclo.domain.payment import Payment, is_card
from ciclo.domain.payments.attempt import drop_attempt
from ciclo.domain.subscription import EndReason


def end_subscription(
    decision: Decision, ctx: EventContext, *, reason: EndReason, gives_back: bool = False
) -> Decision:
    """End the subscription for good; open invoices stay owed, and are paid on request only (rules 15, 18).

    That of a change that waits is withdrawn. Lines that wait for an invoice are reckoned up to today;
    *gives_back* credits the unused days of them, which a pause has done already. Items that wait, and the fee
    for its end, are a last invoice, unless the customer withdraws (rule 37).
    """
    sub = decision.account.subscription
    decision = drop_awaited_change(decision, at=ctx.at)
    decision = end_waiting_lines(decision, ctx, gives_back=gives_back or sub.paused_on is not None)
    lines = () if reason is EndReason.WITHDRAWN else last_lines(sub, on=ctx.today, policy=ctx.policy)
    if lines:
        decision = issue_invoice(decision, new_one_off(decision, lines, ctx), ctx)
    account = decision.account
    for invoice in account.open_invoices():
        for payment in account.payments_of(invoice.id):
            account = account.with_payment(_withdraw_code(payment, at=ctx.at))
    over = replace(
        account.subscription,
        ended_at=ctx.at,
        end_reason=reason,
        pending_change=None,
        coverage=None,
        cancel_at_period_end=False,
        cancel_penalty=None,
        items=(),
        pause_at_period_end=False,
        pause_on=None,
        resume_on=None,
        recovering_since=None,
    )
    decision = replace(decision, account=account.with_subscription(over))
    return decision.with_outcome(Outcome.CANCELLED)


def end_unpaid(decision: Decision, ctx: EventContext, *, reason: EndReason) -> Decision:
    """End without a debt: nothing was ever paid, so service never began.

    An invoice that gave credit, and is owed again since its money was lost, stays owed: that is in use. So
    does a one-off invoice: it is for something else.
    """
    account = decision.account
    for invoice in account.open_service_invoices():
        if invoice.credited:
            continue
        account = void_invoice(account, invoice.id, at=ctx.at, reason=VoidReason.NEVER_PAID)
    return end_subscription(replace(decision, account=account), ctx, reason=reason)


def _withdraw_code(payment: Payment, *, at: datetime) -> Payment:
    """Stop waiting for a code; a card's answer is still to come, and money that comes all the same counts."""
    if is_card(payment) or not payment.in_flight:
        return payment
    return drop_attempt(payment, attempt=payment.attempts, at=at)
