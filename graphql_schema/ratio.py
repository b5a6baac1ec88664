"""Ratios in the API: decimal text of a fixed number of digits, exact until they are rounded once."""

from decimal import Decimal
from fractions import Fraction
from typing import Final

from ciclo.domain.money import half_up

DIGITS: Final = 4
"""Digits after the point: 0.0213 is 2.13 %."""


def ratio(value: Fraction | None) -> Decimal | None:
    """Return *value* with DIGITS digits, rounded half-up; None stays None."""
    if value is None:
        return None
    scaled = half_up(value.numerator * 10**DIGITS, value.denominator)
    return Decimal(scaled).scaleb(-DIGITS)
