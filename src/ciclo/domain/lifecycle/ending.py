"""The end of a subscription, for whatever reason: it is final.

Source: billing rules 17, 18.
"""

from dataclasses import replace
from datetime import datetime

from ciclo.domain.invoice import VoidReason
from ciclo.domain.lifecycle.allocation import void_invoice
from ciclo.domain.lifecycle.awaited_change import drop_awaited_change
from ciclo.domain.lifecycle.decision import Decision, EventContext, Outcome
from ciclo.domain.subscription import EndReason


def end_subscription(decision: Decision, *, at: datetime, reason: EndReason) -> Decision:
    """End the subscription for good; open invoices stay owed (rule 18), but that of a change that waits."""
    decision = drop_awaited_change(decision, at=at)
    sub = decision.account.subscription
    over = replace(sub, ended_at=at, end_reason=reason, pending_change=None, coverage=None)
    return decision.with_subscription(over).with_outcome(Outcome.CANCELLED)


def end_never_paid(decision: Decision, ctx: EventContext) -> Decision:
    """End without a debt: service never began."""
    account = decision.account
    for invoice in account.open_invoices():
        account = void_invoice(account, invoice.id, at=ctx.at, reason=VoidReason.NEVER_PAID)
    return end_subscription(replace(decision, account=account), at=ctx.at, reason=EndReason.NEVER_PAID)
