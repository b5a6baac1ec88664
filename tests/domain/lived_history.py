"""One subscription lived day by day, by the engine and by the oracle, and nothing compared yet."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ciclo.domain.account import Account
from ciclo.domain.batch import apply_due_events, apply_one, balance_key
from ciclo.domain.collection import CollectionMode
from ciclo.domain.errors.general import BillingError
from ciclo.domain.events.commands import (
    CancellationRequested,
    CancellationRevoked,
    ChangeTiming,
    Command,
    InvoiceVoided,
    InvoiceWrittenOff,
    PlanChanged,
    SubscriptionCreated,
    SubscriptionPaused,
    SubscriptionResumed,
)
from ciclo.domain.events.event import Event, Payload
from ciclo.domain.events.facts import PaymentAuthorized, PaymentSucceeded
from ciclo.domain.events.orders import ChargeRequested
from ciclo.domain.ids import InvoiceId
from ciclo.domain.invoice import InvoiceKind, InvoiceStatus, Line
from ciclo.domain.lifecycle import Outcome, apply, next_due_event, open_account
from ciclo.domain.period import local_date
from ciclo.domain.policy import LostDispute, Policy
from ciclo.domain.subscription import Status
from tests.builders import CUSTOMER, event
from tests.domain.bookkeeping import keep
from tests.domain.cash_book import CashBook
from tests.domain.entitled import KeptAllowance
from tests.domain.oracle import Offer, Oracle
from tests.domain.payers import ON_THE_BOUNDARY, Payer, answers, code_for
from tests.domain.troubles import GIVING_BACK, Trouble, is_command, payload_of
from tests.domain.wishes import Step, command_of, terms_of, wanted_by

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


class Awaiting(NamedTuple):
    """A change that was asked for on a day, and whether days of before could be credited for it."""

    change: PlanChanged
    offer: Offer
    on: date
    credits_days: bool


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
        self.book = CashBook(reopens=policy.on_dispute_lost is LostDispute.REOPEN)
        self.clock_day = day
        self.statuses: dict[date, Status] = {}
        self.charges_after_the_end = 0
        self.gave_back = self.is_late = False
        self.codes: list[PaymentAuthorized] = []
        self.cancelled = self.paid_once = False
        self.awaiting: Awaiting | None = None
        self.kept = KeptAllowance()
        created = SubscriptionCreated(
            customer_id=CUSTOMER,
            terms=terms_of(offer, currency),
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
        return self.noon_of(self.day)

    def noon_of(self, day: date) -> datetime:
        return datetime.combine(day, time(12), ZoneInfo(self.policy.timezone)).astimezone(UTC)

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
        keep(self.book, before, happened, decision)
        self.book.check(self.account, granted=self.credit_granted)
        self.skipped |= decision.outcome is Outcome.PERIOD_SKIPPED
        charges = [one.payload for one in decision.follow_ups if isinstance(one.payload, ChargeRequested)]
        # Who asks for a change is charged for it, whatever they cancelled before.
        if not before.subscription.is_live or (
            self.cancelled and not isinstance(happened.payload, PlanChanged)
        ):
            self.charges_after_the_end += len([one for one in charges if not one.on_request])
        self.look(before, happened)
        self.look_at_renewal(before)
        self.codes += [code for charge in charges if (code := code_for(charge, self.policy))]
        if not self.is_late:
            self.hand_out()

    def look(self, before: Account, happened: Event) -> None:
        """Tell the oracle of what a payment brought about: service, or a change that awaited it."""
        sub, invoices = self.account.subscription, self.account.invoices
        is_trusted = sub.collection.mode is CollectionMode.INVOICE
        bills = [one for one in invoices.values() if one.kind is not InvoiceKind.ONE_OFF]
        self.paid_once |= any(one.status is PAID or is_trusted for one in bills)
        named = getattr(happened.payload, "payment_id", None)
        if before.subscription.first_paid_at is None and sub.first_paid_at is not None and named is not None:
            first = invoices[self.account.payments[named].invoice_id]
            paid_on = local_date(self.book.paid_at(first), self.policy.timezone)
            if paid_on > first.due_on and not is_trusted:
                self.oracle.first_paid(paid_on)
        awaited = before.subscription.awaited_change
        if self.awaiting is not None and awaited is not None and sub.awaited_change != awaited:
            asked, self.awaiting = self.awaiting, None
            if invoices[awaited.invoice_id].status is PAID:
                self.tell_change(asked)

    def look_at_renewal(self, before: Account) -> None:
        """Tell the oracle of days that were paid ahead and billed anew, where nothing was left to credit."""
        ahead, now = before.subscription.next_coverage, self.account.subscription.renewals_withdrawn
        if ahead is None or now == before.subscription.renewals_withdrawn:
            return
        invoice = before.invoices[ahead.invoice_id]
        if invoice.status is PAID and not self.book.left_of(invoice):
            line = ahead.line
            for number in range(line.days):
                rate = Fraction(line.unit_price * line.quantity, line.total_days)
                self.oracle.bill_twice(line.service.start + timedelta(days=number), rate)

    def hand_out(self) -> None:
        """Let the codes be handed out that were asked for."""
        codes, self.codes = self.codes, []
        for code in codes:
            self.apply(self.report(code))

    def answer(self) -> None:
        """Let it be reported what became of each try, and of what somebody else collects."""
        self.hand_out()
        for news in list(answers(self.account, pays=self.pays, now=self.now)):
            self.apply(self.report(news))

    def pass_days(self, days: int, *, late: bool = False) -> None:
        """Let the days begin one by one, and all that is due on each be done; *late*: by and by."""
        for _ in range(days):
            self.day += timedelta(days=1)
            if not late:
                self.catch_up()

    def catch_up(self, *, answering: bool = True) -> None:
        """Let the clock do what is due of the days that have begun; who collects answers today."""
        self.is_late = True
        while self.clock_day < self.day:
            self.close_day(self.clock_day)
            self.clock_day += timedelta(days=1)
            self.is_late = self.clock_day < self.day or not answering
            self.run_clock()
        self.is_late = False
        if answering:
            self.answer()
            self.run_clock()

    def run_clock(self) -> None:
        """Do what is due by the clock's noon; today the card answers after each turn."""
        before, ended = self.account.subscription, self.account.subscription.period.end
        self.skipped, until = False, self.noon_of(self.clock_day)
        for _ in range(STEPS_MAX):
            due = next_due_event(self.account, self.policy)
            if due is None or due.at > until:
                break
            self.apply(due.event(self.account))
            if not self.is_late:
                self.answer()
        else:
            raise AssertionError("the clock does not come to an end")
        sub = self.account.subscription
        if self.clock_day >= ended and sub.is_live and before.status not in {Status.PAUSED, Status.PENDING}:
            self.oracle.reach(self.clock_day, served=not self.skipped, skipped=self.skipped)

    def close_day(self, day: date) -> None:
        """Say what the day was, once nothing more happens on it: there is no service before a payment."""
        status = self.account.subscription.status
        assert self.paid_once or status not in SERVED | {Status.PAUSED, Status.SUSPENDED}
        assert not (self.paid_once and status is Status.PENDING)
        self.statuses[day] = status
        self.oracle.close_day(day, has_service=status in SERVED)

    def meet(self, trouble: Trouble) -> None:
        """Let something happen to its money; what a person asks for may be refused, and changes nothing."""
        self.catch_up()
        payload = payload_of(trouble, self.account, count=self.count, today=self.day)
        if payload is None:
            return
        # Money of an earlier day would take a late first payment's days back to where they were.
        is_moved = any(one.moved_to for one in self.account.invoices.values())
        days_ago = trouble.days_ago if isinstance(payload, PaymentSucceeded) and not is_moved else 0
        happened = replace(self.report(payload), occurred_at=self.now - timedelta(days=days_ago))
        before = self.account
        try:
            self.apply(happened)
        except BillingError:
            assert is_command(payload)
            assert self.account is before
            return
        self.gave_back |= trouble.what in GIVING_BACK
        if isinstance(payload, InvoiceVoided | InvoiceWrittenOff):
            self.look_at_void(before, payload.invoice_id)
        self.answer()
        self.run_clock()

    def look_at_void(self, before: Account, invoice_id: InvoiceId) -> None:
        """Tell the oracle of days that are free since their invoice was voided: not those of a change."""
        sub, invoice = before.subscription, self.account.invoices[invoice_id]
        if sub.awaits(invoice_id) or invoice.keeps_credit:
            return
        if sub.next_coverage is not None and sub.next_coverage.invoice_id == invoice_id:
            self.oracle.waive_next()
            return
        for days in [invoice.moved_to] if invoice.moved_to else [line.service for line in invoice.lines]:
            self.oracle.let_be_free(days.start, days.end)

    def ask(self, step: Step) -> None:
        """Let somebody ask for something, once all is done that is due; a refusal changes nothing."""
        command = self.command(step)
        if command is None:
            self.catch_up()
            return
        shown = self.preview(command)
        self.catch_up(answering=False)
        if command != self.command(step):
            return
        if step.what == "pay":
            self.pays = True
        if shown is None:
            return
        runs = self.account.subscription.status in {Status.ACTIVE, Status.TRIALING}
        self.awaiting = None if isinstance(command, PlanChanged) else self.awaiting
        credits_ = self.credits_days()
        self.apply(self.report(command))
        assert _billed(self.account) == _billed(shown)
        if isinstance(command, CancellationRequested):
            assert self.account.subscription.is_live == (runs and not command.immediately)
        self.tell(command, step, credits_=credits_)
        self.answer()
        self.run_clock()

    def preview(self, command: Command) -> Account | None:
        """Return what the command would come to, with what is due done first; None if it is refused."""
        happened = event(command, at=self.now, key=f"{self.count} shown")
        balances = {balance_key(self.account.subscription): self.account.balance}
        due = apply_due_events(self.account, balances, self.policy, until=self.now, events_max=STEPS_MAX)
        account = due[-1].decision.account if due else self.account
        balances = {balance_key(account.subscription): account.balance}
        try:
            return apply_one(account, balances, happened, self.policy).decision.account
        except BillingError:
            return None

    def credits_days(self) -> bool:
        """Return whether days that are billed of this period, and not had yet, can be given back."""
        sub = self.account.subscription
        if sub.coverage is None:
            return sub.waiting is not None
        return self.book.left_of(self.account.invoices[sub.coverage.invoice_id]) > 0

    def command(self, step: Step) -> Command | None:
        return command_of(step, self.oracle.offer, self.account)

    def tell(self, command: Command, step: Step, *, credits_: bool) -> None:
        """Tell the oracle what was asked for and not refused; a change that costs anything is paid first."""
        if isinstance(command, PlanChanged):
            asked = Awaiting(command, wanted_by(step, self.oracle.offer), self.day, credits_)
            if self.account.subscription.awaited_change is not None:
                self.awaiting = asked
            else:
                self.tell_change(asked)
        elif isinstance(command, CancellationRequested):
            self.cancelled = True
            self.oracle.cancelled()
        elif isinstance(command, CancellationRevoked):
            self.cancelled = False
        elif isinstance(command, SubscriptionPaused) and not credits_:
            self.oracle.keep_billed(self.day)
        elif isinstance(command, SubscriptionResumed):
            self.oracle.resumed(self.day)

    def tell_change(self, asked: "Awaiting") -> None:
        """Tell the oracle of a change that is in effect as of the day on which it was asked for."""
        change, offer, on = asked.change, asked.offer, asked.on
        self.cancelled = self.cancelled and offer.is_of_plan(self.oracle.offer)
        now = change.timing is ChangeTiming.IMMEDIATE
        self.oracle.changed(offer, on, now=now, proration=change.proration.value, credits_=asked.credits_days)
        for number in range((self.day - on).days):
            day = on + timedelta(days=number)
            self.oracle.close_day(day, has_service=self.statuses[day] in SERVED)


def _billed(account: Account) -> list[tuple[tuple[Line, ...], int]]:
    """Return what was billed, with the totals, and what waits for an invoice."""
    billed = [(one.lines, one.total) for one in account.invoices.values()]
    return [*billed, (account.subscription.unbilled_lines, 0)]
