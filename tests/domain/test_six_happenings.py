"""Rules 4, 15, 18, 31: whatever comes late of a renewal, its clock's turns or the notice of its payment.

A renewal for Sunday, 02-28, is issued, its period begins, and after its last day it is overdue; it is paid at
noon of that Sunday, and its customer asks for a change and a cancellation. A request keeps its instant, and
does what is due by then first. A turn of the clock may be late, or taken up before a request that is on its
way, and the notice may come at any place: all 720 orders of the six are played.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import permutations
from typing import Final

import pytest

from ciclo.domain.account import Account, by_age
from ciclo.domain.batch import apply_due_events, balance_key
from ciclo.domain.errors.error_code import ErrorCode
from ciclo.domain.errors.general import BillingError
from ciclo.domain.events.commands import CancellationRequested, ChangeTiming, PlanChanged
from ciclo.domain.events.facts import PaymentSucceeded
from ciclo.domain.lifecycle import apply
from ciclo.domain.payment import PaymentMethod
from ciclo.domain.period import start_of_day
from ciclo.domain.subscription import Status
from tests.builders import BOLETO, PIX, POLICY, event, noon, terms
from tests.domain.calendars import CALENDAR, PLAN, day, running
from tests.domain.views import sums

Order = tuple[str, ...]

EVENTS_MAX: Final = 24
ISSUED_ON: Final = {PIX: day("02-23"), BOLETO: day("02-21")}
OVERDUE_ON: Final = {PIX: day("03-02"), BOLETO: day("03-05")}
"""It is due on Monday; a boleto's payment is heard of for three banking days."""
DOWN: Final = PlanChanged(terms=terms(2990, plan="small"), timing=ChangeTiming.PERIOD_END)
UP: Final = PlanChanged(terms=terms(9990, plan="big"))
COMMANDS: Final = ("change", "cancel")
CLOCK: Final = ("issue", "period end", "overdue")


def instants(method: PaymentMethod, commands: Sequence[str], *, asked: str) -> Mapping[str, datetime]:
    """Return when each of the six happens; *commands* one after the other on the day *asked*."""
    return {
        "issue": start_of_day(ISSUED_ON[method], POLICY.timezone),
        "period end": start_of_day(day("02-28"), POLICY.timezone),
        "overdue": start_of_day(OVERDUE_ON[method], POLICY.timezone),
        "pay": noon(day("02-28")),
        **{name: noon(day(asked)) + timedelta(minutes=place) for place, name in enumerate(commands)},
    }


def catch_up(account: Account, until: datetime) -> Account:
    balances = {balance_key(account.subscription): account.balance}
    due = apply_due_events(account, balances, CALENDAR, until=until, events_max=EVENTS_MAX)
    return due[-1].decision.account if due else account


def play(
    account: Account, order: Order, when: Mapping[str, datetime], change: PlanChanged
) -> tuple[Account, dict[str, ErrorCode]]:
    """Return the account after *order* and a last turn of the clock, and what was refused."""
    payloads = {
        "pay": PaymentSucceeded(amount=PLAN.price, currency="BRL"),
        "change": change,
        "cancel": CancellationRequested(),
    }
    refused = {}
    for name in order:
        if name != "pay":
            account = catch_up(account, when[name])
        if name in CLOCK:
            continue
        try:
            account = apply(account, event(payloads[name], at=when[name], key=name), CALENDAR).account
        except BillingError as error:
            refused[name] = error.code
    return catch_up(account, noon(day("03-08"))), refused


def money(account: Account) -> object:
    """Return what a customer has and has paid, without the papers that say so."""
    sub = account.subscription
    awaited = sub.awaited_change.terms if sub.awaited_change else None
    kept = (sub.terms, sub.pending_change, awaited, sub.period, sub.cancel_at_period_end, sub.end_reason)
    return sums(account), kept, account.credit


def papers(account: Account) -> object:
    return [(one.kind, one.status, one.period, one.total) for one in by_age(account.invoices.values())]


def orders(commands: Sequence[str]) -> Iterator[Order]:
    """Yield the 360 orders in which the two requests come one after the other."""
    first, second = commands
    for order in permutations((*CLOCK, "pay", *COMMANDS)):
        if order.index(first) < order.index(second):
            yield order


