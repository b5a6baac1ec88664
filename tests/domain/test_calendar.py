"""Rules 28 to 31: when invoices are issued, due and overdue, and who collects them."""

from dataclasses import replace
from datetime import date

import pytest

from ciclo.domain.collection import Collection, CollectionMode
from ciclo.domain.dunning import Dunning, grace_ends_on
from ciclo.domain.errors.general import BillingError, InvalidValue
from ciclo.domain.errors.payments import NoPaymentMethod
from ciclo.domain.errors.subscriptions import AlreadyCancelled
from ciclo.domain.events.commands import (
    CancellationRequested,
    CollectionChanged,
)
from ciclo.domain.events.facts import InvoiceOverdue, PaymentSucceeded
from ciclo.domain.events.orders import ChargeRequested
from ciclo.domain.invoice import InvoiceStatus, is_overdue
from ciclo.domain.lifecycle import Outcome
from ciclo.domain.lifecycle.calendar import next_invoice_on
from ciclo.domain.payment import PaymentMethod, PaymentStatus
from ciclo.domain.period import Period, local_date
from ciclo.domain.subscription import Status
from tests.builders import BOLETO, CARD, PIX, POLICY, Story, noon
from tests.domain.calendars import CALENDAR, begun, day, running, tell_days

INVOICED = Collection(mode=CollectionMode.INVOICE)


def issued_on(story: Story) -> date:
    return local_date(story.invoice.issued_at, POLICY.timezone)


def charges(story: Story) -> list[ChargeRequested]:
    asked = [order.payload for one in story.decisions for order in one.follow_ups]
    return [order for order in asked if isinstance(order, ChargeRequested)]


# When the first invoice and a renewal's are issued, due and overdue (rules 28 to 31)


@pytest.mark.parametrize(
    ("method", "collection", "due_on", "overdue_on"),
    [
        (CARD, None, day("01-27"), day("01-28")),
        (PIX, None, day("01-28"), day("01-29")),
        # Wednesday and 3 days is Saturday: due on Monday, heard of until Thursday
        (BOLETO, None, day("02-01"), day("02-05")),
        (None, INVOICED, day("02-11"), day("02-12")),
        (CARD, INVOICED, day("02-11"), day("02-12")),
        # A Saturday: no bank is asked for it, so it stays
        (None, None, day("01-30"), day("01-31")),
        (None, Collection(mode=CollectionMode.INVOICE, due_days=30), day("02-26"), day("02-27")),
    ],
    ids=["card", "pix", "boleto", "invoice", "invoice with a card", "external", "in 30 days"],
)
def test_a_first_invoice_is_due_by_its_method_and_mode(
    method: PaymentMethod | None, collection: Collection | None, due_on: date, overdue_on: date
) -> None:
    story = begun(method, on=day("01-27"), collection=collection)

    assert (issued_on(story), story.invoice.due_on, story.invoice.overdue_on) == (
        day("01-27"),
        due_on,
        overdue_on,
    )


@pytest.mark.parametrize(
    ("method", "collection", "issue", "due_on", "overdue_on"),
    [
        (CARD, None, day("02-28"), day("02-28"), day("03-01")),
        # The boundary is a Sunday: due on Monday; of a PIX nothing is heard later
        (PIX, None, day("02-23"), day("03-01"), day("03-02")),
        (BOLETO, None, day("02-21"), day("03-01"), day("03-05")),
        (None, INVOICED, day("02-28"), day("03-15"), day("03-16")),
        (None, None, day("02-28"), day("03-03"), day("03-04")),
        (
            None,
            Collection(mode=CollectionMode.INVOICE, lead_days=10),
            day("02-18"),
            day("03-15"),
            day("03-16"),
        ),
        # Without a lead the payer of a boleto has the days of a first invoice
        (BOLETO, Collection(lead_days=0), day("02-28"), day("03-03"), day("03-09")),
    ],
    ids=["card", "pix", "boleto", "invoice", "external", "ten days ahead", "no lead"],
)
def test_a_renewal_is_issued_and_due_by_its_method_and_mode(
    method: PaymentMethod | None, collection: Collection | None, issue: date, due_on: date, overdue_on: date
) -> None:
    story = running(method, on=day("01-28"), until=day("02-28"), collection=collection)

    assert (issued_on(story), story.invoice.due_on, story.invoice.overdue_on) == (issue, due_on, overdue_on)
    assert story.invoice.period == Period(day("02-28"), day("03-28"))
    assert (story.subscription.period, story.subscription.status) == (story.invoice.period, Status.ACTIVE)
    assert story.subscription.next_billing_date == day("03-28")


def test_the_code_of_an_invoice_is_due_when_the_invoice_is() -> None:
    for method in (PIX, BOLETO):
        story = running(method, on=day("01-28"), until=day("02-28"))
        assert [order.due_on for order in charges(story)] == [one.due_on for one in story.invoices]


def test_before_the_boundary_only_the_invoice_is_new() -> None:
    story = running(BOLETO, on=day("01-28"), until=day("02-27"))

    sub = story.subscription
    assert len(story.invoices) == 2
    assert (sub.period, sub.next_billing_date) == (Period(day("01-28"), day("02-28")), day("02-28"))
    assert is_overdue(story.invoice, today=day("02-27")) is False


def test_a_boleto_paid_on_its_last_day_and_reported_two_days_later_is_never_late() -> None:
    story = running(BOLETO, on=day("01-28"), until=day("03-03"))

    assert (story.subscription.status, story.payment().status) == (Status.ACTIVE, PaymentStatus.PENDING)
    assert is_overdue(story.invoice, today=day("03-03")) is False
    assert story.pay(at=day("03-03")).invoice.status is InvoiceStatus.PAID
    assert tell_days(story, until=day("03-20")).subscription.status is Status.ACTIVE


