"""A story told with suspicion: each event goes to the thin account too, and all invariants are checked."""

from dataclasses import replace
from datetime import datetime, timedelta
from enum import Enum, auto
from itertools import pairwise

from ciclo.domain.account import Account
from ciclo.domain.errors.general import BillingError
from ciclo.domain.events.commands import (
    CancellationRefund,
    CreditGranted,
    CreditNoteCreated,
    InvoiceVoided,
    Proration,
    RefundCreated,
    WithdrawalRequested,
)
from ciclo.domain.events.event import Event, Payload
from ciclo.domain.events.facts import CreditExpired, PaymentFailed, PaymentRefunded, PaymentSucceeded
from ciclo.domain.ids import EventId
from ciclo.domain.lifecycle import Decision, Outcome, apply, next_due_event
from ciclo.domain.replay import (
    Difference,
    RecordedEvent,
    StoredSubscription,
    beginning,
    contradictions,
    find_differences,
)
from tests.builders import Story, event
from tests.domain import invariants
from tests.domain.entitled import KeptAllowance
from tests.domain.views import changed, thin

CLOCK_STEPS_MAX = 200
"""More than can fall due in 75 days: a few boundaries, and some ten days for each of some invoices."""


_GIVING_BACK = (CreditNoteCreated, InvoiceVoided, RefundCreated, PaymentRefunded, WithdrawalRequested)


class Answer(Enum):
    """What a provider says of the charges that it was asked for."""

    PAID = auto()
    DECLINED = auto()
    LOST = auto()
    NONE = auto()


