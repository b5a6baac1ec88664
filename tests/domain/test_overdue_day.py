"""Rules 4, 15 and 31: on the day on which an invoice falls overdue, a late clock changes nothing."""

from itertools import permutations
from typing import Final

import pytest

from ciclo.domain.account import Account
from ciclo.domain.batch import apply_due_events, balance_key
from ciclo.domain.errors.general import BillingError
from ciclo.domain.events.commands import CancellationRequested, ChangeTiming, PlanChanged
from ciclo.domain.events.facts import PaymentSucceeded
from ciclo.domain.lifecycle import apply
from ciclo.domain.payment import PaymentMethod
from ciclo.domain.subscription import Status
from tests.builders import BOLETO, PIX, event, noon, terms
from tests.domain.calendars import CALENDAR, day, running
from tests.domain.views import sums

Happening = PaymentSucceeded | PlanChanged | CancellationRequested

PAY: Final = PaymentSucceeded(amount=7990, currency="BRL")
DOWN: Final = PlanChanged(terms=terms(2990, plan="small"), timing=ChangeTiming.PERIOD_END)
CANCEL: Final = CancellationRequested()
EVENTS_MAX: Final = 24

OVERDUE_ON: Final = {PIX: day("03-02"), BOLETO: day("03-05")}
"""Of a renewal for Sunday, 02-28: due on Monday; a boleto's payment is heard of for three banking days."""


def let(account: Account, happening: Happening, *, method: PaymentMethod) -> Account:
    """Let something happen at noon; a command first does what is due, even if it is refused then."""
    if not isinstance(happening, PaymentSucceeded):
        account = catch_up(account, method=method)
    try:
        return apply(account, event(happening, at=OVERDUE_ON[method]), CALENDAR).account
    except BillingError:
        return account


def catch_up(account: Account, *, method: PaymentMethod) -> Account:
    balances = {balance_key(account.subscription): account.balance}
    until = noon(OVERDUE_ON[method])
    due = apply_due_events(account, balances, CALENDAR, until=until, events_max=EVENTS_MAX)
    return due[-1].decision.account if due else account


@pytest.mark.parametrize("method", [PIX, BOLETO])
@pytest.mark.parametrize("order", list(permutations((PAY, DOWN, CANCEL))), ids=range(6))
def test_whenever_the_clock_comes_that_day_ends_alike(
    method: PaymentMethod, order: tuple[Happening, ...]
) -> None:
    ends = []
    for place in range(len(order) + 1):
        account = running(method, on=day("01-28"), until=day("03-01")).account
        for happening in order[:place]:
            account = let(account, happening, method=method)
        account = catch_up(account, method=method)
        for happening in order[place:]:
            account = let(account, happening, method=method)
        account = catch_up(account, method=method)
        sub = account.subscription
        ends.append((sums(account), sub.cancel_at_period_end, sub.end_reason, sub.pending_change, sub.period))

    assert ends == [ends[0]] * len(ends)


@pytest.mark.parametrize("method", [PIX, BOLETO])
def test_on_that_day_it_is_late(method: PaymentMethod) -> None:
    account = catch_up(running(method, on=day("01-28"), until=day("03-01")).account, method=method)

    assert account.subscription.status is Status.PAST_DUE
