"""Random histories against an oracle of its own arithmetic: a day with service is billed once, at its terms.

Days in a trial or a pause cost nothing; those after an end or in suspension are billed once at most. What
was credited is on the balance, lines add up, previews are what happens, and no charge is asked for after
the end, nor left without an end.
"""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

from hypothesis import example, given
from hypothesis import strategies as st

from ciclo.domain.account import Account
from ciclo.domain.events.commands import Proration
from ciclo.domain.invoice import InvoiceStatus, Line, LineKind
from ciclo.domain.period import Period
from tests.domain.lived_history import FREE, SERVED, ZONES, History, Step
from tests.domain.oracle import Offer, round_half_up
from tests.domain.payers import ON_THE_BOUNDARY, PAYERS, Payer

OFFERS = st.builds(
    Offer,
    plan=st.sampled_from(["a", "b", "c"]),
    price=st.sampled_from([999, 2990, 24_995, 100_000]),
    months=st.sampled_from([1, 1, 1, 3, 12]),
    quantity=st.integers(1, 3),
    trial_days=st.sampled_from([0, 0, 7, 14]),
)
WISHES = ["change", "quantity", "pause", "resume", "leave", "stay", "leave now", "pay", "pay", "nothing"]
STEPS = st.builds(
    Step,
    days=st.integers(0, 40) | st.sampled_from([0, 1, 3, 10, 17]),
    what=st.sampled_from(WISHES),
    offer=OFFERS,
    now=st.booleans(),
    pays=st.sampled_from([True, True, False]),
    proration=st.just(Proration.NOW) | st.sampled_from(Proration),
)


def lines_of(account: Account) -> list[Line]:
    """Return all that was billed and credited and holds, and what waits for an invoice."""
    sub = account.subscription
    issued = [one for one in account.invoices.values() if one.status is not InvoiceStatus.CANCELLED]
    issued = [one for one in issued if not sub.awaits(one.id)]
    lines = [_as_served(line, by=invoice.moved_to) for invoice in issued for line in invoice.lines]
    lines += [line for note in account.credit_notes for line in note.lines]
    return [*lines, *account.subscription.unbilled_lines]


def _as_served(line: Line, *, by: Period | None) -> Line:
    """Return *line* for the days that a late first payment bought, where those are others."""
    return line if by is None else replace(line, service=by, total_days=by.days)


def billed_by_day(account: Account) -> dict[date, Fraction]:
    """Return what each day was billed, by the factors that its lines tell."""
    billed: Counter[date] = Counter()
    for line in lines_of(account):
        rate = Fraction(line.unit_price * line.quantity, line.total_days)
        sign = 1 if line.kind is LineKind.SERVICE else -1
        for number in range((line.service.end - line.service.start).days):
            billed[line.service.start + timedelta(days=number)] += sign * rate  # type: ignore[assignment]
    return {day: Fraction(amount) for day, amount in billed.items() if amount}


def check_days(history: History) -> None:
    """Each day with service costs what the oracle says, once; free ones cost nothing, others once at most."""
    billed = billed_by_day(history.account)
    for day, status in history.statuses.items():
        cost = billed.get(day, Fraction(0)) - history.oracle.twice.get(day, Fraction(0))
        if status in SERVED:
            assert cost == history.oracle.rates[day], (day, status)
        elif status in FREE:
            assert cost == 0, (day, status)
        else:
            assert cost >= 0, (day, status)


def check_money(history: History) -> None:
    """Lines are rounded once and add up, and the balance is what came onto it less what was used."""
    account, tax = history.account, history.policy.tax_basis_points
    for line in lines_of(account):
        sign = 1 if line.kind is LineKind.SERVICE else -1
        amount = round_half_up(Fraction(line.unit_price * line.quantity * line.days, line.total_days))
        assert line.amount == sign * amount, line
        assert line.tax == round_half_up(Fraction(line.amount * tax, 10_000)), line
    for invoice in account.invoices.values():
        assert invoice.subtotal == sum(line.amount + line.tax for line in invoice.lines)
        assert invoice.total == invoice.subtotal - invoice.credit_applied >= 0
    used = sum(
        one.credit_applied for one in account.invoices.values() if one.status is not InvoiceStatus.CANCELLED
    )
    came = sum(note.amount for note in account.credit_notes)
    assert account.credit == history.credit_granted + came - used


