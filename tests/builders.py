"""Builders: values with sensible facts, so that a test names only what it is about."""

from dataclasses import replace
from datetime import UTC, date, datetime

from ciclo.domain.coupons.discount import Discount
from ciclo.domain.events.commands import SubscriptionCreated
from ciclo.domain.events.event import Event, Payload, Source
from ciclo.domain.events.facts import PaymentFailed, PaymentSucceeded
from ciclo.domain.ids import CustomerId, EventId, PlanId, SubscriptionId, derived_id
from ciclo.domain.invoice import Invoice, Line, LineKind
from ciclo.domain.lifecycle import Decision, apply, next_due_event, open_account
from ciclo.domain.payment import MethodKind, Payment, PaymentMethod
from ciclo.domain.period import BillingCycle, ChosenAnchor, Period, local_date, start_of_day
from ciclo.domain.plan import Terms
from ciclo.domain.policy import Policy
from ciclo.domain.subscription import Subscription

POLICY = Policy(timezone="America/Sao_Paulo")
CUSTOMER = CustomerId(derived_id("cus", at=datetime(2026, 1, 1, tzinfo=UTC), facts="ana"))
SUBSCRIPTION = SubscriptionId(derived_id("sub", at=datetime(2026, 1, 1, tzinfo=UTC), facts="ana"))
CARD = PaymentMethod(kind=MethodKind.CREDIT_CARD, token="tok_visa", brand="visa", last_four="4242")
OTHER_CARD = PaymentMethod(
    kind=MethodKind.CREDIT_CARD, token="tok_mastercard", brand="mastercard", last_four="4444"
)
PIX = PaymentMethod(kind=MethodKind.PIX)
BOLETO = PaymentMethod(kind=MethodKind.BOLETO)
CLOCK_STEPS_MAX = 10_000


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


def service(
    of: Terms,
    start: date,
    end: date,
    *,
    total_days: int,
    amount: int,
    tax: int = 0,
    tax_basis_points: int = 0,
) -> Line:
    """Return the charge for the days [start, end) out of a full period of *total_days*."""
    return Line(
        kind=LineKind.SERVICE,
        plan_id=of.plan_id,
        plan_name=of.plan_name,
        quantity=of.quantity,
        unit_price=of.unit_price,
        service=Period(start, end),
        total_days=total_days,
        amount=amount,
        tax=tax,
        tax_basis_points=tax_basis_points,
    )


def unused(
    of: Terms,
    start: date,
    end: date,
    *,
    total_days: int,
    amount: int,
    tax: int = 0,
    tax_basis_points: int = 0,
) -> Line:
    """Return the credit for the days [start, end); *amount* and *tax* are negative."""
    line = service(
        of, start, end, total_days=total_days, amount=amount, tax=tax, tax_basis_points=tax_basis_points
    )
    return replace(line, kind=LineKind.UNUSED)


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
        anchor: ChosenAnchor | None = None,
        discounts: tuple[Discount, ...] = (),
    ) -> None:
        self.policy = policy
        created = SubscriptionCreated(
            customer_id=CUSTOMER,
            terms=of or terms(),
            on=on,
            trial_days=trial_days,
            method=method,
            chosen_anchor=anchor,
            discounts=discounts,
        )
        self.created = event(created, at=on)
        self.account = replace(open_account(self.created, created), credit=credit)
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
        for _ in range(CLOCK_STEPS_MAX):
            due = next_due_event(self.account, self.policy)
            if due is None or local_date(due.at, self.policy.timezone) > day:
                return self
            self.tell(due.event(self.account))
        raise AssertionError(f"the clock does not come to an end by {day}")

    def until_instant(self, instant: datetime) -> "Story":
        """Let the clock do the one thing that falls due at *instant*, or what it does first by then."""
        due = next_due_event(self.account, self.policy)
        assert due is not None
        assert due.at <= instant
        return self.tell(due.event(self.account))

    def pay(self, *, at: datetime | date, invoice: Invoice | None = None) -> "Story":
        """Report that the latest try to collect an invoice, by default the newest one, succeeded."""
        payment = self.payment(invoice)
        return self.tell(
            PaymentSucceeded(amount=payment.amount, currency=payment.currency, payment_id=payment.id), at=at
        )

    def decline(
        self,
        *,
        at: datetime | date,
        invoice: Invoice | None = None,
        code: str = "insufficient_funds",
        hard: bool = False,
    ) -> "Story":
        """Report that the latest try to collect an invoice, by default the newest one, failed."""
        payment = self.payment(invoice)
        failed = PaymentFailed(
            amount=payment.amount,
            currency=payment.currency,
            payment_id=payment.id,
            attempt=payment.attempts,
            failure_code=code,
            hard=hard,
        )
        return self.tell(failed, at=at)

    @property
    def last(self) -> Decision:
        return self.decisions[-1]

    @property
    def subscription(self) -> Subscription:
        return self.account.subscription

    @property
    def invoices(self) -> tuple[Invoice, ...]:
        """Every invoice so far, in the order of their issue."""
        return tuple(self.account.invoices.values())

    @property
    def invoice(self) -> Invoice:
        """The newest invoice."""
        return self.invoices[-1]

    def payment(self, invoice: Invoice | None = None) -> Payment:
        """Return the latest try to collect an invoice, by default the newest one."""
        return self.account.payments_of((invoice or self.invoice).id)[-1]