class Chronicle:
    """What happened to one subscription, and all that can be checked about it."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.opened = story.account
        self.now = story.created.occurred_at
        self.applied: list[Event] = []
        self.count = 0
        self.granted = 0
        self.by_engine: set[EventId] = set()
        self.kept = KeptAllowance()
        self.tells_days = story.account.subscription.terms.unit_price > 0

    @property
    def account(self) -> Account:
        return self.story.account

    def run_clock(self, *, until: datetime, answer: Answer) -> None:
        """Do all that falls due; every step must do something, and never the same thing again."""
        for _ in range(CLOCK_STEPS_MAX):
            due = next_due_event(self.account, self.story.policy)
            if due is None or due.at > until:
                self.now = max(self.now, until)
                return
            self.now = max(self.now, due.at)
            happened = due.event(self.account)
            self._is_new(happened)
            self.happens(happened)
            assert self.story.last.outcome is not Outcome.IGNORED
            assert next_due_event(self.account, self.story.policy) != due
            self.answered(answer)
        raise AssertionError("the clock does not come to an end")

    def answered(self, answer: Answer) -> None:
        """Let the provider say of every charge in flight what became of it."""
        in_flight = [one for one in self.account.payments.values() if one.in_flight]
        for payment in in_flight if answer is not Answer.NONE else []:
            if answer is Answer.PAID:
                notice: Payload = PaymentSucceeded(
                    amount=payment.amount, currency=payment.currency, payment_id=payment.id
                )
            else:
                notice = PaymentFailed(
                    amount=payment.amount,
                    currency=payment.currency,
                    payment_id=payment.id,
                    attempt=payment.attempts,
                    failure_code="lost_card" if answer is Answer.LOST else "insufficient_funds",
                )
            self.reported(notice)

    def asked(self, payload: Payload) -> BillingError | None:
        """Let a person ask for something; a refusal changes nothing."""
        self.count += 1
        before = self.account
        try:
            self.happens(event(payload, at=self.now, key=f"command {self.count}"))
        except BillingError as refused:
            refusal: BillingError | None = refused
        else:
            return None
        assert self.account is before
        return refusal

    def reported(self, payload: Payload, *, days_ago: int = 0) -> None:
        """Let a provider report something; whatever it is, it is never refused."""
        self.count += 1
        at = self.now - timedelta(days=days_ago)
        self.happens(event(payload, at=at, key=f"notice {self.count}"))

    def happens(self, happened: Event) -> None:
        """Apply an event to the whole account and to what the store loads of it, and compare."""
        self.now += timedelta(seconds=1)
        before = self.account
        little = thin(before, happened)
        on_little = _applied(little, happened, self.story)
        refusal = self._refusal_of(happened)
        if isinstance(on_little, BillingError) or refusal is not None:
            assert _words(on_little) == _words(refusal)
            raise refusal
        self._compare(before, little, on_little)
        self._keep(before, happened)

    def replayed(self) -> Account:
        """Fold the same events again."""
        account = self.opened
        for happened in self.applied:
            account = apply(account, happened, self.story.policy).account
        return account

    def differences(self) -> list[Difference]:
        """Return how the ledger's own audit finds the account to differ from its history."""
        stored = self.stored()
        start = beginning(self.story.created)
        return [*find_differences(start, self.postings(), stored), *contradictions(stored)]

    def postings(self) -> list[RecordedEvent]:
        """Return what the store would have recorded of every event."""
        found = [self.opened.balance, *(one.account.balance for one in self.story.decisions)]
        return [
            RecordedEvent(
                event=happened,
                seq=place + 1,
                policy=self.story.policy,
                credit_before=found[place].amount,
                grants_before=found[place].grants,
            )
            for place, happened in enumerate(self.applied)
        ]

    def stored(self) -> StoredSubscription:
        """Return what the store would hold."""
        credit = [self.opened.credit, *(one.account.credit for one in self.story.decisions)]
        changes = [after - before for before, after in pairwise(credit)]
        moves = [one.movement for one in self.story.decisions if one.movement is not None]
        return StoredSubscription(
            subscription=self.account.subscription,
            invoices=self.account.invoices,
            payments=self.account.payments,
            credit_notes={note.id: note for note in self.account.credit_notes},
            movements={one.event_id: one for one in moves},
            credit_changes={
                happened.id: change for happened, change in zip(self.applied, changes, strict=True) if change
            },
            orders={order.id for decision in self.story.decisions for order in decision.follow_ups},
        )

    def _refusal_of(self, happened: Event) -> BillingError | None:
        try:
            self.story.tell(happened)
        except BillingError as refusal:
            return refusal
        return None

    def _compare(self, before: Account, little: Account, on_little: Decision) -> None:
        on_all = self.story.last
        assert on_little.account.subscription == on_all.account.subscription
        assert on_little.account.credit == on_all.account.credit
        assert before.credit_notes + on_little.account.credit_notes == on_all.account.credit_notes
        assert replace(on_little, account=on_all.account) == on_all
        assert changed(little, on_little.account) == changed(before, on_all.account)

    def _keep(self, before: Account, happened: Event) -> None:
        """Remember the event, and check what it left."""
        self.applied.append(happened)
        decision, policy = self.story.last, self.story.policy
        for follow_up in decision.follow_ups:
            self._is_new(follow_up)
        assert self.account.subscription.version == before.subscription.version + 1
        invariants.check_step(before, decision)
        self.kept.follow(before.subscription, self.account.subscription)
        if isinstance(happened.payload, CreditGranted | CreditExpired):
            self.granted += self.account.credit - before.credit
        invariants.check(self.account, policy, credit_granted=self.opened.credit + self.granted)
        # Days whose price rounds to nothing leave no credit line, nor do those that were paid back; what a
        # change had credited goes back to who paid it, and is credited anew where that was the balance.
        self.tells_days &= not isinstance(happened.payload, _GIVING_BACK)
        self.tells_days &= getattr(happened.payload, "refund", None) is not CancellationRefund.REFUND
        self.tells_days &= self.account.subscription.terms.unit_price >= 100
        # What a discount pays in full is credited by no line.
        self.tells_days &= not self.account.subscription.discounts
        # A full new period that credits nothing bills the rest of the old one twice.
        self.tells_days &= getattr(happened.payload, "proration", None) is not Proration.FULL
        # Until a change is paid, or dropped, its invoice stands beside the one of the next period as it is.
        sub = self.account.subscription
        is_open = sub.awaited_change is not None and sub.next_coverage is not None
        if self.tells_days and not is_open:
            assert set(invariants.days_billed(self.account).values()) <= {0, 1}

    def _is_new(self, happened: Event) -> None:
        """Check that what the engine brings about has an id of its own: the store keeps it only once."""
        assert happened.id not in self.by_engine
        self.by_engine.add(happened.id)


def _applied(account: Account, happened: Event, story: Story) -> Decision | BillingError:
    try:
        return apply(account, happened, story.policy)
    except BillingError as refusal:
        return refusal


def _words(answer: object) -> tuple[type, str, object]:
    """Return what tells one refusal from another, and from none."""
    return type(answer), str(answer), getattr(answer, "field", None)
