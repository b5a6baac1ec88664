"""A customer who asks for whatever self-service takes, and a count of days had and money paid of its own.

The count is the test's: what a day costs follows from the plan's price and a walk through the calendar, money
is what the card and the codes paid. Of the engine it asks who has access, on what anchor, and what is open.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Final

from ciclo.domain.account import Account
from ciclo.domain.batch import BalanceKey, apply_one, balance_key
from ciclo.domain.errors.general import BillingError
from ciclo.domain.events.commands import (
    CancellationRequested,
    CancellationRevoked,
    ChangeTiming,
    Command,
    InvoicePaymentRequested,
    PaymentMethodUpdated,
    PlanChanged,
    Proration,
    SubscriptionCreated,
    SubscriptionPaused,
    SubscriptionResumed,
    WithdrawalRequested,
)
from ciclo.domain.events.event import Event, Payload, Source
from ciclo.domain.events.facts import PaymentFailed, PaymentSucceeded
from ciclo.domain.events.orders import ChargeRequested
from ciclo.domain.ids import EventId, InvoiceId, SubscriptionId, derived_id
from ciclo.domain.invoice import Invoice, InvoiceStatus, is_overdue
from ciclo.domain.lifecycle import next_due_event, open_account
from ciclo.domain.payment import Payment, is_card
from ciclo.domain.payments.grant import Balance
from ciclo.domain.period import local_date, start_of_day
from ciclo.domain.plan import Terms, is_upgrade, same_offer
from ciclo.domain.subscription import EndReason, Status, Subscription
from tests.builders import CARD, CUSTOMER, OTHER_CARD, PIX
from tests.domain.calendars import CALENDAR
from tests.domain.oracle import period_of
from tests.domain.payers import code_for

METHODS: Final = {"good card": CARD, "bad card": OTHER_CARD, "pix": PIX}
ACCESS: Final = {Status.ACTIVE, Status.PAST_DUE}
CLOCK_STEPS_MAX: Final = 2_000


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What the customer asks for next, after some time; *late*: the scheduler sleeps meanwhile."""

    what: str
    after: timedelta = timedelta()
    terms: Terms | None = None
    timing: ChangeTiming | None = None
    proration: Proration = Proration.NOW
    method: str = "good card"
    late: bool = False


@dataclass(kw_only=True)
class ServedDay:
    """A day with access: its dearest price, and the invoices that bill it."""

    costs: Fraction
    billed_by: set[InvoiceId] = field(default_factory=set)


