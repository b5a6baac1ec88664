"""A business's reports recomputed day by day from its event log: slow, simple, and no code of the metrics."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from ciclo.actions.dependencies import Deps
from ciclo.domain.account import Account
from ciclo.domain.events.commands import SubscriptionCreated
from ciclo.domain.lifecycle import apply, open_account
from ciclo.domain.payment import RefundStatus
from ciclo.domain.period import local_date
from ciclo.domain.subscription import Status, Subscription
from ciclo.store.ledger.histories import SubscriptionHistory, scan_histories
from ciclo.store.policies import find_policies

MONTHS = {"MONTHLY": 1, "QUARTERLY": 3, "SEMIANNUAL": 6, "ANNUAL": 12}
KINDS = ("new", "expansion", "contraction", "churn", "reactivation", "pause", "resume")


@dataclass(frozen=True)
class Told:
    """One subscription as its events tell it: its state at the end of each day on which one happened."""

    days: dict[date, Subscription]
    end: Account

    def on(self, day: date) -> Subscription | None:
        """Return the state at the end of *day*."""
        known = [one for one in self.days if one <= day]
        return self.days[max(known)] if known else None


@dataclass
class Book:
    """All subscriptions, by customer."""

    timezone: str
    customers: dict[str, list[Told]] = field(default_factory=lambda: defaultdict(list))

    def all(self) -> list[Told]:
        return [told for subscriptions in self.customers.values() for told in subscriptions]


async def book_of(deps: Deps) -> Book:
    """Fold every subscription's events."""
    policies = await find_policies(deps.store)
    book = Book(deps.policy.timezone)
    async for batch in scan_histories(deps.store):
        for history in batch:
            told = _told(history, policies, deps.policy.timezone)
            book.customers[history.subscription.customer_id].append(told)
    return book


def _told(history: SubscriptionHistory, policies: dict[str, Any], timezone: str) -> Told:
    created = history.created
    assert created is not None
    assert isinstance(created.payload, SubscriptionCreated)
    account = open_account(created, created.payload)
    days: dict[date, Subscription] = {}
    for posted in history.posted:
        account = replace(account, credit=posted.credit_before, grants=posted.grants_before)
        account = apply(account, posted.event, policies[posted.policy_id]).account
        # What is told late happened at the earliest on the last day that is known.
        day = max([local_date(posted.event.occurred_at, timezone), *days])
        days[day] = account.subscription
    return Told(days, account)


def worth(subscription: Subscription | None) -> Decimal:
    """Return what a subscription is worth a month (rule 24)."""
    if subscription is None or subscription.status not in {Status.ACTIVE, Status.PAST_DUE}:
        return Decimal(0)
    terms = subscription.terms
    price = Decimal(terms.unit_price) * terms.quantity / 100
    return (price / MONTHS[terms.billing_cycle.value]).quantize(Decimal("0.01"), ROUND_HALF_UP)


def mrr_of(subscriptions: Iterable[Told], day: date) -> Decimal:
    """Return the MRR of *subscriptions* at the end of *day*."""
    return sum((worth(one.on(day)) for one in subscriptions), Decimal(0))


def kind_of(subscriptions: list[Told], day: date, *, paid_before: bool) -> str | None:
    """Return what *day* did to one customer (rule 25)."""
    before, after = (mrr_of(subscriptions, one) for one in (day - timedelta(days=1), day))
    if before == after:
        return None
    if before and after:
        return "expansion" if after > before else "contraction"
    if after and not paid_before:
        return "new"
    # The script's customers have one subscription: its other state tells.
    other = subscriptions[0].on(day if before else day - timedelta(days=1))
    assert other is not None
    if after:
        return "resume" if other.status is Status.PAUSED else "reactivation"
    return "pause" if other.status is Status.PAUSED else "churn"


def month_of(book: Book, start: date, end: date) -> dict[str, Any]:
    """Return the figures of the month [start, end)."""
    moved: Counter[str] = Counter()
    heads: Counter[str] = Counter()
    amounts: dict[str, Decimal] = defaultdict(Decimal)
    for subscriptions in book.customers.values():
        for offset in range((end - start).days):
            day = start + timedelta(days=offset)
            kind = kind_of(subscriptions, day, paid_before=first_paid(subscriptions, before=day) is not None)
            if kind is not None:
                change = mrr_of(subscriptions, day) - mrr_of(subscriptions, day - timedelta(days=1))
                amounts[kind] += abs(change)
                heads[kind] += 1
    last = end - timedelta(days=1)
    at_start = paying(book, start - timedelta(days=1))
    moved.update(heads)
    return {
        "startMrr": mrr_of(book.all(), start - timedelta(days=1)),
        "mrr": mrr_of(book.all(), last),
        "movements": {kind: amounts[kind] for kind in KINDS},
        "startSubscribers": at_start,
        "activeSubscribers": paying(book, last),
        "newSubscribers": heads["new"],
        "churnedSubscribers": heads["churn"],
        "reactivatedSubscribers": heads["reactivation"],
        "pausedSubscribers": heads["pause"],
        "resumedSubscribers": heads["resume"],
        "activeSubscriptions": sum(worth(one.on(last)) > 0 for one in book.all()),
        "customerChurn": share(heads["churn"], at_start),
        "byPlan": by_plan(book, last),
        **cash_of(book, start, end),
    }


def first_paid(subscriptions: list[Told], *, before: date) -> date | None:
    """Return the first day at whose end a customer paid, None if there is none *before*."""
    days = sorted(day for one in subscriptions for day in one.days if day < before)
    return next((day for day in days if mrr_of(subscriptions, day)), None)


def paying(book: Book, day: date) -> int:
    return sum(mrr_of(subscriptions, day) > 0 for subscriptions in book.customers.values())


def by_plan(book: Book, day: date) -> dict[str, Decimal]:
    plans: dict[str, Decimal] = defaultdict(Decimal)
    for one in book.all():
        state = one.on(day)
        if state is not None and worth(state):
            plans[state.terms.plan_id] += worth(state)
    return dict(plans)


def cash_of(book: Book, start: date, end: date) -> dict[str, Any]:
    """Return what was collected, refunded and owed, and what became of trials."""

    def within(instant: datetime | None) -> bool:
        return instant is not None and start <= local_date(instant, book.timezone) < end

    def before_end(instant: datetime | None) -> bool:
        return instant is not None and local_date(instant, book.timezone) < end

    accounts = [one.end for one in book.all()]
    payments = [one for account in accounts for one in account.payments.values()]
    invoices = [one for account in accounts for one in account.invoices.values()]
    refunds = [one for payment in payments for one in payment.refunds]
    tried = [one.subscription for one in accounts if one.subscription.trial is not None]
    converted = sum(within(one.activated_at) for one in tried)
    return {
        "collected": minor(
            coming.amount for one in payments for coming in one.arrivals() if within(coming.at)
        ),
        "refunded": minor(
            one.amount for one in refunds if one.status is RefundStatus.SUCCEEDED and within(one.created_at)
        ),
        "outstanding": minor(
            one.total
            for one in invoices
            if before_end(one.issued_at) and not before_end(one.paid_at) and not before_end(one.voided_at)
        ),
        "trialsConverted": converted,
        "trialsDecided": converted + sum(within(one.ended_at) and one.activated_at is None for one in tried),
    }


def minor(amounts: Iterable[int]) -> Decimal:
    return Decimal(sum(amounts)) / 100


def share(part: int, whole: int) -> Decimal | None:
    return (Decimal(part) / whole).quantize(Decimal("0.0001"), ROUND_HALF_UP) if whole else None