def test_a_boleto_that_nobody_paid_is_dunned_once_nothing_can_be_heard_of_it() -> None:
    story = running(BOLETO, on=day("01-28"), until=day("03-04"))
    assert story.subscription.status is Status.ACTIVE

    tell_days(story, until=day("03-05"))
    dunning = Dunning(started_on=day("03-05"), tried_on=day("03-05"), retry_on=day("03-07"))
    assert (story.subscription.status, story.payment().status) == (Status.PAST_DUE, PaymentStatus.FAILED)
    assert story.invoice.dunning == dunning
    assert grace_ends_on(dunning, CALENDAR) == day("03-12")
    assert is_overdue(story.invoice, today=day("03-05")) is True

    # A new one with the retry: Sunday and 3 days is Wednesday, heard of until Monday
    tell_days(story, until=day("03-07"))
    assert (charges(story)[-1].due_on, story.payment().status) == (day("03-10"), PaymentStatus.PENDING)
    assert local_date(story.payment().heard_until or noon(day("01-01")), POLICY.timezone) == day("03-16")


def test_a_pix_code_that_dies_before_its_invoice_is_due_is_replaced_and_nobody_is_late() -> None:
    story = running(PIX, on=day("01-28"), until=day("02-23"))
    # A provider whose codes live for one day
    short = replace(story.payment(), expires_at=noon(day("02-24")), heard_until=None)
    story.account = story.account.with_payment(short)
    story.until(day("02-24"))

    first, second = story.account.payments_of(story.invoice.id)
    assert (first.status, second.status) == (PaymentStatus.FAILED, PaymentStatus.PENDING)
    assert (story.subscription.status, story.invoice.dunning) == (Status.ACTIVE, None)
    assert charges(story)[-1].due_on == story.invoice.due_on


@pytest.mark.parametrize("collection", [None, INVOICED], ids=["external", "invoice"])
def test_what_somebody_else_collects_is_never_charged_and_is_dunned_when_it_is_overdue(
    collection: Collection | None,
) -> None:
    story = running(None, on=day("01-28"), until=day("02-28"), collection=collection)
    overdue_on = story.invoice.overdue_on
    assert overdue_on is not None

    tell_days(story, until=overdue_on)
    assert (story.last.outcome, story.subscription.status) == (Outcome.INVOICE_OVERDUE, Status.PAST_DUE)
    tell_days(story, until=day("04-28"))
    assert charges(story) == []
    assert story.subscription.status is Status.CANCELLED


def test_a_card_is_declined_at_once_and_not_dunned_twice() -> None:
    story = running(CARD, on=day("01-28"), until=day("02-28")).decline(at=noon(day("02-28")))
    dunning = story.invoice.dunning
    assert (story.subscription.status, dunning and dunning.started_on) == (Status.PAST_DUE, day("02-28"))

    overdue = InvoiceOverdue(invoice_id=story.invoice.id, on=day("03-01"))
    assert story.tell(overdue, at=day("03-01")).last.outcome is Outcome.IGNORED


def test_invoiced_service_begins_on_trust() -> None:
    story = begun(None, on=day("01-28"), collection=INVOICED)

    assert (story.subscription.status, story.invoice.status) == (Status.ACTIVE, InvoiceStatus.PENDING)


def test_an_external_subscription_waits_for_its_first_notice() -> None:
    story = begun(None, on=day("01-28"))

    assert story.subscription.status is Status.PENDING
    story.tell(PaymentSucceeded(amount=7990, currency="BRL"), at=day("01-29"))
    assert story.subscription.status is Status.ACTIVE


@pytest.mark.parametrize(
    ("collection", "refusal"),
    [
        # A month may have 28 days: an invoice is issued in the period before its own
        (Collection(lead_days=28), InvalidValue),
        (Collection(lead_days=-1), InvalidValue),
        (Collection(due_days=-1), InvalidValue),
        (Collection(due_days=366), InvalidValue),
        (Collection(mode=CollectionMode.AUTOMATIC), NoPaymentMethod),
    ],
)
def test_a_collection_that_can_not_be_is_refused(collection: Collection, refusal: type[BillingError]) -> None:
    story = running(None, on=day("01-28"), until=day("01-28"))

    with pytest.raises(refusal):
        story.tell(CollectionChanged(collection=collection), at=day("01-29"))


def test_another_collection_counts_from_the_next_invoice_on() -> None:
    story = running(None, on=day("01-28"), until=day("02-28"))
    first = story.invoice
    invoiced = Collection(mode=CollectionMode.INVOICE, lead_days=10, due_days=30)
    story.tell(CollectionChanged(collection=invoiced), at=day("03-01"))
    assert (story.last.outcome, story.invoice) == (Outcome.COLLECTION_CHANGED, first)
    assert next_invoice_on(story.subscription, CALENDAR) == day("03-18")

    story.tell(PaymentSucceeded(amount=7990, currency="BRL"), at=day("03-02"))
    tell_days(story, until=day("03-18"))
    assert (issued_on(story), story.invoice.due_on) == (day("03-18"), day("04-27"))
    assert next_invoice_on(story.subscription, CALENDAR) == day("04-18")


def test_nothing_is_changed_after_the_end() -> None:
    story = running(None, on=day("01-28"), until=day("01-28"))
    story.tell(CancellationRequested(immediately=True), at=day("01-29"))
    assert next_invoice_on(story.subscription, CALENDAR) is None

    with pytest.raises(AlreadyCancelled):
        story.tell(CollectionChanged(collection=INVOICED), at=day("01-30"))
