"""What a discount takes off a line: a part of it where only some of its days are billed or credited.

Source: billing rules 34, 35.
"""

from dataclasses import dataclass

from ciclo.copies import replace
from ciclo.domain.ids import DiscountId
from ciclo.domain.money import half_up, split


@dataclass(frozen=True, slots=True, kw_only=True)
class LineDiscount:
    """What one discount takes off one line, in minor units; negative on a credit.

    `basis_points` is 0 of a fixed amount. Where it counts by periods it is the `place`th of `count`; where by
    months, it is for `months` of the `of_months` that a period has. 0 where it does not.
    """

    id: DiscountId
    code: str
    amount: int
    basis_points: int = 0
    place: int = 0
    count: int = 0
    months: int = 0
    of_months: int = 0


def prorate_discounts(
    discounts: tuple[LineDiscount, ...], *, days: int, of_days: int
) -> tuple[LineDiscount, ...]:
    """Return what *discounts* of a line of *of_days* come to for *days* of it: their sum is rounded once."""
    if not discounts:
        return ()
    amounts = [one.amount for one in discounts]
    parts = split(half_up(sum(amounts) * days, of_days), [abs(amount) for amount in amounts])
    return tuple(replace(one, amount=part) for one, part in zip(discounts, parts, strict=True))


def negate_discounts(discounts: tuple[LineDiscount, ...]) -> tuple[LineDiscount, ...]:
    """Return *discounts* as the line has them that takes theirs back."""
    return tuple(replace(one, amount=-one.amount) for one in discounts)