def asked_while_past_due(order: Order) -> list[str]:
    """Return the requests that came when it was overdue and nobody had heard of its payment."""
    return [name for name in COMMANDS if order.index("overdue") < order.index(name) < order.index("pay")]


@pytest.mark.parametrize("commands", [COMMANDS, COMMANDS[::-1]], ids="-".join)
@pytest.mark.parametrize("change", [DOWN, UP], ids=["down", "up"])
@pytest.mark.parametrize("method", [PIX, BOLETO], ids=["pix", "boleto"])
def test_asked_for_on_its_last_day_all_orders_end_alike(
    method: PaymentMethod, change: PlanChanged, commands: Sequence[str]
) -> None:
    when = instants(method, commands, asked="03-01")
    start = running(method, on=day("01-28"), until=day("02-20")).account
    plain = [order for order in orders(commands) if not asked_while_past_due(order)]
    expected, refused = play(start, plain[0], when, change)
    assert (len(plain), refused) == (270, {})
    for order in plain:
        ended, refused = play(start, order, when, change)
        assert (money(ended), papers(ended), refused) == (money(expected), papers(expected), {}), order


@pytest.mark.parametrize("commands", [COMMANDS, COMMANDS[::-1]], ids="-".join)
@pytest.mark.parametrize("method", [PIX, BOLETO], ids=["pix", "boleto"])
def test_what_is_asked_for_while_it_is_past_due_is_decided_so_and_the_money_is_alike(
    method: PaymentMethod, commands: Sequence[str]
) -> None:
    when = instants(method, commands, asked="03-01")
    start = running(method, on=day("01-28"), until=day("02-20")).account
    late = [order for order in orders(commands) if asked_while_past_due(order)]
    assert len(late) == 90
    for order in late:
        ended, refused = play(start, order, when, DOWN)
        asked = asked_while_past_due(order)
        ends = "cancel" in asked
        # What is past due is cancelled at once and not changed; the second period stays paid, once.
        assert (ended.subscription.status is Status.CANCELLED) == ends, order
        assert ("change" in refused) == ("change" in asked or (ends and commands[0] == "cancel")), order
        assert sums(ended)[1:] == (2 * PLAN.price, 0, 0), order
        assert ended.subscription.period.start == day("02-28"), order


@pytest.mark.parametrize("commands", [COMMANDS, COMMANDS[::-1]], ids="-".join)
@pytest.mark.parametrize("asked", ["02-22", "02-24"])
@pytest.mark.parametrize("method", [PIX, BOLETO], ids=["pix", "boleto"])
def test_asked_for_before_its_period_all_orders_come_to_the_same_money(
    method: PaymentMethod, asked: str, commands: Sequence[str]
) -> None:
    when = instants(method, commands, asked=asked)
    start = running(method, on=day("01-28"), until=day("02-20")).account
    # Nothing that happens after a request is known before it.
    known = [
        order
        for order in orders(commands)
        if all(
            order.index(name) < order.index(later)
            for name in COMMANDS
            for later in order
            if later not in COMMANDS and when[later] > when[name]
        )
    ]
    expected, _ = play(start, known[0], when, DOWN)
    assert len(known) == (24 if when["issue"] > when["change"] else 36)
    for order in known:
        ended, refused = play(start, order, when, DOWN)
        assert (money(ended), refused) == (money(expected), {}), order


@pytest.mark.parametrize("commands", [COMMANDS, COMMANDS[::-1]], ids="-".join)
@pytest.mark.parametrize("asked", ["02-22", "02-24"])
@pytest.mark.parametrize("method", [PIX, BOLETO], ids=["pix", "boleto"])
def test_money_of_the_next_period_pays_for_no_change_that_waited_until_its_boundary(
    method: PaymentMethod, asked: str, commands: Sequence[str]
) -> None:
    """An upgrade that nobody paid by 02-28 00:00 is dropped then; what came at noon is not for it."""
    when = instants(method, commands, asked=asked)
    start = running(method, on=day("01-28"), until=day("02-20")).account
    expected = play(start, (*commands, *CLOCK, "pay"), when, UP)
    for place in range(len(CLOCK)):
        order = (*commands, *CLOCK[:place], "pay", *CLOCK[place:])
        ended, refused = play(start, order, when, UP)
        assert (money(ended), papers(ended)) == (money(expected[0]), papers(expected[0])), order
        assert refused == expected[1]
