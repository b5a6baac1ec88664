"""Rule 23: by when the money of a refund arrives, and which refunds are late."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from ciclo.domain.bank_days import BankingDays
from ciclo.domain.ids import RefundId
from ciclo.domain.payment import Refund, RefundStatus
from ciclo.domain.payments.arrival import arrival_day, is_late, late_before
from tests.builders import POLICY, noon

BR = replace(POLICY, banking_days=BankingDays.BR)


def asked(day: date, status: RefundStatus = RefundStatus.PENDING) -> Refund:
    return Refund(id=RefundId("ref_1"), amount=1000, status=status, created_at=noon(day))


@pytest.mark.parametrize(
    ("day", "by"),
    [
        # Thursday 8 January 2026: Fri 9, Mon 12, Tue 13, Wed 14, Thu 15
        (date(2026, 1, 8), date(2026, 1, 15)),
        # Saturday: Mon 12 to Fri 16
        (date(2026, 1, 10), date(2026, 1, 16)),
        # Friday before Carnival: Mon 16 and Tue 17 are closed; Wed 18, Thu 19, Fri 20, Mon 23, Tue 24
        (date(2026, 2, 13), date(2026, 2, 24)),
    ],
)
def test_money_arrives_five_banking_days_after_it_was_asked_for(day: date, by: date) -> None:
    assert arrival_day(asked(day), days=5, policy=BR) == by


def test_without_banking_days_monday_to_friday_count() -> None:
    # Thursday 12 February: Fri 13, Mon 16, Tue 17 (Carnival is a holiday of none), Wed 18, Thu 19
    assert arrival_day(asked(date(2026, 2, 12)), days=5, policy=POLICY) == date(2026, 2, 19)


@pytest.mark.parametrize(
    ("status", "today", "late"),
    [
        (RefundStatus.PENDING, date(2026, 1, 15), False),
        (RefundStatus.PENDING, date(2026, 1, 16), True),
        (RefundStatus.SUCCEEDED, date(2026, 1, 16), False),
        (RefundStatus.FAILED, date(2026, 1, 16), False),
    ],
)
def test_a_refund_is_late_once_its_day_is_over_and_nothing_was_heard(
    status: RefundStatus, today: date, *, late: bool
) -> None:
    assert is_late(asked(date(2026, 1, 8), status), today=today, days=5, policy=BR) is late


@pytest.mark.parametrize("policy", [POLICY, BR])
@pytest.mark.parametrize("days", [0, 5, 30])
def test_the_list_of_late_refunds_has_those_that_are_late_and_no_others(policy: object, days: int) -> None:
    chosen = BR if policy is BR else POLICY
    today = date(2026, 3, 2)
    bound = late_before(today, days=days, policy=chosen)

    for ago in range(90):
        refund = asked(today - timedelta(days=ago))
        assert is_late(refund, today=today, days=days, policy=chosen) is (refund.created_at < bound)
