"""Arrival of refunds: by when the payer has the money, and which ones are late.

Source: billing rule 23.
"""

from datetime import date, datetime, timedelta
from typing import Final

from ciclo.domain.bank_days import add_business_days
from ciclo.domain.payment import Refund, RefundStatus
from ciclo.domain.period import local_date, start_of_day
from ciclo.domain.policy import Policy

REFUND_DAYS_MAX: Final = 30
"""Business days that a refund may be said to take."""

_LOOK_BACK_DAYS_MAX: Final = 4 * REFUND_DAYS_MAX
"""More days than so many business days ever span."""


def arrival_day(refund: Refund, *, days: int, policy: Policy) -> date:
    """Return the day by which the payer has the money: *days* business days after it was asked for."""
    asked_on = local_date(refund.created_at, policy.timezone)
    return add_business_days(asked_on, days, policy.banking_days)


def is_late(refund: Refund, *, today: date, days: int, policy: Policy) -> bool:
    """Return whether its day has passed, and its provider has not said that it went through."""
    return refund.status is RefundStatus.PENDING and today > arrival_day(refund, days=days, policy=policy)


def late_before(today: date, *, days: int, policy: Policy) -> datetime:
    """Return the instant before which a refund was asked for that is late on *today*."""
    days_back = (today - timedelta(days=ago) for ago in range(_LOOK_BACK_DAYS_MAX))
    day = next(day for day in days_back if add_business_days(day, days, policy.banking_days) < today)
    return start_of_day(day + timedelta(days=1), policy.timezone)
