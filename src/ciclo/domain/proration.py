"""Proration: the price of some days of a period, one rounding a line.

Source: billing rules 7 to 9, 35, 38.
"""

from datetime import date

from ciclo.copies import replace
from ciclo.domain.invoice import Line, LineKind
from ciclo.domain.lines.line_discount import LineDiscount, negate_discounts, prorate_discounts
from ciclo.domain.lines.tax_rate import (
    ANYBODY,
    BASIS_POINTS,
    LineTax,
    TaxProfile,
    rates_for,
    share_tax,
    taxes_on,
)
from ciclo.domain.money import half_up, split
from ciclo.domain.period import Period
from ciclo.domain.plan import Terms
from ciclo.domain.policy import Policy


def price_line(line: Line, amount: int, discounts: tuple[LineDiscount, ...] = ()) -> Line:
    """Return *line* with a gross *amount* less *discounts*, taxed by the rates that it has (rule 38)."""
    net = amount - sum(one.amount for one in discounts)
    taxes = taxes_on(net, [one.rate for one in line.taxes])
    tax = sum(one.amount for one in taxes) if taxes else half_up(net * line.tax_basis_points, BASIS_POINTS)
    return replace(line, amount=amount, discounts=discounts, taxes=taxes, tax=tax)


def fit_line(line: Line, total: int, *, tax: int) -> Line:
    """Return *line* so that it comes to *total*, with *tax* in it; its discounts stay, its gross follows."""
    taxes = share_tax(line.taxes, tax)
    on_top = tax - sum(one.amount for one in taxes if one.rate.inclusive)
    return replace(line, amount=total - on_top + line.discount, taxes=taxes, tax=tax)


def service_line(
    terms: Terms, *, service: Period, full: Period, policy: Policy, profile: TaxProfile = ANYBODY
) -> Line:
    """Return the charge for *service* days out of the *full* anchor-aligned period.

    It is taxed by the rates of today for the plan's category and a customer of *profile*.
    """
    rates = rates_for(policy.tax_rules, category=terms.tax_category, profile=profile)
    line = Line(
        kind=LineKind.SERVICE,
        plan_id=terms.plan_id,
        plan_name=terms.plan_name,
        quantity=terms.quantity,
        unit_price=terms.unit_price,
        service=service,
        total_days=full.days,
        amount=0,
        tax_basis_points=0 if rates or profile.exempt else policy.tax_basis_points,
        taxes=tuple(LineTax(rate=rate, amount=0) for rate in rates),
    )
    return price_line(line, half_up(terms.price * service.days, full.days))


def unused_line(charged: Line, *, unused: Period, left: int) -> Line | None:
    """Return the credit for the *unused* days of a *charged* line, capped at what is *left* of it.

    The same division as the charge's, the same share of its discounts, and the same rates of tax: a change
    that is taken back on its own day leaves zero. None where nothing is left to give back. *left* is in
    minor units with tax; when the cap bites, the tax is what remains of it and the line says so.
    """
    amount = half_up(charged.unit_price * charged.quantity * unused.days, charged.total_days)
    if amount <= 0 or left <= 0:
        return None
    discounts = prorate_discounts(charged.discounts, days=unused.days, of_days=charged.days)
    credit = price_line(
        replace(charged, kind=LineKind.UNUSED, service=unused, capped=False),
        -amount,
        negate_discounts(discounts),
    )
    if -credit.total > left:
        tax = half_up(charged.tax * left, charged.total)
        credit = replace(fit_line(credit, -left, tax=-tax), capped=True)
    return credit if credit.total else None


def correct_lines(charges: tuple[Line, ...], *, amount: int, tax: int) -> tuple[Line, ...]:
    """Return the lines that give *amount* back of *charges*, with *tax* in it, each its share (rule 22)."""
    amounts = split(amount, [line.total for line in charges])
    taxes = split(tax, [line.tax for line in charges])
    return tuple(
        fit_line(replace(line, kind=LineKind.CORRECTION, discounts=()), -part, tax=-part_tax)
        for line, part, part_tax in zip(charges, amounts, taxes, strict=True)
        if part
    )


def correct_items(items: tuple[Line, ...], amount: int) -> tuple[Line, ...]:
    """Return the lines that give *amount* back of charges without days, with the tax that is in it."""
    tax = half_up(sum(line.tax for line in items) * amount, sum(line.total for line in items))
    return correct_lines(items, amount=amount, tax=tax)


def shorten_line(line: Line, *, until: date) -> Line | None:
    """Return *line* for its days before *until*, rounded once; None if they come to nothing.

    It is of no invoice yet: a line that was issued is never edited. A capped credit stays within its cap.
    """
    service = Period(line.service.start, min(line.service.end, until))
    if service == line.service:
        return line
    sign = 1 if line.kind is LineKind.SERVICE else -1
    amount = sign * half_up(line.unit_price * line.quantity * service.days, line.total_days)
    if service.days <= 0 or (sign < 0 and not amount):
        return None
    discounts = prorate_discounts(line.discounts, days=service.days, of_days=line.days)
    shorter = price_line(replace(line, service=service), amount, discounts)
    if line.capped and shorter.total <= line.total:
        return replace(line, service=service)
    return replace(shorter, capped=False)


def reverse_line(line: Line) -> Line:
    """Return the line that takes all of *line* back, a charge or a credit."""
    kind = LineKind.UNUSED if line.kind is LineKind.SERVICE else LineKind.SERVICE
    return replace(negate_line(line), kind=kind)


def negate_line(line: Line) -> Line:
    """Return *line* with every figure of its opposite sign."""
    taxes = tuple(replace(one, amount=-one.amount) for one in line.taxes)
    discounts = negate_discounts(line.discounts)
    return replace(line, amount=-line.amount, discounts=discounts, taxes=taxes, tax=-line.tax)
