"""What a coupon comes to, in words: "R$ 63.92 for 3 months, then R$ 79.90 per month"."""

from collections.abc import Sequence
from typing import Final

from ciclo.documents.figures import money_text
from ciclo.documents.language import Language
from ciclo.domain.coupons.schedule import Stretch
from ciclo.domain.period import BillingCycle

_PERIODS: Final = {
    Language.PORTUGUESE: {
        BillingCycle.MONTHLY: ("mês", "meses"),
        BillingCycle.QUARTERLY: ("trimestre", "trimestres"),
        BillingCycle.SEMIANNUAL: ("semestre", "semestres"),
        BillingCycle.ANNUAL: ("ano", "anos"),
    },
    Language.ENGLISH: {
        BillingCycle.MONTHLY: ("month", "months"),
        BillingCycle.QUARTERLY: ("quarter", "quarters"),
        BillingCycle.SEMIANNUAL: ("half-year", "half-years"),
        BillingCycle.ANNUAL: ("year", "years"),
    },
}
_TEXTS: Final = {
    Language.PORTUGUESE: ("{price} por {count} {periods}", ", depois ", "{price} por {period}"),
    Language.ENGLISH: ("{price} for {count} {periods}", ", then ", "{price} per {period}"),
}


def describe_prices(
    stretches: Sequence[Stretch], *, currency: str, cycle: BillingCycle, language: Language
) -> str:
    """Return which price lasts how long, the last of them for ever."""
    for_some, then, from_then_on = _TEXTS[language]
    one, many = _PERIODS[language][cycle]
    return then.join(
        (from_then_on if stretch.periods is None else for_some).format(
            price=money_text(stretch.amount, currency, language),
            count=stretch.periods,
            periods=one if stretch.periods == 1 else many,
            period=one,
        )
        for stretch in stretches
    )
