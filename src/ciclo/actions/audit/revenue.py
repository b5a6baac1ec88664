"""The audit of revenue: movements added up one by one must come to what reports make of them (rule 25)."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from operator import attrgetter

from ciclo.domain.metrics import Movement, mrr_of
from ciclo.domain.metrics.months import first_of_month, whole_month, whole_months
from ciclo.domain.metrics.sums import EMPTY_SNAPSHOT, snapshot_after
from ciclo.domain.period import Period
from ciclo.domain.replay import Difference
from ciclo.domain.subscription import Subscription
from ciclo.store.mongo.client import Store
from ciclo.store.reports.movements import find_merged_movers
from ciclo.store.reports.revenue import (
    CachedMonth,
    count_merged,
    find_cached_months,
    forget_months,
    sum_movements,
)


@dataclass(frozen=True, slots=True)
class EarnedRevenue:
    """What subscriptions are worth, and what their movements come to; by currency, in minor units.

    `moved` counts a movement on the day that it takes effect: news can be late, and no movement takes
    effect before the one that it follows. `dated` counts movements by the day that they bear. Both by
    the first day of the month.
    """

    live: Counter[str] = field(default_factory=Counter)
    moved: Counter[tuple[str, date]] = field(default_factory=Counter)
    dated: Counter[tuple[str, date]] = field(default_factory=Counter)

    def add(self, subscription: Subscription, movements: Iterable[Movement]) -> None:
        """Add one subscription with all of its *movements*."""
        self.live[subscription.terms.currency] += mrr_of(subscription)
        reached = date.min
        for movement in sorted(movements, key=attrgetter("seq")):
            reached = max(reached, movement.on)
            self.moved[movement.currency, first_of_month(reached)] += movement.after - movement.before
            self.dated[movement.currency, first_of_month(movement.on)] += 1

    def currencies(self) -> list[str]:
        """Return every currency that was ever earned."""
        return sorted(self.live.keys() | {currency for currency, _ in self.dated})


Folded = Mapping[str, Sequence[CachedMonth]]
"""The months of each currency that have movements, or lie between such, as a report would fold them now."""


async def sum_months(store: Store, earned: EarnedRevenue) -> Folded:
    """Return every month of *earned*, folded from the movements themselves."""
    return {currency: await _sum_kept_months(store, currency, earned) for currency in earned.currencies()}


def revenue_differences(earned: EarnedRevenue, folded: Folded) -> Iterator[Difference]:
    """Yield where movements do not come to the MRR of subscriptions, or of the months of a report."""
    for currency, months in folded.items():
        total = sum(
            change for (moved_currency, _), change in earned.moved.items() if moved_currency == currency
        )
        if total != earned.live[currency]:
            what = f"is {earned.live[currency]} by subscriptions, their movements sum up to {total}"
            yield Difference(f"MRR in {currency}", what)
        yield from _of_months(currency, months, earned)


async def find_wrong_months(store: Store, folded: Folded, *, repair: bool) -> list[Difference]:
    """Return the kept months whose sums a report would take though they are wrong; *repair* drops them.

    Where the number of movements differs, a report folds anew by itself.
    """
    differences: list[Difference] = []
    for currency, months in folded.items():
        right = {cached.month: cached for cached in months}
        kept = [
            cached_month
            for cached_month in await find_cached_months(store, currency)
            if cached_month.month in right
        ]
        wrong = [
            invoice.month
            for invoice in kept
            if invoice != right[invoice.month] and _holds(invoice, right[invoice.month])
        ]
        if repair:
            await forget_months(store, currency, wrong)
        differences += [
            Difference(f"report of {month.start:%Y-%m} in {currency}", "keeps other sums than its movements'")
            for month in sorted(wrong, key=attrgetter("start"))
        ]
    return differences


def _holds(kept: CachedMonth, folded: CachedMonth) -> bool:
    return kept.movements == folded.movements


async def _sum_kept_months(store: Store, currency: str, earned: EarnedRevenue) -> list[CachedMonth]:
    firsts = [month for dated_currency, month in earned.dated if dated_currency == currency]
    if not firsts:
        return []
    months = whole_months(Period(min(firsts), whole_month(max(firsts)).end))
    standing, number = EMPTY_SNAPSHOT, 0
    merged = await find_merged_movers(store, currency)
    folded: list[CachedMonth] = []
    for month, sums in zip(months, await sum_movements(store, currency, months), strict=True):
        number += earned.dated[currency, month.start]
        counted = number + count_merged(merged, month)
        folded.append(CachedMonth(month=month, movements=counted, opening=standing, sums=sums))
        standing = snapshot_after(standing, sums)
    return folded


def _of_months(currency: str, months: Iterable[CachedMonth], earned: EarnedRevenue) -> Iterator[Difference]:
    """Yield the months at whose end the movements, by kind, do not lead to what they add up to."""
    expected = 0
    for month in months:
        start = month.opening.total
        end = start + month.sums.moves.total()
        expected += earned.moved[currency, month.month.start]
        if not end == snapshot_after(month.opening, month.sums).total == expected:
            yield Difference(
                f"MRR of {month.month.start:%Y-%m} in {currency}",
                f"goes from {start} to {end} by kind, its movements sum up to {expected}",
            )
