"""Subscriptions as rows: who has which plan, since when, and what it is worth a month."""

from typing import Final

from ciclo.domain.metrics import mrr_of
from ciclo.domain.subscription import Subscription
from ciclo.exports.cells import decimal
from ciclo.exports.formats import Row

COLUMNS: Final = (
    "subscription_id",
    "created_at",
    "status",
    "plan_id",
    "plan_version",
    "plan_name",
    "billing_cycle",
    "quantity",
    "price",
    "mrr",
    "currency",
    "period_start",
    "period_end",
    "next_billing_date",
    "trial_start",
    "trial_end",
    "activated_at",
    "pending_plan_id",
    "cancel_at_period_end",
    "cancel_reason",
    "paused_on",
    "ended_at",
    "end_reason",
    "method",
    "customer_id",
    "customer_email",
)


def subscription_row(subscription: Subscription, email: str | None) -> Row:
    """Return *subscription* as the cells of COLUMNS; `price` is that of a whole period."""
    terms, trial = subscription.terms, subscription.trial
    pending, method, reason = subscription.pending_change, subscription.method, subscription.end_reason
    return (
        subscription.id,
        subscription.created_at,
        subscription.status.value,
        terms.plan_id,
        terms.plan_version,
        terms.plan_name,
        terms.billing_cycle.value,
        terms.quantity,
        decimal(terms.price, terms.currency),
        decimal(mrr_of(subscription), terms.currency),
        terms.currency,
        subscription.period.start,
        subscription.period.end,
        subscription.next_billing_date,
        trial.start if trial else None,
        trial.end if trial else None,
        subscription.activated_at,
        pending.plan_id if pending else None,
        subscription.cancel_at_period_end,
        subscription.cancel_reason,
        subscription.paused_on,
        subscription.ended_at,
        reason.value if reason else None,
        method.kind.value if method else None,
        subscription.customer_id,
        email,
    )
