"""Rules 4, 13, 18, 21: on a boundary's day all that happens may come in any order.

Only of a change and a cancellation does it matter which one was asked for first: the later one replaces the
other, if it is a change of plan that costs nothing or is paid.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import permutations
from typing import Final

import pytest

from ciclo.domain.account import Account, by_age
from ciclo.domain.batch import apply_due_events, balance_key
from ciclo.domain.events.commands import (
    CancellationRequested,
    ChangeTiming,
    Command,
    PlanChanged,
    Proration,
)
from ciclo.domain.events.facts import PaymentSucceeded
from ciclo.domain.forecast import forecast
from ciclo.domain.invoice import Invoice
from ciclo.domain.lifecycle import apply
from ciclo.domain.payment import PaymentMethod
from ciclo.domain.period import Period
from ciclo.domain.plan import Terms
from ciclo.domain.subscription import Status
from tests.builders import CARD, PIX, POLICY, Story, event, noon
from tests.domain.plans import BASIC, FEB_1, JAN_1, PLUS
from tests.domain.views import sums

Happening = Command | PaymentSucceeded | None
"""What happens on the day; None: a scheduler's turn, which ends the period and issues the renewal."""

CLOCK: Final = None
PAY: Final = PaymentSucceeded(amount=BASIC.price, currency="BRL")
CANCEL: Final = CancellationRequested()
CHANGES: Final = [
    PlanChanged(terms=PLUS),
    PlanChanged(terms=PLUS, timing=ChangeTiming.PERIOD_END),
    *(
        PlanChanged(terms=PLUS, proration=how)
        for how in (Proration.NEXT_INVOICE, Proration.NONE, Proration.FULL)
    ),
    PlanChanged(terms=replace(BASIC, quantity=2), timing=ChangeTiming.PERIOD_END),
]
EVENTS_MAX: Final = 10


@dataclass(frozen=True, kw_only=True)
class Outline:
    """What a subscription came to, without the names of tries that did not pay."""

    sums: tuple[Status, int, int, int]
    terms: Terms
    pending: Terms | None
    awaited: Terms | None
    period: Period
    ends: bool
    balance: int
    invoices: list[object]
    ahead: list[object]


def let(account: Account, happening: Happening) -> Account:
    """Let something happen at noon of the day; a command first does what is due."""
    if not isinstance(happening, PaymentSucceeded):
        balances = {balance_key(account.subscription): account.balance}
        due = apply_due_events(account, balances, POLICY, until=noon(FEB_1), events_max=EVENTS_MAX)
        account = due[-1].decision.account if due else account
    if happening is None:
        return account
    return apply(account, event(happening, at=FEB_1), POLICY).account


def outline(account: Account) -> Outline:
    sub = account.subscription
    ahead = forecast(account, POLICY, now=noon(FEB_1), months=3)
    return Outline(
        sums=sums(account),
        terms=sub.terms,
        pending=sub.pending_change,
        awaited=sub.awaited_change.terms if sub.awaited_change else None,
        period=sub.period,
        ends=sub.cancel_at_period_end,
        balance=account.credit,
        invoices=billed(account.invoices.values()),
        ahead=billed(ahead.invoices),
    )


def billed(invoices: Iterable[Invoice]) -> list[object]:
    return [(one.kind, one.status, one.period, one.lines, one.total) for one in by_age(invoices)]


def ended(method: PaymentMethod, order: Sequence[Happening]) -> Outline:
    """Return what a subscription of a paid January comes to after *order* happened on February 1."""
    account = Story(JAN_1, of=BASIC, method=method).start().pay(at=JAN_1).account
    for happening in (*order, CLOCK):
        account = let(account, happening)
    return outline(account)


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("method", [CARD, PIX])
def test_only_the_order_of_a_change_and_a_cancellation_matters(
    method: PaymentMethod, change: PlanChanged
) -> None:
    for first, second in ((change, CANCEL), (CANCEL, change)):
        orders = [
            order
            for order in permutations((CLOCK, PAY, change, CANCEL))
            if order.index(first) < order.index(second)
        ]
        expected = ended(method, orders[0])
        assert len(orders) == 12
        assert expected.sums[1] == 2 * BASIC.price
        for order in orders:
            assert ended(method, order) == expected, order


def test_the_later_one_of_a_change_and_a_cancellation_replaces_the_other() -> None:
    later = PlanChanged(terms=PLUS, timing=ChangeTiming.PERIOD_END)
    changed, cancelled = (ended(CARD, (PAY, *order)) for order in ((CANCEL, later), (later, CANCEL)))

    assert (changed.pending, changed.ends, len(changed.ahead)) == (PLUS, False, 3)
    assert (cancelled.pending, cancelled.ends, cancelled.ahead) == (None, True, [])
