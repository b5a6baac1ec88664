"""Two years of a business, played through the stack: its reports are what its event log amounts to."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from ciclo.actions.advance_clock import set_first_instant
from ciclo.domain.period import BillingCycle, boundary, start_of_day
from ciclo.simulation.api import Api
from ciclo.simulation.player import Player
from ciclo.simulation.script import (
    Act,
    ChangePlan,
    NewCard,
    Pause,
    PayByPix,
    RefundPayment,
    Resume,
    Subscribe,
    write_script,
)
from tests.reports.asking import ask_cohorts, ask_revenue
from tests.reports.recomputing import KINDS, Book, book_of, first_paid, month_of, mrr_of
from tests.stack import Stack, token

START = date(2024, 1, 1)
MONTHS = 24
FIRSTS = [boundary(START, BillingCycle.MONTHLY, place) for place in range(MONTHS + 1)]
END = FIRSTS[-1]

Shown = dict[str, Any]


async def test_reports_of_two_years_are_what_the_event_log_amounts_to(stack: Stack) -> None:
    await play(stack)
    book = await book_of(stack.deps)
    months = list(pairwise(FIRSTS))

    report = await ask_revenue(stack, START, END)
    expected = [month_of(book, *month) for month in months]

    assert [shown(one) for one in report["months"]] == expected
    check_total(report["totals"], expected)
    # Something of everything happened, or nothing was shown.
    happened = {kind for one in expected for kind in KINDS if one["movements"][kind]}
    assert happened == set(KINDS)
    assert all(any(one[name] for one in expected) for name in ("refunded", "outstanding", "trialsConverted"))
    assert await ask_cohorts(stack, START, END) == [cohort(book, place) for place in range(MONTHS)]


async def play(stack: Stack) -> None:
    """Play a script from START to END; the clock stands there then."""
    await set_first_instant(stack.deps, at=start_of_day(START, stack.deps.policy.timezone))
    script = write_script(
        seed=SEED, customers=CUSTOMERS, start=START, months=MONTHS, opens=lambda day: day.day == 1
    )
    for day, act in ACTS:
        script.setdefault(day, []).insert(0, act)
    async with Api(stack.url, token=token()) as api:
        player = Player(api, seed=SEED, timezone=stack.deps.policy.timezone)
        await player.offer_plans()
        await player.play({day: script[day] for day in sorted(script)}, progress=lambda _day: None)
        await api.advance(start_of_day(END, stack.deps.policy.timezone))


SEED, CUSTOMERS = 4, 6

ANA, BIA = "ana@example.com", "bia@example.com"
ACTS: list[tuple[date, Act]] = [
    # Ana: down, away, up. Bia: a month without a card that works, suspended, back before the last retry.
    (date(2024, 2, 1), Subscribe(email=ANA, plan=("Personal", "MONTHLY"), pays_by="tok_visa")),
    (date(2024, 5, 15), ChangePlan(email=ANA, plan=("Aluno", "MONTHLY"))),
    (date(2024, 8, 15), Pause(email=ANA)),
    (date(2024, 10, 1), Resume(email=ANA)),
    (date(2025, 2, 1), ChangePlan(email=ANA, plan=("Estúdio", "ANNUAL"))),
    (date(2025, 3, 1), RefundPayment(email=ANA, percent=25)),
    (
        date(2024, 2, 15),
        Subscribe(email=BIA, plan=("Personal", "MONTHLY"), pays_by="tok_visa", skip_trial=True),
    ),
    (date(2024, 3, 1), NewCard(email=BIA, token="tok_charge_declined")),
    (date(2024, 4, 1), PayByPix(email=BIA)),
    (date(2024, 4, 15), NewCard(email=BIA)),
]
"""What the script leaves to chance, and has to happen."""


def shown(month: Shown) -> Shown:
    """Return what the API shows of a month in the form of the recomputation."""
    counts = (
        *("startSubscribers", "activeSubscribers", "newSubscribers", "churnedSubscribers"),
        *("reactivatedSubscribers", "pausedSubscribers", "resumedSubscribers", "activeSubscriptions"),
        *("trialsDecided", "trialsConverted"),
    )
    amounts = ("startMrr", "mrr", "collected", "refunded", "outstanding")
    churn = month["customerChurn"]
    return {
        **{name: month[name] for name in counts},
        **{name: amount(month[name]) for name in amounts},
        "movements": {kind: amount(month["movements"][kind]) for kind in KINDS},
        "customerChurn": None if churn is None else Decimal(churn),
        "byPlan": {one["planId"]: amount(one["mrr"]) for one in month["byPlan"] if amount(one["mrr"])},
    }


def check_total(total: Shown, months: list[Shown]) -> None:
    """Check that the window's own row is its months together."""
    assert (amount(total["startMrr"]), amount(total["mrr"])) == (months[0]["startMrr"], months[-1]["mrr"])
    assert amount(total["arr"]) == 12 * months[-1]["mrr"]
    assert amount(total["outstanding"]) == months[-1]["outstanding"]
    for kind in KINDS:
        assert amount(total["movements"][kind]) == sum(one["movements"][kind] for one in months)
    for name in ("collected", "refunded"):
        assert amount(total[name]) == sum(one[name] for one in months)
    for name in ("newSubscribers", "churnedSubscribers", "trialsDecided", "trialsConverted"):
        assert total[name] == sum(one[name] for one in months)


def cohort(book: Book, place: int) -> Shown:
    """Return the cohort of a month as the API should show it."""
    began = {
        id_: day
        for id_, subscriptions in book.customers.items()
        if (day := first_paid(subscriptions, before=END)) is not None
        and FIRSTS[place] <= day < FIRSTS[place + 1]
    }
    base = sum((mrr_of(book.customers[id_], day) for id_, day in began.items()), Decimal(0))
    months = []
    for offset, (first, end) in enumerate(pairwise(FIRSTS[place:])):
        left = [mrr_of(book.customers[id_], end - timedelta(days=1)) for id_ in began]
        customers, mrr = sum(one > 0 for one in left), sum(left, Decimal(0))
        months.append(
            {
                "offset": offset,
                "month": str(first),
                "customers": customers,
                "customerRetention": ratio(Decimal(customers), Decimal(len(began))),
                "mrr": {"amount": f"{mrr:.2f}"},
                "mrrRetention": ratio(mrr, base),
            }
        )
    return {
        "month": str(FIRSTS[place]),
        "customers": len(began),
        "mrr": {"amount": f"{base:.2f}"},
        "months": months,
    }


def amount(money: Shown) -> Decimal:
    return Decimal(money["amount"])


def ratio(part: Decimal, whole: Decimal) -> str | None:
    return f"{(part / whole).quantize(Decimal('0.0001'), 'ROUND_HALF_UP')}" if whole else None
