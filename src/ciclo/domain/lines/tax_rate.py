"""Tax rates, and what they come to on a line: several of them, each on top of its net or within it.

Source: billing rule 38.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from ciclo.copies import replace
from ciclo.domain.money import half_up, split

BASIS_POINTS = 10_000
"""The whole, in hundredths of a percent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxRate:
    """A rate by value, in basis points. Inclusive: the price has it within; else it comes on top."""

    name: str
    basis_points: int
    inclusive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxRule:
    """A rate, and what it is for: customers of a country, plans and items of a category; None: all."""

    rate: TaxRate
    country: str | None = None
    category: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxProfile:
    """How a customer is taxed: by the rates of a country (two letters), where it is known, or not at all."""

    country: str | None = None
    exempt: bool = False


ANYBODY: Final = TaxProfile()
"""A customer of whom nothing is known: taxed by the rates that are for all countries."""


def rates_for(rules: Iterable[TaxRule], *, category: str | None, profile: TaxProfile) -> tuple[TaxRate, ...]:
    """Return the rates that a new line of *category* has, for a customer of *profile*."""
    if profile.exempt:
        return ()
    return tuple(
        rule.rate
        for rule in rules
        if rule.country in {None, profile.country} and rule.category in {None, category}
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LineTax:
    """What one rate comes to on one line, in minor units; negative on a credit."""

    rate: TaxRate
    amount: int


def taxes_on(net: int, rates: Iterable[TaxRate]) -> tuple[LineTax, ...]:
    """Return the tax in, or on top of, *net*: what is left of a line after its discounts.

    Each exclusive rate is rounded by itself. The inclusive ones have one base between them, and what is
    above it is shared by largest remainder, so that base and parts add up to the price.
    """
    rates = tuple(rates)
    within = [rate.basis_points for rate in rates if rate.inclusive]
    base = half_up(net * BASIS_POINTS, BASIS_POINTS + sum(within))
    parts = iter(split(net - base, within) if within else ())
    return tuple(
        LineTax(
            rate=rate,
            amount=next(parts) if rate.inclusive else half_up(net * rate.basis_points, BASIS_POINTS),
        )
        for rate in rates
    )


def share_tax(taxes: tuple[LineTax, ...], tax: int) -> tuple[LineTax, ...]:
    """Return *taxes* with *tax* in all of them, in the proportion that they have."""
    if not taxes:
        return ()
    parts = split(tax, [abs(one.amount) for one in taxes])
    return tuple(replace(one, amount=part) for one, part in zip(taxes, parts, strict=True))
