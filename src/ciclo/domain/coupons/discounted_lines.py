"""What discounts take off the charges of an invoice.

Percents come first, each on what is left of a line; then amounts, shared over the lines by what is left
of them. Source: billing rule 34.
"""

from collections.abc import Iterable
from datetime import date
from fractions import Fraction

from ciclo.copies import replace
from ciclo.domain.coupons.discount import Discount, DiscountDuration, DiscountKind, running_discounts
from ciclo.domain.invoice import Line, LineKind
from ciclo.domain.lines.line_discount import LineDiscount
from ciclo.domain.lines.tax_rate import BASIS_POINTS
from ciclo.domain.money import half_up, split
from ciclo.domain.plan import Terms
from ciclo.domain.proration import price_line


def discount_lines(
    lines: Iterable[Line], discounts: Iterable[Discount], *, terms: Terms, until: date
) -> tuple[Line, ...]:
    """Return charges of a period that ends on *until*, with what *discounts* take off them.

    *lines* are new: none has a discount yet. Those that rest while a subscription has *terms* take nothing.
    """
    lines = tuple(lines)
    months = terms.billing_cycle.months
    for discount in running_discounts(discounts, until=until, months=months):
        if discount.offer.fits(terms):
            share = discount.share(until=until, months=months)
            lines = _take_off(lines, discount, share=share, until=until, months=months)
    return lines


def _take_off(
    lines: tuple[Line, ...], discount: Discount, *, share: Fraction, until: date, months: int
) -> tuple[Line, ...]:
    if discount.offer.kind is DiscountKind.PERCENT:
        rate = share * Fraction(discount.offer.basis_points, BASIS_POINTS)
        amounts = [_round(line.net * rate) for line in lines]
    else:
        nets = [line.net for line in lines]
        wanted = _round(discount.offer.amount * share * _part_of_period(lines))
        amounts = list(split(min(wanted, sum(nets)), nets))
    by_months = discount.offer.duration is DiscountDuration.MONTHS
    taken = LineDiscount(
        id=discount.id,
        code=discount.code,
        amount=0,
        basis_points=discount.offer.basis_points,
        place=discount.place(until=until),
        count=discount.offer.count if discount.offer.duration is DiscountDuration.PERIODS else 0,
        months=int(share * months) if by_months else 0,
        of_months=months if by_months else 0,
    )
    return tuple(
        price_line(line, line.amount, (*line.discounts, replace(taken, amount=amount)))
        for line, amount in zip(lines, amounts, strict=True)
    )


def _part_of_period(lines: Iterable[Line]) -> Fraction:
    """Return which part of a full period the days are that *lines* charge; all of it if they charge none."""
    days = [line for line in lines if line.kind is LineKind.SERVICE]
    return Fraction(days[-1].days, days[-1].total_days) if days else Fraction(1)


def _round(value: Fraction) -> int:
    return half_up(value.numerator, value.denominator)
