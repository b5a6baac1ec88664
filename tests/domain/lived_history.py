"""One subscription lived day by day, by the engine and by the oracle, and nothing compared yet."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ciclo.domain.account import Account
from ciclo.domain.batch import apply_due_events, apply_one, balance_key
from ciclo.domain.collection import CollectionMode
from ciclo.domain.errors.general import BillingError
from ciclo.domain.events.commands import (
    CancellationRefund,
    CancellationRequested,
    CancellationRevoked,
    ChangeTiming,
    Command,
    InvoicePaymentRequested,
    PlanChanged,
    Proration,
    SubscriptionCreated,
    SubscriptionPaused,
    SubscriptionResumed,
)
from ciclo.domain.events.event import Event, Payload
from ciclo.domain.events.orders import ChargeRequested
from ciclo.domain.invoice import InvoiceStatus, Line
from ciclo.domain.lifecycle import Outcome, apply, next_due_event, open_account
from ciclo.domain.period import BillingCycle
from ciclo.domain.plan import Terms
from ciclo.domain.policy import Policy
from ciclo.domain.subscription import Status
from tests.builders import CUSTOMER, event, terms
from tests.domain.entitled import KeptAllowance
from tests.domain.oracle import Offer, Oracle
from tests.domain.payers import ON_THE_BOUNDARY, Payer, answers, code_for

CYCLES = {1: BillingCycle.MONTHLY, 3: BillingCycle.QUARTERLY, 12: BillingCycle.ANNUAL}
ZONES = [
    "America/Sao_Paulo",
    "America/Santiago",
    "Asia/Kolkata",
    "Africa/Cairo",
    "Asia/Beirut",
    "Pacific/Apia",
]
STEPS_MAX = 1_000
"""Turns of the clock within one day: more is a clock that does not come to an end."""

SERVED = {Status.ACTIVE, Status.PAST_DUE}
FREE = {Status.TRIALING, Status.PAUSED}
PAID = InvoiceStatus.PAID


@dataclass(frozen=True, kw_only=True)
class Step:
    """What somebody asks for some days later, and whether the card pays from then on."""

    days: int
    what: str
    offer: Offer
    now: bool
    pays: bool
    proration: Proration = Proration.NOW


class History:
    """One subscription lived day by day, by the engine and by the oracle."""

    def __init__(
        self,
        day: date,
        offer: Offer,
        *,
        currency: str,
        policy: Policy,
        credit: int,
        payer: Payer = ON_THE_BOUNDARY,
    ) -> None:
        self.currency, self.policy, self.credit_granted = currency, policy, credit
        self.day, self.pays, self.count, self.skipped = day, True, 0, False
        self.oracle = Oracle.begin(offer, day)
        self.statuses: dict[date, Status] = {}
        self.charges_after_the_end = 0
        self.cancelled = self.paid_once = False
        self.awaiting: tuple[PlanChanged, Offer, date] | None = None
        self.kept = KeptAllowance()
        created = SubscriptionCreated(
            customer_id=CUSTOMER,
            terms=self.terms(offer),
            on=day,
            trial_days=offer.trial_days,
            method=payer.method,
            collection=payer.collection,
        )
        first = event(created, at=self.now, key="created")
        self.account = replace(open_account(first, created), credit=credit)
        self.take(first.payload)

    @property
    def now(self) -> datetime:
        """Noon of the day, for the seller."""
        return datetime.combine(self.day, time(12), ZoneInfo(self.policy.timezone)).astimezone(UTC)

    def terms(self, offer: Offer) -> Terms:
        return terms(
            offer.price,
            plan=f"{offer.plan} {offer.price} {offer.months} {offer.trial_days}",
            cycle=CYCLES[offer.months],
            quantity=offer.quantity,
            trial_days=offer.trial_days,
            currency=self.currency,
        )

    def take(self, payload: Payload) -> None:
        """Let something happen at noon, the card answer, and all be done that is due then."""
        self.apply(self.report(payload))
        self.answer()
        self.run_clock()

    def report(self, payload: Payload) -> Event:
        self.count += 1
        return event(payload, at=self.now, key=f"{self.count} {payload!r}")

    def apply(self, happened: Event) -> None:
        before = self.account
        decision = apply(before, happened, self.policy)
        self.account = decision.account
        self.kept.follow(before.subscription, self.account.subscription)
        self.skipped |= decision.outcome is Outcome.PERIOD_SKIPPED
        charges = [one.payload for one in decision.follow_ups if isinstance(one.payload, ChargeRequested)]
        # Who asks for a change is charged for it, whatever they cancelled before.
        if not before.subscription.is_live or (
            self.cancelled and not isinstance(happened.payload, PlanChanged)
        ):
            self.charges_after_the_end += len([one for one in charges if not one.on_request])
        self.look(before, happened)
        for code in [code_for(charge, self.policy) for charge in charges]:
            if code is not None:
                self.apply(self.report(code))

    def look(self, before: Account, happened: Event) -> None:
        """Tell the oracle of what a payment brought about: service, or a change that awaited it."""
        sub, invoices = self.account.subscription, self.account.invoices
        is_trusted = sub.collection.mode is CollectionMode.INVOICE
        self.paid_once |= any(one.status is PAID or is_trusted for one in invoices.values())
        named = getattr(happened.payload, "payment_id", None)
        if before.subscription.first_paid_at is None and sub.first_paid_at is not None and named is not None:
            first = invoices[self.account.payments[named].invoice_id]
            if self.day > first.due_on:
                self.oracle.first_paid(self.day)
        awaited = before.subscription.awaited_change
        if self.awaiting is not None and awaited is not None and sub.awaited_change != awaited:
            (change, offer, asked_on), self.awaiting = self.awaiting, None
            if invoices[awaited.invoice_id].status is PAID:
                self.tell_change(change, offer, asked_on)

    def answer(self) -> None:
        """Let it be reported what became of each try, and of what somebody else collects."""
        for news in list(answers(self.account, pays=self.pays, now=self.now)):
            self.apply(self.report(news))

    def pass_days(self, days: int) -> None:
        """Let the days begin one by one, and all that is due on each be done."""
        for _ in range(days):
            self.close_day()
            self.day += timedelta(days=1)
            self.run_clock()
            self.answer()
            self.run_clock()

    def run_clock(self) -> None:
        """Do what is due by noon; the card answers after each turn."""
        before, ended = self.account.subscription, self.account.subscription.period.end
        self.skipped = False
        for _ in range(STEPS_MAX):
            due = next_due_event(self.account, self.policy)
            if due is None or due.at > self.now:
                break
            self.apply(due.event(self.account))
            self.answer()
        else:
            raise AssertionError("the clock does not come to an end")
        sub = self.account.subscription
        if self.day >= ended and sub.is_live and before.status not in {Status.PAUSED, Status.PENDING}:
            self.oracle.reach(self.day, served=not self.skipped, skipped=self.skipped)

    def close_day(self) -> None:
        """Say what the day was, once nothing more happens on it: there is no service before a payment."""
        status = self.account.subscription.status
        assert self.paid_once or status not in SERVED | {Status.PAUSED, Status.SUSPENDED}
        assert not (self.paid_once and status is Status.PENDING)
        self.statuses[self.day] = status
        self.oracle.close_day(self.day, has_service=status in SERVED)

    def ask(self, step: Step) -> None:
        """Let somebody ask for something; what is refused changes nothing."""
        command = self.command(step)
        if command is None:
            return
        if step.what == "pay":
            self.pays = True
        happened = event(command, at=self.now, key=f"{self.count} shown")
        balances = {balance_key(self.account.subscription): self.account.balance}
        assert apply_due_events(self.account, balances, self.policy, until=self.now, events_max=1) == []
        try:
            shown = apply_one(self.account, balances, happened, self.policy).decision
        except BillingError:
            return
        runs = self.account.subscription.status in {Status.ACTIVE, Status.TRIALING}
        self.awaiting = None if isinstance(command, PlanChanged) else self.awaiting
        self.apply(self.report(command))
        assert _billed(self.account) == _billed(shown.account)
        if isinstance(command, CancellationRequested):
            assert self.account.subscription.is_live == (runs and not command.immediately)
        self.tell(command, step)
        self.answer()
        self.run_clock()

    def command(self, step: Step) -> Command | None:
        """Return what the step asks for."""
        timing = ChangeTiming.IMMEDIATE if step.now else ChangeTiming.PERIOD_END
        refund = CancellationRefund.CREDIT if step.now else CancellationRefund.NONE
        wanted = self.terms(self.wanted(step))
        change = PlanChanged(terms=wanted, timing=timing, proration=step.proration)
        commands: dict[str, Command] = {
            "change": change,
            "quantity": change,
            "pause": SubscriptionPaused(),
            "resume": SubscriptionResumed(),
            "leave": CancellationRequested(),
            "leave now": CancellationRequested(immediately=True, refund=refund),
            "stay": CancellationRevoked(),
        }
        owed = self.account.open_invoices()
        if owed:
            commands["pay"] = InvoicePaymentRequested(invoice_id=owed[0].id)
        return commands.get(step.what)

    def wanted(self, step: Step) -> Offer:
        if step.what == "change":
            return step.offer
        return replace(self.oracle.offer, quantity=step.offer.quantity)

    def tell(self, command: Command, step: Step) -> None:
        """Tell the oracle what was asked for and not refused; a change that costs anything is paid first."""
        if isinstance(command, PlanChanged):
            if self.account.subscription.awaited_change is not None:
                self.awaiting = command, self.wanted(step), self.day
            else:
                self.tell_change(command, self.wanted(step), self.day)
        elif isinstance(command, CancellationRequested):
            self.cancelled = True
            self.oracle.cancelled()
        elif isinstance(command, CancellationRevoked):
            self.cancelled = False
        elif isinstance(command, SubscriptionResumed):
            self.oracle.resumed(self.day)

    def tell_change(self, change: PlanChanged, offer: Offer, on: date) -> None:
        """Tell the oracle of a change that is in effect as of *on*, the day on which it was asked for."""
        self.cancelled = self.cancelled and offer.is_of_plan(self.oracle.offer)
        now = change.timing is ChangeTiming.IMMEDIATE
        self.oracle.changed(offer, on, now=now, proration=change.proration.value)
        for number in range((self.day - on).days):
            day = on + timedelta(days=number)
            self.oracle.close_day(day, has_service=self.statuses[day] in SERVED)


def _billed(account: Account) -> list[tuple[tuple[Line, ...], int]]:
    """Return what was billed, with the totals, and what waits for an invoice."""
    billed = [(one.lines, one.total) for one in account.invoices.values()]
    return [*billed, (account.subscription.unbilled_lines, 0)]
