"""Nobody gets more days than they paid for, by any sequence of what self-service takes (rules 39, 40)."""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ciclo.domain.events.commands import ChangeTiming, Proration, SubscriptionPaused
from ciclo.domain.period import BillingCycle
from tests.builders import terms
from tests.domain.self_service_life import Customer, Wish

FREE: Final = terms(0, plan="free", trial_days=0)
BASIC: Final = terms(2990, plan="basic", trial_days=0)
SEATS: Final = replace(BASIC, quantity=3)
STUDIO: Final = terms(29_995, plan="studio", trial_days=0)
TRIED: Final = terms(5990, plan="tried", trial_days=7)
CHEAP_YEAR: Final = terms(1200, plan="cheap year", cycle=BillingCycle.ANNUAL, trial_days=0)
YEAR: Final = terms(99_900, plan="year", cycle=BillingCycle.ANNUAL, trial_days=0)
QUARTER: Final = terms(8000, plan="quarter", cycle=BillingCycle.QUARTERLY, trial_days=0)
PLANS: Final = [FREE, BASIC, SEATS, STUDIO, TRIED, CHEAP_YEAR, YEAR, QUARTER]

HALF_DAY: Final = timedelta(hours=12)
HOUR: Final = timedelta(hours=1)
"""From half past eleven at night to half past midnight, too."""

TRUST_DAYS_MAX: Final = 14
"""Of one renewal that is not paid: a code is due on its boundary, or on the next banking day, four days
later at the most, and grace is seven days from the day after that. The debt stops whatever would make another
one."""

WITHDRAWAL_DAYS: Final = 8
"""Of the one contract that is withdrawn from in whole: the day of its payment, and seven after it."""

WISHES: Final = st.builds(
    Wish,
    what=st.sampled_from(
        [
            *("create", "create", "pay", "pay code", "pay code", "pause", "pause", "pause at end"),
            *("resume", "resume", "change", "change", "change", "leave", "leave now", "stay"),
            *("withdraw", "method"),
        ]
    ),
    after=st.sampled_from(
        [timedelta(), HOUR, HALF_DAY, HALF_DAY, *(timedelta(days=days) for days in (1, 2, 6, 9, 20, 31))]
    ),
    terms=st.sampled_from(PLANS),
    timing=st.none() | st.sampled_from(ChangeTiming),
    proration=st.sampled_from([Proration.NOW, Proration.NOW, Proration.FULL]),
    method=st.sampled_from(["good card", "good card", "bad card", "pix"]),
    late=st.booleans(),
)

CREATE: Final = Wish(what="create", terms=BASIC)
BY_NIGHT: Final = timedelta(hours=23)


def check(customer: Customer) -> None:
    """Compare the days that were had with what was paid for them."""
    had = customer.value_had()
    paid = customer.money_spent() + customer.reversed_days + customer.rounding()
    assert had <= paid, f"days worth {float(had):.2f} were had for {float(paid):.2f}, in cents"
    assert len(customer.owed_days()) <= TRUST_DAYS_MAX + customer.slept
    assert len([key for key in customer.days if key[0] in customer.free]) <= WITHDRAWAL_DAYS
    assert len(customer.free) <= 1


@example(
    begins=date(2027, 1, 1),
    wishes=[
        CREATE,
        *(
            Wish(what=what, after=after)
            for _ in range(45)
            for what, after in (("pause", BY_NIGHT), ("resume", HOUR))
        ),
    ],
)
@example(
    begins=date(2027, 1, 1),
    wishes=[
        CREATE,
        *(
            Wish(what="change", after=after, terms=terms, timing=ChangeTiming.IMMEDIATE)
            for _ in range(45)
            for terms, after in ((STUDIO, HOUR), (BASIC, BY_NIGHT))
        ),
    ],
)
@example(
    begins=date(2027, 1, 1),
    wishes=[
        one for _ in range(45) for one in (replace(CREATE, after=HOUR), Wish(what="withdraw", after=BY_NIGHT))
    ],
)
@example(
    begins=date(2027, 1, 1),
    wishes=[
        one
        for _ in range(6)
        for one in (
            Wish(what="create", terms=FREE, method="pix"),
            Wish(what="change", terms=STUDIO),
            Wish(what="leave now", after=timedelta(days=7)),
        )
    ],
)
@example(
    begins=date(2027, 1, 1),
    wishes=[
        one
        for _ in range(4)
        for one in (
            CREATE,
            Wish(what="method", method="bad card"),
            Wish(what="leave now", after=timedelta(days=37)),
        )
    ],
)
@given(
    begins=st.dates(date(2026, 12, 20), date(2027, 3, 3)),
    wishes=st.lists(WISHES, min_size=3, max_size=40),
)
def test_nobody_gets_more_days_than_they_paid_for(begins: date, wishes: list[Wish]) -> None:
    customer = Customer(begins)
    for wish in wishes:
        customer.ask(wish)
        check(customer)
    customer.advance(timedelta(days=40))
    check(customer)


def test_the_count_is_exact_where_all_days_are_paid() -> None:
    customer = Customer(date(2027, 1, 1))
    customer.ask(CREATE)
    customer.advance(timedelta(days=40))

    # January whole, and 10 of February's 28 days: 29.90 + 10.678...
    assert customer.value_had() == customer.money_spent() == 2990 + Fraction(10 * 2990, 28)


def test_the_count_sees_a_day_that_is_given_away() -> None:
    customer = Customer(date(2027, 1, 1))
    customer.ask(CREATE)
    customer.advance(timedelta(days=9))
    # An operator's pause begins at once: the day, which was had, is credited with those that follow
    [account] = customer.accounts
    customer.apply(0, customer.event(SubscriptionPaused(), account.subscription.id))

    assert customer.value_had() - customer.money_spent() > 96
    with pytest.raises(AssertionError, match="days worth"):
        check(customer)
