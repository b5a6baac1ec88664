"""Builders: values with sensible facts, so that a test names only what it is about."""

from dataclasses import replace
from datetime import UTC, date, datetime

from ciclo.domain.account import Account
from ciclo.domain.events import Event, Payload, Source, SubscriptionCreated
from ciclo.domain.ids import CustomerId, EventId, PlanId, SubscriptionId, derived_id
from ciclo.domain.lifecycle import Decision, apply, next_due, opened
from ciclo.domain.payment import MethodKind, PaymentMethod
from ciclo.domain.period import BillingCycle, local_date, start_of_day
from ciclo.domain.plan import Terms
from ciclo.domain.policy import Policy

POLICY = Policy(timezone="America/Sao_Paulo")
CUSTOMER = CustomerId(derived_id("cus", at=datetime(2026, 1, 1, tzinfo=UTC), facts="ana"))
SUBSCRIPTION = SubscriptionId(derived_id("sub", at=datetime(2026, 1, 1, tzinfo=UTC), facts="ana"))
CARD = PaymentMethod(kind=MethodKind.CREDIT_CARD, token="tok_visa", brand="visa", last_four="4242")
PIX = PaymentMethod(kind=MethodKind.PIX)


def noon(day: date) -> datetime:
    """Return an instant that is on *day* for the seller."""
    return start_of_day(day, POLICY.timezone).replace(hour=15)


def terms(
    price: int = 2990,
    *,
    plan: str = "basic",
    cycle: BillingCycle = BillingCycle.MONTHLY,
    quantity: int = 1,
    trial_days: int = 7,
    currency: str = "BRL",
) -> Terms:
    return Terms(
        plan_id=PlanId(derived_id("plan", at=datetime(2026, 1, 1, tzinfo=UTC), facts=plan)),
        plan_version=1,
        plan_name=plan.title(),
        unit_price=price,
        currency=currency,
        billing_cycle=cycle,
        trial_days=trial_days,
        quantity=quantity,
    )


def event(payload: Payload, *, at: datetime | date, key: str | None = None) -> Event:
    """Return an event of SUBSCRIPTION; equal payloads at one instant are one event unless *key* differs."""
    instant = at if isinstance(at, datetime) else noon(at)
    dedupe_key = key or f"{payload!r}@{instant}"
    return Event(
        id=EventId(derived_id("evt", at=instant, facts=dedupe_key)),
        subscription_id=SUBSCRIPTION,
        payload=payload,
        occurred_at=instant,
        source=Source.API,
        dedupe_key=dedupe_key,
    )


class Story:
    """One subscription told event by event; every decision is kept."""

    def __init__(
        self,
        on: date,
        *,
        of: Terms | None = None,
        trial_days: int = 0,
        method: PaymentMethod | None = CARD,
        policy: Policy = POLICY,
        credit: int = 0,
    ) -> None:
        self.policy = policy
        created = SubscriptionCreated(
            customer_id=CUSTOMER, terms=of or terms(), on=on, trial_days=trial_days, method=method
        )
        self.created = event(created, at=on)
        self.account = replace(opened(self.created, created), credit=credit)
        self.decisions: list[Decision] = []

    def start(self) -> "Story":
        return self.tell(self.created)

    def tell(self, what: Event | Payload, *, at: datetime | date | None = None) -> "Story":
        happened = what if isinstance(what, Event) else event(what, at=at or date(2026, 1, 1))
        decision = apply(self.account, happened, self.policy)
        self.account = decision.account
        self.decisions.append(decision)
        return self

    def until(self, day: date) -> "Story":
        """Let the clock do all that falls due up to *day*."""
        while (due := next_due(self.account, self.policy)) and (
            local_date(due.at, self.policy.timezone) <= day
        ):
            self.tell(due.event(self.account))
        return self

    @property
    def last(self) -> Decision:
        return self.decisions[-1]
