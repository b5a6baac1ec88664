"""What is compared of a lived history: the days by the oracle, the money by the cash book, the tries."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

from ciclo.domain.account import Account
from ciclo.domain.invoice import InvoiceKind, Line, LineKind
from ciclo.domain.period import Period
from tests.domain.lived_history import FREE, SERVED, History
from tests.domain.oracle import round_half_up

BESIDE = {LineKind.ONE_OFF, LineKind.PENALTY}
"""Lines of what is billed beside the plan: they have no days."""


def lines_of(account: Account) -> list[Line]:
    """Return all that was billed and credited and holds, and what waits for an invoice."""
    sub = account.subscription
    issued = [one for one in account.invoices.values() if one.voided_at is None or one.keeps_credit]
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
        if line.kind in BESIDE:
            continue
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
            assert cost == history.oracle.rates[day], (day, status, cost, history.oracle.rates[day])
        elif status in FREE:
            assert cost == 0, (day, status)
        else:
            assert cost >= 0, (day, status)


def check_money(history: History) -> None:
    """Lines are rounded once and add up, and the balance is what came onto it less what was used."""
    account, tax = history.account, history.policy.tax_basis_points
    for line in lines_of(account):
        sign = -1 if line.kind is LineKind.UNUSED else 1
        amount = _worth_of(line)
        if line.capped:
            # What was left to give back was less than the days came to.
            assert history.gave_back
            assert 0 < -line.amount <= amount
            continue
        assert line.amount == sign * amount, line
        assert line.tax == round_half_up(Fraction(line.amount * tax, 10_000)), line
    for invoice in account.invoices.values():
        assert invoice.subtotal == sum(line.amount + line.tax for line in invoice.lines)
        assert invoice.total == invoice.subtotal - invoice.credit_applied >= 0
    history.book.check(account, granted=history.credit_granted)


def _worth_of(line: Line) -> int:
    """Return what a line comes to: an item as many times its price, and days their share of a period."""
    whole = line.unit_price * line.quantity
    return whole if line.kind in BESIDE else round_half_up(Fraction(whole * line.days, line.total_days))


def check_tries(history: History) -> None:
    """No try is left without an end: a code is paid or lapses."""
    for payment in history.account.payments.values():
        if payment.in_flight:
            ends_at = payment.heard_until or payment.expires_at
            assert ends_at is not None
            assert ends_at > history.now


def check_who_never_paid(history: History) -> None:
    """Who never paid owes nothing once that is over; what came all the same is on the balance."""
    if not history.paid_once and not history.account.subscription.is_live:
        assert billed_by_day(history.account) == {}
        surplus = sum(history.book.surplus.values())
        beside = [one for one in history.account.invoices.values() if one.kind is InvoiceKind.ONE_OFF]
        used = sum(one.credit_applied for one in beside if one.voided_at is None)
        assert history.account.credit == history.credit_granted + surplus - used


def check_all(history: History) -> None:
    check_days(history)
    check_money(history)
    check_tries(history)
    check_who_never_paid(history)
    assert history.charges_after_the_end == 0
