"""Cash: what came in, went back and is owed, month by month; and what became of trials.

What "date" means, precisely: money is collected when its payment completed (`completed_at`), or when
its invoice was issued if that was later, whether or not it went back later; what came of a payment after
its first money is collected on its own day (`later`); what a lost dispute took
leaves it on the day on which the dispute ended; a refund that succeeded counts when it was asked for;
an invoice is outstanding at a month's end if it was issued before it and neither paid nor voided before
it, with its total after credits. A trial is decided when its first invoice is paid, in advance or late, or
when the subscription ends without that. Converted is one whose first invoice was paid: from then on
it counts in MRR. What never pays is neither new nor churn (rule 26).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import accumulate


@dataclass(frozen=True, slots=True, kw_only=True)
class Cash:
    """Money of a period in minor units, and the trials that were decided in it."""

    collected: int = 0
    refunded: int = 0
    outstanding: int = 0
    """At the end."""
    trials: int = 0
    trials_converted: int = 0

    @property
    def trial_conversion(self) -> Fraction | None:
        """Return the share of the decided trials that became paid service; None if none was decided."""
        return Fraction(self.trials_converted, self.trials) if self.trials else None


@dataclass(frozen=True, slots=True, kw_only=True)
class CashFacts:
    """Sums by the place of the month that they belong to: see the module for what that is.

    `owed` is what was outstanding before the first month; `issued` and `settled` change it.
    """

    collected: Mapping[int, int] = field(default_factory=dict)
    refunded: Mapping[int, int] = field(default_factory=dict)
    owed: int = 0
    issued: Mapping[int, int] = field(default_factory=dict)
    settled: Mapping[int, int] = field(default_factory=dict)
    trials: Mapping[int, int] = field(default_factory=dict)
    trials_converted: Mapping[int, int] = field(default_factory=dict)


def cash_by_month(facts: CashFacts, *, months: int) -> list[Cash]:
    """Return the cash of each of a number of *months*."""
    changes = (facts.issued.get(place, 0) - facts.settled.get(place, 0) for place in range(months))
    _, *outstanding = accumulate(changes, initial=facts.owed)
    return [
        Cash(
            collected=facts.collected.get(place, 0),
            refunded=facts.refunded.get(place, 0),
            outstanding=outstanding[place],
            trials=facts.trials.get(place, 0),
            trials_converted=facts.trials_converted.get(place, 0),
        )
        for place in range(months)
    ]


def total_cash(by_month: Sequence[Cash]) -> Cash:
    """Return the cash of all months together."""
    return Cash(
        collected=sum(month.collected for month in by_month),
        refunded=sum(month.refunded for month in by_month),
        outstanding=by_month[-1].outstanding,
        trials=sum(month.trials for month in by_month),
        trials_converted=sum(month.trials_converted for month in by_month),
    )
