"""The end of a subscription, for whatever reason: it is final.

Source: billing rules 17, 18.
"""

from dataclasses import replace
from datetime import datetime

from ciclo.domain.lifecycle.decision import Context, Decision, Outcome
from ciclo.domain.lifecycle.settlement import withdrawn
from ciclo.domain.subscription import EndReason


def end_subscription(decision: Decision, *, at: datetime, reason: EndReason) -> Decision:
    """End the subscription for good; open invoices stay owed (rule 18)."""
    sub = decision.account.subscription
    over = replace(sub, ended_at=at, end_reason=reason, pending_change=None, coverage=None)
    return decision.with_subscription(over).ending_in(Outcome.CANCELLED)


def give_up(decision: Decision, ctx: Context) -> Decision:
    """End without a debt: service never began."""
    account = decision.account
    for invoice in account.open_invoices():
        account = withdrawn(account, invoice.id, at=ctx.at)
    return end_subscription(replace(decision, account=account), at=ctx.at, reason=EndReason.NEVER_PAID)