def check_tries(history: History) -> None:
    """No try is left without an end: a code is paid or lapses."""
    for payment in history.account.payments.values():
        if payment.in_flight:
            ends_at = payment.heard_until or payment.expires_at
            assert ends_at is not None
            assert ends_at > history.now


def check_who_never_paid(history: History) -> None:
    """Who never paid owes nothing once that is over."""
    if not history.paid_once and not history.account.subscription.is_live:
        assert billed_by_day(history.account) == {}
        assert history.account.credit == history.credit_granted


BASIC = Offer(plan="a", price=2990, months=1, quantity=1)
TWO = replace(BASIC, quantity=2)
NOTHING = Step(days=19, what="nothing", offer=BASIC, now=True, pays=False)


# Too rare to draw: a second seat is declined on the 20th, and the card pays once a boundary has passed.
@example(
    day=date(2028, 1, 1),
    offer=BASIC,
    zone="America/Sao_Paulo",
    currency="BRL",
    tax=0,
    credit=0,
    payer=ON_THE_BOUNDARY,
    steps=[
        NOTHING,
        replace(NOTHING, days=0, what="quantity", offer=TWO),
        replace(NOTHING, days=17, what="pay"),
    ],
)
# So is what remains to pay on Feb 15 after a pause, and a boundary passes in suspension before it is paid.
@example(
    day=date(2028, 1, 1),
    offer=BASIC,
    zone="America/Sao_Paulo",
    currency="BRL",
    tax=0,
    credit=0,
    payer=ON_THE_BOUNDARY,
    steps=[
        replace(NOTHING, days=20, what="pause"),
        replace(NOTHING, days=25, what="resume"),
        replace(NOTHING, days=17, what="pay"),
    ],
)
# What a declined change credited is there for the next one, and for the pause after it.
@example(
    day=date(2028, 1, 1),
    offer=BASIC,
    zone="America/Sao_Paulo",
    currency="BRL",
    tax=2000,
    credit=0,
    payer=ON_THE_BOUNDARY,
    steps=[
        replace(NOTHING, days=9),
        replace(NOTHING, days=0, what="quantity", offer=TWO, pays=True),
        replace(NOTHING, days=2, what="quantity", offer=TWO, pays=True),
        replace(NOTHING, days=3, what="pause", pays=True),
    ],
)
@given(
    day=st.dates(date(2027, 11, 25), date(2028, 3, 5)),
    offer=OFFERS,
    zone=st.sampled_from(ZONES),
    currency=st.sampled_from(["BRL", "JPY", "KWD"]),
    tax=st.sampled_from([0, 0, 1750, 2000]),
    credit=st.sampled_from([0, 0, 500]),
    payer=st.sampled_from(PAYERS),
    steps=st.lists(STEPS, min_size=2, max_size=7),
)
def test_every_day_with_service_is_billed_once_at_its_terms(
    *,
    day: date,
    offer: Offer,
    zone: str,
    currency: str,
    tax: int,
    credit: int,
    payer: Payer,
    steps: list[Step],
) -> None:
    policy = replace(payer.policy, timezone=zone, tax_basis_points=tax)
    history = History(day, offer, currency=currency, policy=policy, credit=credit, payer=payer)
    for step in steps:
        history.pass_days(step.days)
        history.ask(step)
        history.pays = step.pays
    history.pass_days(35)

    check_days(history)
    check_money(history)
    assert history.charges_after_the_end == 0
    check_tries(history)
    check_who_never_paid(history)
