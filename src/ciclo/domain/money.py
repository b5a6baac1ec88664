"""Money: integer minor units of an ISO 4217 currency, and the one rounding function.

Source: billing rule 6.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, Inexact
from typing import Final

from ciclo.domain.errors.general import AmountOutOfRange, CurrencyMismatch, TooManyDecimals, UnknownCurrency

AMOUNT_MAX: Final = 10**12
"""Largest amount of any one document, in minor units: far above a price, far below 2**63."""

_EXACT: Final = Context(traps=[Inexact])
"""Refuses to round: a caller's own decimal context must not decide about money."""

_WHOLE_UNITS: Final = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_THOUSANDTHS: Final = "BHD IQD JOD KWD LYD OMR TND"
_HUNDREDTHS: Final = """
    AED ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF
    CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL
    HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT
    MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB
    SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH
    USD UYU UZS VES WST XCD YER ZAR ZMW
"""
_EXPONENTS: Final = {
    currency: digits
    for currencies, digits in ((_WHOLE_UNITS, 0), (_HUNDREDTHS, 2), (_THOUSANDTHS, 3))
    for currency in currencies.split()
}


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units (cents for BRL, yen for JPY) of one currency."""

    amount: int
    currency: str

    @classmethod
    def from_decimal(cls, value: Decimal, currency: str) -> "Money":
        """Read a decimal amount of major units exactly.

        Raises:
            UnknownCurrency: *currency* is no ISO 4217 code that Ciclo bills in.
            TooManyDecimals: *value* has more decimals than the currency.
            AmountOutOfRange: *value* is not finite, or larger than AMOUNT_MAX minor units.
        """
        digits = exponent(currency)
        if not value.is_finite() or abs(value) > AMOUNT_MAX:
            raise AmountOutOfRange
        try:
            minor = value.scaleb(digits, context=_EXACT)
        except Inexact:
            raise TooManyDecimals(currency, digits) from None
        if minor != minor.to_integral_value():
            raise TooManyDecimals(currency, digits)
        if abs(minor) > AMOUNT_MAX:
            raise AmountOutOfRange
        return cls(int(minor), currency)

    def to_decimal(self) -> Decimal:
        """Return the amount in major units with the currency's own number of decimals."""
        return Decimal(self.amount).scaleb(-exponent(self.currency))

    def require(self, currency: str) -> None:
        """Refuse to be mixed with another currency.

        Raises:
            CurrencyMismatch: the two differ.
        """
        if self.currency != currency:
            raise CurrencyMismatch(expected=currency, given=self.currency)


def exponent(currency: str) -> int:
    """Return how many decimals *currency* has.

    Raises:
        UnknownCurrency: it is no ISO 4217 code that Ciclo bills in.
    """
    try:
        return _EXPONENTS[currency]
    except KeyError:
        raise UnknownCurrency from None


def half_up(numerator: int, denominator: int) -> int:
    """Divide and round to the nearest integer, ties away from zero: the only rounding in Ciclo.

    Python's own round() is banker's: 249.95 x 9/30 = 74.985 would give 74.98.
    """
    quotient, rest = divmod(abs(numerator), denominator)
    rounded = quotient + (2 * rest >= denominator)
    return rounded if numerator >= 0 else -rounded


def split(amount: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Share *amount* over *weights* without losing a cent: largest remainder, first come on ties.

    A negative amount is shared as its positive mirror, so that what is taken back fits what was given.
    """
    if amount < 0:
        return tuple(-part for part in split(-amount, weights))
    total = sum(weights)
    if total == 0:
        return (amount, *([0] * (len(weights) - 1)))
    parts = [divmod(amount * weight, total) for weight in weights]
    left = amount - sum(quotient for quotient, _ in parts)
    order = sorted(range(len(parts)), key=lambda place: -parts[place][1])
    extra = set(order[:left])
    return tuple(quotient + (place in extra) for place, (quotient, _) in enumerate(parts))
