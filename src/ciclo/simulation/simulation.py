"""A simulation: a scripted business played through a running stack, and what its ledger then says."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from ciclo.actions.advance_clock import set_first_instant
from ciclo.actions.audit.ledger import AuditCounts, audit_ledger
from ciclo.actions.dependencies import Deps
from ciclo.actions.fingerprint import ledger_digest
from ciclo.actions.reports import load_revenue_report
from ciclo.domain.errors.general import DateInPast
from ciclo.domain.payment import RefundStatus
from ciclo.domain.period import BillingCycle, Period, boundary, local_date, start_of_day
from ciclo.domain.replay import Difference
from ciclo.domain.subscription import IN_SERVICE
from ciclo.simulation.api import Api
from ciclo.simulation.player import Player, Tally
from ciclo.simulation.script import Script, is_weekly, write_script
from ciclo.store.ledger.histories import SubscriptionHistory, scan_histories

OPENS_ON: Final = date(2026, 1, 1)
"""The first day of a business on an empty ledger, so that a seed has one fingerprint on any day."""

ONE_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Business:
    """What is simulated; the same three numbers are the same business."""

    customers: int
    months: int
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the play is: `played` of `days` on which somebody does something."""

    day: date
    played: int
    days: int


@dataclass(slots=True, kw_only=True)
class LedgerTotals:
    """The whole ledger, counted. Amounts are minor units of the seller's currency."""

    customers: set[str] = field(default_factory=set)
    subscriptions: int = 0
    earning: int = 0
    invoices: int = 0
    payments: int = 0
    paid: int = 0
    collected: int = 0
    refunds: int = 0
    refunded: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of it; `mrr` is that of the last day, in minor units of `currency`."""

    ends_on: date
    tally: Tally
    books: LedgerTotals
    mrr: int
    currency: str
    audited: AuditCounts
    differences: list[Difference]
    fingerprint: str


async def run_simulation(
    deps: Deps, business: Business, *, token: str, progress: Callable[[Progress], None]
) -> Result:
    """Play *business* from the stack's present day on, or from OPENS_ON where nothing has happened yet.

    Args:
        deps: The stack's own databases; its API is where its settings say.
        business: What to play.
        token: An operator's.
        progress: Told after each day.

    Raises:
        ApiFailed: the stack did not do its part.
    """
    zone = deps.policy.timezone
    start = await _first_day(deps)
    end = boundary(start, BillingCycle.MONTHLY, business.months)
    script = write_script(
        seed=business.seed,
        customers=business.customers,
        start=start,
        months=business.months,
        opens=is_weekly,
    )
    async with Api(deps.settings.base_url, token=token) as api:
        player = Player(api, seed=business.seed, timezone=zone)
        await player.offer_plans()
        await player.play(script, progress=_counted(script, progress))
        await api.advance(start_of_day(end, zone))
        await api.wait_until_idle()
    audited = AuditCounts()
    return Result(
        ends_on=end,
        tally=player.tally,
        differences=[difference async for difference in audit_ledger(deps, audited)],
        audited=audited,
        books=await _read_totals(deps),
        mrr=await _mrr(deps, on=end - ONE_DAY),
        currency=deps.settings.currency,
        fingerprint=await ledger_digest(deps),
    )


async def _first_day(deps: Deps) -> date:
    """Return the day on which the play begins: the clock moves forward only."""
    zone = deps.policy.timezone
    try:
        await set_first_instant(deps, at=start_of_day(OPENS_ON, zone))
    except DateInPast:
        return local_date(await deps.clock.now(), zone) + ONE_DAY
    return OPENS_ON


def _counted(script: Script, progress: Callable[[Progress], None]) -> Callable[[date], None]:
    played = iter(range(1, len(script) + 1))
    return lambda day: progress(Progress(day=day, played=next(played), days=len(script)))


async def _mrr(deps: Deps, *, on: date) -> int:
    window = Period(on, on + ONE_DAY)
    return (await load_revenue_report(deps, window=window, currency=deps.settings.currency)).total.end


async def _read_totals(deps: Deps) -> LedgerTotals:
    books = LedgerTotals()
    async for batch in scan_histories(deps.store):
        for history in batch:
            _count(books, history)
    return books


def _count(books: LedgerTotals, history: SubscriptionHistory) -> None:
    books.customers.add(history.subscription.customer_id)
    books.subscriptions += 1
    books.earning += history.subscription.status in IN_SERVICE
    books.invoices += len(history.invoices)
    for payment in history.payments.values():
        books.payments += 1
        books.paid += payment.is_paid
        books.collected += payment.received_amount
        books.refunds += sum(refund.status is RefundStatus.SUCCEEDED for refund in payment.refunds)
        books.refunded += payment.refunded_amount
