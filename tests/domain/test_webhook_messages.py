"""What a commit tells: a table of what happens, and properties of whole histories."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given

from ciclo.domain.account import Account
from ciclo.domain.batch import AppliedEvent
from ciclo.domain.customer import Address, Addressee
from ciclo.domain.events.commands import (
    CancellationRequested,
    CreditNoteCreated,
    InvoiceVoided,
    PaymentMethodUpdated,
    RefundCreated,
    SubscriptionPaused,
    SubscriptionResumed,
)
from ciclo.domain.events.event import Event
from ciclo.domain.events.facts import PaymentDisputed, PaymentRefunded
from ciclo.domain.ids import CreditNoteId, RefundId
from ciclo.domain.invoice import Invoice
from ciclo.domain.lifecycle import apply
from ciclo.domain.payment import Payment
from ciclo.domain.subscription import Subscription
from ciclo.domain.webhooks.message import Message, MessageType, messages_of
from ciclo.domain.webhooks.samples import SAMPLE_CUSTOMER, sample
from ciclo.domain.webhooks.snapshot import customer_snapshot, snapshot
from tests.builders import CUSTOMER, OTHER_CARD, PIX, POLICY, Story, event
from tests.domain.test_order import Case, named

JAN_1, JAN_2, FEB_1 = date(2026, 1, 1), date(2026, 1, 2), date(2026, 2, 1)
TAX_ID = "529.982.247-25"


class Teller(Story):
    """A story that keeps what each of its events tells."""

    def __init__(self, *args: object, **named_: object) -> None:
        super().__init__(*args, **named_)  # type: ignore[arg-type]
        self.told: list[tuple[Message, ...]] = []

    def tell(self, what: object, *, at: object = None) -> "Teller":
        before = self.account
        happened = what if isinstance(what, Event) else event(what, at=at or JAN_1)  # type: ignore[arg-type]
        super().tell(happened)
        self.told.append(messages_of(applied(before, happened, self.account)))
        return self

    @property
    def types(self) -> list[str]:
        """What the last event told."""
        return [message.type.value for message in self.told[-1]]


def applied(before: Account, happened: Event, after: Account | None = None) -> AppliedEvent:
    decision = apply(before, happened, POLICY)
    assert after is None or decision.account == after
    return AppliedEvent(event=happened, before=before, decision=decision, credit_before=before.credit)


def started(*, trial_days: int = 0) -> Teller:
    story = Teller(JAN_1, trial_days=trial_days)
    story.start()
    return story


def paid() -> Teller:
    story = started()
    story.pay(at=JAN_1)
    return story


def test_a_subscription_that_begins_is_told_with_what_it_owes() -> None:
    assert started().types == ["subscription.created", "invoice.issued", "payment.pending"]
    assert started(trial_days=7).types == ["subscription.created"]


def test_a_first_payment_activates() -> None:
    assert paid().types == ["subscription.activated", "invoice.paid", "payment.succeeded"]


def test_a_declined_charge_makes_an_invoice_overdue() -> None:
    story = paid()
    story.until(FEB_1)
    assert story.types == ["subscription.updated", "invoice.issued", "payment.pending"]
    story.decline(at=FEB_1)
    assert story.types == ["subscription.past_due", "invoice.overdue", "payment.failed"]
    story.until(date(2026, 2, 3))
    # The retry: the payment is tried again, its invoice stays in dunning.
    assert story.types == ["payment.updated"]
    story.decline(at=date(2026, 2, 3))
    assert story.types == ["payment.failed"]
    story.until(date(2026, 2, 8))
    story.decline(at=date(2026, 2, 8)).until(date(2026, 2, 9))
    assert story.types == ["subscription.suspended"]
    story.pay(at=date(2026, 2, 9))
    assert story.types == ["subscription.activated", "invoice.paid", "payment.succeeded"]


def test_a_pause_and_its_end_are_told() -> None:
    story = paid()
    story.tell(SubscriptionPaused(at_period_end=True), at=JAN_2)
    assert story.types == ["subscription.updated"]
    story.until(FEB_1)
    assert story.types == ["subscription.paused"]
    story.tell(SubscriptionResumed(), at=date(2026, 2, 5))
    assert story.types == ["subscription.resumed", "invoice.issued", "payment.pending"]


def test_an_end_is_told_once() -> None:
    story = paid()
    story.tell(CancellationRequested(immediately=False), at=JAN_2)
    assert story.types == ["subscription.updated"]
    story.until(FEB_1)
    assert story.types == ["subscription.cancelled"]


def test_a_paused_subscription_that_ends_is_not_resumed() -> None:
    story = paid()
    story.tell(SubscriptionPaused(at_period_end=True), at=JAN_2).until(FEB_1)
    story.tell(CancellationRequested(immediately=True), at=date(2026, 2, 2))
    assert story.types == ["subscription.cancelled"]


def test_what_was_never_taken_up_is_told_of_by_its_end_alone() -> None:
    story = Teller(JAN_1, method=None)
    story.tell(PaymentMethodUpdated(method=OTHER_CARD), at=JAN_1)
    assert story.types == []
    story.tell(CancellationRequested(immediately=True), at=JAN_2)
    assert story.types == ["subscription.cancelled"]


def test_money_that_goes_back_is_told() -> None:
    story = paid()
    payment = story.payment()
    returned = PaymentRefunded(amount=1_000, currency="BRL", payment_id=payment.id, refund_id=RefundId("r"))
    story.tell(returned, at=JAN_2)
    assert story.types[-1] == "payment.refunded"
    story.tell(PaymentDisputed(payment_id=payment.id, amount=500, currency="BRL", dispute_id="dp"), at=JAN_2)
    assert story.types[-1] == "payment.disputed"


def test_a_credit_note_is_told_with_its_invoice() -> None:
    story = paid()
    story.tell(
        CreditNoteCreated(
            note_id=CreditNoteId("cn_1"), invoice_id=story.invoice.id, amount=500, reason="late"
        ),
        at=JAN_2,
    )
    assert story.types == ["invoice.updated", "credit_note.issued"]


def test_a_voided_invoice_is_told() -> None:
    story = Teller(JAN_1, method=None)
    story.start()
    story.tell(InvoiceVoided(invoice_id=story.invoice.id), at=JAN_2)
    assert "invoice.voided" in story.types


def test_a_new_code_is_told_as_a_payment_that_waits() -> None:
    story = Teller(JAN_1, method=PIX)
    story.start()
    assert story.types[-1] == "payment.pending"


def test_what_was_known_tells_nothing() -> None:
    story = paid()
    count = len(story.told)
    story.tell(story.created)
    story.tell(RefundCreated(refund_id=RefundId("ask"), payment_id=story.payment().id, amount=100), at=JAN_2)
    assert len(story.told) == count + 2
    assert story.told[count] == ()


def test_messages_of_one_event_have_the_same_ids_whoever_computes_them() -> None:
    one, other = paid(), paid()
    assert one.told == other.told
    ids = [message.id for told in one.told for message in told]
    assert len(set(ids)) == len(ids)


def latest(entries: Iterable[AppliedEvent]) -> dict[str, tuple[int, object]]:
    """Return what a receiver has in the end who keeps of each object the highest sequence."""
    seen: dict[str, tuple[int, object]] = {}
    for entry in entries:
        for message in messages_of(entry):
            at = (message.sequence, snapshot(message.subject))
            assert message.sequence >= seen.get(message.subject.id, at)[0]
            seen[message.subject.id] = at
    return seen


def history(account: Account, arrivals: Iterable[Event]) -> tuple[Account, list[AppliedEvent]]:
    entries = []
    for arrived in arrivals:
        entries.append(applied(account, arrived))
        account = entries[-1].decision.account
    return account, entries


@given(named())
def test_a_receiver_has_the_same_in_the_end_in_every_order(told: Case) -> None:
    # An object that comes back to what it was may be told of in one order, and not in another.
    known = {one.id: snapshot(one) for one in objects(told.account)}
    finals = [
        known | {id_: shown for id_, (_, shown) in latest(history(told.account, order)[1]).items()}
        for order in (told.arrivals, told.reports)
    ]
    assert finals[0] == finals[1]


def objects(account: Account) -> list[Subscription | Invoice | Payment]:
    return [account.subscription, *account.invoices.values(), *account.payments.values()]


@given(named())
def test_the_last_message_of_each_object_shows_it_as_it_is(told: Case) -> None:
    account, entries = history(told.account, told.arrivals)
    told_last = latest(entries)
    before = told.account
    for one, was in [
        *((one, before.invoices.get(one.id)) for one in account.invoices.values()),
        *((one, before.payments.get(one.id)) for one in account.payments.values()),
    ]:
        if one.id in told_last:
            assert told_last[one.id][1] == snapshot(one)
        else:
            assert was is not None
            assert snapshot(was) == snapshot(one)


def test_of_a_person_name_and_address_of_mail_are_told_and_no_tax_id() -> None:
    address = Address(line1="Rua A", city="Recife", state="PE", postal_code="50000-000")
    addressee = Addressee(email="ana@example.com", name="Ana", tax_id=TAX_ID, address=address)
    story = paid()
    shown = [customer_snapshot(CUSTOMER, addressee), customer_snapshot(CUSTOMER, None)]
    shown += [snapshot(replace(invoice, addressee=addressee)) for invoice in story.invoices]
    assert shown[0] == {"id": CUSTOMER, "email": "ana@example.com", "name": "Ana"}
    assert TAX_ID not in repr(shown)
    assert "Recife" not in repr(shown)


@pytest.mark.parametrize("type_", list(MessageType))
def test_there_is_a_sample_of_every_type(type_: MessageType) -> None:
    assert isinstance(sample(type_)["id"], str)
    assert SAMPLE_CUSTOMER["name"] == "Ana Sample"