class Customer:
    """One customer's subscriptions, one after the other, and their balance."""

    def __init__(self, begins: date) -> None:
        self.now = start_of_day(begins, CALENDAR.timezone) + timedelta(hours=12)
        self.seen = self.now
        """Until when days are counted and the clock's work is done."""
        self.accounts: list[Account] = []
        self.balances: dict[BalanceKey, Balance] = {}
        self.cash = 0
        self.count = 0
        self.days: dict[tuple[SubscriptionId, date], ServedDay] = {}
        self.free: set[SubscriptionId] = set()
        """The contract that was withdrawn from in whole."""
        self.reversed_days = Fraction()
        """What the day cost on which a longer interval began: its period begins with that day (rule 12)."""
        self.refusals: set[str] = set()
        self.is_late = False
        self.slept = 0
        """Days on which the scheduler did nothing: who does not pay is served as long."""
        self.orders: list[tuple[int, ChargeRequested]] = []
        """What a late scheduler has asked for and is carried out at the end."""

    # Time

    def advance(self, by: timedelta, *, late: bool = False) -> None:
        """Let time pass. A scheduler that is late does all that was due at the end of it."""
        self.now += by
        self.is_late = late
        self.slept += by.days + 1 if late else 0
        self.catch_up()
        while self.orders:
            self.charge(*self.orders.pop(0))
            self.catch_up()
        self.is_late = False

    def catch_up(self) -> None:
        """Do what is due, in its order, and say of each day who had access on it."""
        for _ in range(CLOCK_STEPS_MAX):
            dues = [
                (due.at, place, due)
                for place, account in enumerate(self.accounts)
                if (due := next_due_event(account, CALENDAR)) is not None and due.at <= self.now
            ]
            if not dues:
                self.see(self.now)
                return
            at, place, due = min(dues, key=lambda one: one[:2])
            self.see(max(self.seen, at))
            self.apply(place, due.event(self.accounts[place]))
        raise AssertionError("the clock does not come to an end")

    def see(self, until: datetime) -> None:
        """Count the days before the instant *until*, on which everything is as it is now."""
        day, last = self.day_of(self.seen), self.day_of(until - timedelta(milliseconds=1))
        while day <= last:
            for account in self.accounts:
                self.count_day(account, day)
            day += timedelta(days=1)
        self.seen = max(self.seen, until)

    def count_day(self, account: Account, day: date) -> None:
        sub = account.subscription
        if sub.status not in ACCESS:
            return
        price = price_of_day(sub.terms, sub.anchor, day)
        served = self.days.setdefault((sub.id, day), ServedDay(costs=price))
        served.costs = max(served.costs, price)
        if sub.coverage is not None and sub.coverage.line.service.start <= day:
            served.billed_by.add(sub.coverage.invoice_id)

    def day_of(self, at: datetime) -> date:
        return local_date(at, CALENDAR.timezone)

    @property
    def today(self) -> date:
        return self.day_of(self.now)

    # What happens

    def event(self, payload: Payload, sub_id: SubscriptionId) -> Event:
        self.count += 1
        return Event(
            id=EventId(derived_id("evt", at=self.seen, facts=f"{self.count}")),
            subscription_id=sub_id,
            payload=payload,
            occurred_at=self.seen,
            source=Source.API,
            dedupe_key=f"{self.count}",
        )

    def apply(self, place: int, event: Event) -> None:
        """Apply an event, and let cards answer at once: they pay, or decline."""
        before = self.accounts[place]
        entry = apply_one(before, self.balances, event, CALENDAR)
        self.accounts[place] = account = entry.decision.account
        self.balances[balance_key(account.subscription)] = account.balance
        self.look(before.subscription, account.subscription)
        self.count_now(account)
        for order in entry.decision.follow_ups:
            if isinstance(order.payload, ChargeRequested) and self.is_late:
                self.orders.append((place, order.payload))
            elif isinstance(order.payload, ChargeRequested):
                self.charge(place, order.payload)

    def count_now(self, account: Account) -> None:
        self.count_day(account, self.day_of(self.seen))

    def look(self, before: Subscription, after: Subscription) -> None:
        if before.terms.billing_cycle is not after.terms.billing_cycle and before.status in ACCESS:
            self.reversed_days += price_of_day(before.terms, before.anchor, self.day_of(self.seen))

    def charge(self, place: int, order: ChargeRequested) -> None:
        code = code_for(order, CALENDAR)
        if code is not None:
            self.apply(place, self.event(code, self.accounts[place].subscription.id))
            return
        payment = self.accounts[place].payments[order.payment_id]
        if not payment.in_flight:
            return
        if order.method == CARD:
            self.pay(place, payment)
            return
        declined = PaymentFailed(
            amount=order.amount,
            currency=order.currency,
            payment_id=order.payment_id,
            attempt=order.attempt,
            failure_code="insufficient_funds",
        )
        self.apply(place, self.event(declined, self.accounts[place].subscription.id))

    def pay(self, place: int, payment: Payment) -> None:
        self.cash += payment.amount
        paid = PaymentSucceeded(
            amount=payment.amount,
            currency=payment.currency,
            payment_id=payment.id,
            provider="sandbox",
            provider_reference=f"ch_{payment.id}",
        )
        self.apply(place, self.event(paid, self.accounts[place].subscription.id))

    # What is asked for

    def ask(self, wish: Wish) -> None:
        """Ask for something after some time; what is due is done first, and a refusal changes nothing."""
        self.advance(wish.after, late=wish.late)
        if wish.what == "create":
            self.create(wish)
        elif wish.what == "pay code":
            self.pay_code()
        else:
            self.command(wish)
        self.catch_up()

    def create(self, wish: Wish) -> None:
        lives = any(account.subscription.is_live for account in self.accounts)
        if wish.terms is None or lives or self.owes():
            self.refusals.add("create")
            return
        sub_id = SubscriptionId(derived_id("sub", at=self.now, facts=str(len(self.accounts))))
        created = SubscriptionCreated(
            customer_id=CUSTOMER,
            terms=wish.terms,
            on=self.today,
            trial_days=0 if self.accounts else wish.terms.trial_days,
            method=METHODS[wish.method],
        )
        event = self.event(created, sub_id)
        self.accounts.append(open_account(event, created))
        self.apply(len(self.accounts) - 1, event)

    def pay_code(self) -> None:
        """Pay the oldest code that waits."""
        for place, account in enumerate(self.accounts):
            for payment in account.payments.values():
                if payment.in_flight and not is_card(payment):
                    self.pay(place, payment)
                    return

    def command(self, wish: Wish) -> None:
        for place in reversed(range(len(self.accounts))):
            command = self.command_of(wish, self.accounts[place])
            if command is None:
                continue
            sub = self.accounts[place].subscription
            paid_before = sub.first_paid_at is not None
            try:
                self.apply(place, self.event(command, sub.id))
            except BillingError as error:
                self.refusals.add(error.code)
                return
            if isinstance(command, WithdrawalRequested) and paid_before and not command.keeps_served:
                self.free.add(sub.id)
            return

    def command_of(self, wish: Wish, account: Account) -> Command | None:
        """Return what self-service makes of a wish; None where it is refused, or about nothing."""
        sub = account.subscription
        if wish.what == "pay":
            owed = account.open_invoices()
            method = METHODS[wish.method]
            return InvoicePaymentRequested(invoice_id=owed[0].id, method=method) if owed else None
        if not sub.is_live:
            return None
        if wish.what == "change" and wish.terms is not None:
            more = is_upgrade(sub.terms, wish.terms) and not same_offer(sub.terms, wish.terms)
            change = PlanChanged(
                terms=wish.terms, timing=wish.timing, proration=wish.proration, may_credit=False
            )
            return None if more and self.owes() else change
        if wish.what == "resume" and sub.status is Status.PAUSED and self.owes():
            return None
        commands: dict[str, Command] = {
            "pause": SubscriptionPaused(serves_today=True),
            "pause at end": SubscriptionPaused(serves_today=True, at_period_end=True),
            "resume": SubscriptionResumed(),
            "leave": CancellationRequested(),
            "leave now": CancellationRequested(immediately=True),
            "stay": CancellationRevoked(),
            "withdraw": WithdrawalRequested(keeps_served=self.has_withdrawn(sub)),
            "method": PaymentMethodUpdated(method=METHODS[wish.method]),
        }
        return commands.get(wish.what)

    def has_withdrawn(self, sub: Subscription) -> bool:
        return any(
            one.subscription.end_reason is EndReason.WITHDRAWN and one.subscription.first_paid_at is not None
            for one in self.accounts
            if one.subscription.id != sub.id
        )

    def owes(self) -> bool:
        """Return whether something is past due of what was ever served."""
        return any(
            is_overdue(invoice, today=self.today) or invoice.dunning is not None
            for account in self.accounts
            for invoice in account.open_invoices()
            if account.subscription.activated_at is not None
        )

    # What it comes to

    def invoices(self) -> Iterator[Invoice]:
        for account in self.accounts:
            yield from account.invoices.values()

    def owed_days(self) -> list[tuple[SubscriptionId, date]]:
        """Return the days that were had and whose invoice is still to be paid."""
        still_open = {invoice.id for invoice in self.invoices() if invoice.is_open}
        return [key for key, served in self.days.items() if served.billed_by & still_open]

    def value_had(self) -> Fraction:
        """Return what the days cost that were had, but those on trust and those of the free contract."""
        owed = set(self.owed_days())
        return sum(
            (one.costs for key, one in self.days.items() if key not in owed and key[0] not in self.free),
            Fraction(),
        )

    def money_spent(self) -> Fraction:
        """Return what was paid and is not there any more, nor for days to come."""
        sent_back = sum(
            payment.reserved_amount for account in self.accounts for payment in account.payments.values()
        )
        on_balance = sum(balance.amount for balance in self.balances.values())
        reserved = sum(invoice.credit_applied for invoice in self.invoices() if invoice.is_open)
        ahead = sum((self.paid_ahead(account) for account in self.accounts), Fraction())
        return self.cash - sent_back - on_balance - reserved - ahead

    def paid_ahead(self, account: Account) -> Fraction:
        """Return what is paid of the days after today."""
        tomorrow, sub = self.today + timedelta(days=1), account.subscription
        ahead = Fraction()
        for coverage in (sub.coverage, sub.next_coverage):
            if coverage is None or account.invoices[coverage.invoice_id].status is not InvoiceStatus.PAID:
                continue
            line = coverage.line
            left = max(0, (line.service.end - max(line.service.start, tomorrow)).days)
            ahead += Fraction(line.unit_price * line.quantity * left, line.total_days)
        return ahead

    def rounding(self) -> Fraction:
        """Return by how much halves of a cent may add up: one a line."""
        notes = sum(len(note.lines) for account in self.accounts for note in account.credit_notes)
        lines = sum(len(invoice.lines) for invoice in self.invoices())
        return Fraction(lines + notes, 2)


def price_of_day(terms: Terms, anchor: date, day: date) -> Fraction:
    """Return what *day* costs: the price by the days of the period that the calendar gives."""
    start, end = period_of(anchor, terms.billing_cycle.months, day)
    return Fraction(terms.unit_price * terms.quantity, (end - start).days)
