"""Granting credit, and its expiry.

Source: billing rule 23.
"""

from ciclo.copies import replace
from ciclo.domain.errors.general import AmountOutOfRange, DateInPast
from ciclo.domain.events.commands import CreditGranted
from ciclo.domain.events.facts import CreditExpired
from ciclo.domain.lifecycle.decision import Decision, EventContext, Outcome
from ciclo.domain.payments.grant import Grant
from ciclo.domain.subscription import GrantExpiry


def on_credit_granted(decision: Decision, order: CreditGranted, ctx: EventContext) -> Decision:
    """Put a grant onto the balance; this subscription's clock ends it.

    Raises:
        AmountOutOfRange: it is nothing.
        DateInPast: its last day is over.
    """
    if order.amount <= 0:
        raise AmountOutOfRange
    if order.expires_on is not None and order.expires_on < ctx.today:
        raise DateInPast("a grant expires today at the earliest", field=("expires_on",))
    grant = Grant(
        id=order.grant_id,
        amount=order.amount,
        left=order.amount,
        reason=order.reason,
        granted_at=ctx.at,
        expires_on=order.expires_on,
    )
    account = decision.account
    account = replace(
        account, credit=account.credit + grant.amount, grants=(*account.grants, grant)
    ).with_subscription(account.subscription.with_expiries([grant]))
    return replace(decision, account=account).with_outcome(Outcome.CREDIT_GRANTED)


def on_credit_expired(decision: Decision, fact: CreditExpired, _: EventContext) -> Decision:
    """Take what is left of a grant off the balance."""
    account, sub = decision.account, decision.account.subscription
    expiry = GrantExpiry(grant_id=fact.grant_id, on=fact.on)
    if expiry not in sub.grant_expiries:
        return decision
    left = sum(grant.left for grant in account.grants if grant.id == fact.grant_id)
    account = replace(
        account,
        credit=account.credit - left,
        grants=tuple(grant for grant in account.grants if grant.id != fact.grant_id),
    ).with_subscription(
        replace(sub, grant_expiries=tuple(one for one in sub.grant_expiries if one != expiry))
    )
    return replace(decision, account=account).with_outcome(Outcome.CREDIT_EXPIRED)
