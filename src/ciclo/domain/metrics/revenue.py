"""Revenue: the figures of a month and of a whole window, each from sums that add up to the cent.

`start + new + expansion + reactivation + resume - contraction - churn - pause = end`, and the same for
every plan with what it took over from other plans (rule 25). Source: billing rules 24 to 26.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final

from ciclo.copies import replace
from ciclo.domain.ids import PlanId
from ciclo.domain.metrics.cash import Cash, total_cash
from ciclo.domain.metrics.customer_movements import MovementKind
from ciclo.domain.metrics.sums import MovementSums, MrrSnapshot, add_sums, snapshot_after
from ciclo.domain.money import half_up
from ciclo.domain.period import Period

MONTHS_OF_A_YEAR: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRevenue:
    """One plan's part of a period; the sum over all plans is the total, figure by figure. Minor units.

    `moves` are signed, by kind. `transfers` is what the plan took over from other plans less what it
    lost to them, where customers changed: over all plans it sums up to nothing.
    """

    plan_id: PlanId
    start: int
    end: int
    moves: Mapping[MovementKind, int]
    transfers: int
    subscriptions: int
    """Those that pay, at the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revenue:
    """All figures of a period: a month, the part of one that a window has, or the whole window.

    MRR is in minor units; `moves` are signed, by kind; `customers` counts moves by kind: who leaves
    twice in a month counts twice, and as reactivated in between. A ratio is None where there was
    nothing to take a share of. Every ratio can be recomputed from the figures beside it.
    """

    period: Period
    months: int
    """How many calendar months the period touches."""
    start: int
    end: int
    moves: Mapping[MovementKind, int]
    subscribers_at_start: int
    subscribers: int
    """Customers who pay, at the end: those with MRR. Free subscriptions have none."""
    customers: Mapping[MovementKind, int]
    subscriptions: int
    """Those that pay, at the end."""
    plans: tuple[PlanRevenue, ...]
    cash: Cash
    committed: int | None = None
    """What of the MRR at the end is not set to end or shrink; None where the period is over."""

    @property
    def arr(self) -> int:
        """Return what the MRR at the end comes to in a year (rule 24)."""
        return MONTHS_OF_A_YEAR * self.end

    @property
    def customer_churn(self) -> Fraction | None:
        """Return the customers that churned as a share of those who paid at the start (rule 26).

        Those who paused are not among them: they are expected back.
        """
        return _share(self.customers.get(MovementKind.CHURN, 0), self.subscribers_at_start)

    @property
    def gross_revenue_churn(self) -> Fraction | None:
        """Return churned and contracted MRR as a share of the MRR at the start."""
        return _share(-self._sum_kinds(MovementKind.CHURN, MovementKind.CONTRACTION), self.start)

    @property
    def net_revenue_churn(self) -> Fraction | None:
        """Return the same less expansion and reactivation; negative where those were more.

        New customers never count here; pauses and resumes do not either.
        """
        lost = -self._sum_kinds(
            MovementKind.CHURN, MovementKind.CONTRACTION, MovementKind.EXPANSION, MovementKind.REACTIVATION
        )
        return _share(lost, self.start)

    @property
    def net_retention(self) -> Fraction | None:
        """Return what became of the MRR at the start, as a share of it: 1 less the net revenue churn."""
        churn = self.net_revenue_churn
        return None if churn is None else 1 - churn

    @property
    def arpu(self) -> int | None:
        """Return the MRR of a paying customer at the end, in minor units; None if there is none."""
        return half_up(self.end, self.subscribers) if self.subscribers else None

    @property
    def ltv(self) -> int | None:
        """Return ARPU divided by the customer churn of a month, in minor units, rounded once (rule 26).

        The churn of several months is taken for that of as many equal ones. None where nobody churned,
        nobody paid at the start, or nobody pays at the end.
        """
        churned = self.customers.get(MovementKind.CHURN, 0)
        if not (churned and self.subscribers_at_start and self.subscribers):
            return None
        return half_up(self.end * self.subscribers_at_start * self.months, self.subscribers * churned)

    def _sum_kinds(self, *kinds: MovementKind) -> int:
        return sum(self.moves.get(kind, 0) for kind in kinds)


@dataclass(frozen=True, slots=True, kw_only=True)
class RevenueReport:
    """The months of a window, and all of them as one period."""

    months: tuple[Revenue, ...]
    total: Revenue


def revenue_report(
    opening: MrrSnapshot, *, periods: Sequence[Period], sums: Sequence[MovementSums], cash: Sequence[Cash]
) -> RevenueReport:
    """Return the figures of *periods*, which follow each other, from what there was before the first."""
    standing, months = opening, []
    for period, movement_sums, money in zip(periods, sums, cash, strict=True):
        months.append(_revenue(standing, movement_sums, period=period, months=1, cash=money))
        standing = snapshot_after(standing, movement_sums)
    window = Period(periods[0].start, periods[-1].end)
    total = _revenue(opening, add_sums(sums), period=window, months=len(periods), cash=total_cash(cash))
    return RevenueReport(months=tuple(months), total=total)


def with_commitment(report: RevenueReport, *, today: date, set_to_go: int) -> RevenueReport:
    """Return *report* with what of today's MRR stays: *set_to_go* is to end or shrink, in minor units."""

    def commit(row: Revenue) -> Revenue:
        runs = row.period.start <= today < row.period.end
        return replace(row, committed=row.end - set_to_go) if runs else row

    return RevenueReport(months=tuple(commit(row) for row in report.months), total=commit(report.total))


def _revenue(before: MrrSnapshot, sums: MovementSums, *, period: Period, months: int, cash: Cash) -> Revenue:
    after = snapshot_after(before, sums)
    return Revenue(
        period=period,
        months=months,
        start=before.total,
        end=after.total,
        moves=sums.moves,
        subscribers_at_start=before.customers,
        subscribers=after.customers,
        customers=sums.customers,
        subscriptions=sum(after.subscriptions.values()),
        plans=_plans(before, sums, after),
        cash=cash,
    )


def _plans(before: MrrSnapshot, sums: MovementSums, after: MrrSnapshot) -> tuple[PlanRevenue, ...]:
    """Return every plan that earned anything in the period, by id."""
    moves: dict[PlanId, dict[MovementKind, int]] = {}
    for (kind, plan_id), change in sums.shares.items():
        moves.setdefault(plan_id, {})[kind] = change
    return tuple(
        PlanRevenue(
            plan_id=plan_id,
            start=before.mrr.get(plan_id, 0),
            end=after.mrr.get(plan_id, 0),
            moves=moves.get(plan_id, {}),
            transfers=sums.transfers[plan_id],
            subscriptions=after.subscriptions.get(plan_id, 0),
        )
        for plan_id in sorted(before.mrr.keys() | moves.keys() | sums.transfers.keys())
    )


def _share(part: int, whole: int) -> Fraction | None:
    return Fraction(part, whole) if whole else None
