"""Rule 22: giving an invoice up whose money will not come."""

from dataclasses import replace
from datetime import date

import pytest

from ciclo.domain.errors.error_code import ErrorCode
from ciclo.domain.errors.general import BillingError
from ciclo.domain.errors.payments import InvoiceNotFound, InvoiceNotOpen, PaymentInProgress
from ciclo.domain.events.commands import (
    CancellationRefund,
    CancellationRequested,
    InvoiceWrittenOff,
    PlanChanged,
    SubscriptionPaused,
)
from ciclo.domain.events.facts import PaymentSucceeded
from ciclo.domain.ids import InvoiceId
from ciclo.domain.invoice import InvoiceStatus, VoidReason
from ciclo.domain.lifecycle import Outcome, next_due_event
from ciclo.domain.payment import PaymentStatus
from ciclo.domain.subscription import Status
from tests.builders import BOLETO, CARD, PIX, POLICY, Story, noon, terms
from tests.domain.calendars import day, running

JAN_1, JAN_16, FEB_1, FEB_2, FEB_20 = (
    date(2026, 1, 1),
    date(2026, 1, 16),
    date(2026, 2, 1),
    date(2026, 2, 2),
    date(2026, 2, 20),
)
BASIC, PLUS = terms(2990, plan="basic"), terms(5990, plan="plus")


def renewed(method: object = CARD, *, credit: int = 0) -> Story:
    """Return a subscription whose renewal of 2990 is open: a card was declined, or a code waits."""
    story = Story(JAN_1, of=BASIC, method=PIX if method is PIX else CARD).start().pay(at=JAN_1)
    story.account = replace(story.account, credit=credit)
    story.until(FEB_1)
    return story if method is PIX else story.decline(at=FEB_1)


def written_off(story: Story, *, at: date = FEB_2) -> Story:
    return story.tell(InvoiceWrittenOff(invoice_id=story.invoice.id, reason="bankrupt"), at=at)


def test_an_invoice_that_is_given_up_is_owed_and_dunned_no_more() -> None:
    story = renewed()
    before = story.invoice
    assert story.subscription.status is Status.PAST_DUE
    written_off(story)

    assert story.invoice == replace(
        before,
        status=InvoiceStatus.CANCELLED,
        voided_at=noon(FEB_2),
        void_reason=VoidReason.WRITTEN_OFF,
        keeps_credit=True,
        dunning=None,
    )
    assert (story.subscription.status, story.last.outcome) == (Status.ACTIVE, Outcome.INVOICE_WRITTEN_OFF)
    # It goes on, and the next period is billed as ever
    assert story.until(date(2026, 3, 1)).invoice.period.start == date(2026, 3, 1)


def test_what_paid_a_part_of_it_stays_used() -> None:
    story = written_off(renewed(credit=1000))

    assert (story.invoice.credit_applied, story.invoice.total, story.account.credit) == (1000, 1990, 0)


def test_its_days_are_never_credited() -> None:
    story = written_off(renewed())
    leave = CancellationRequested(immediately=True, refund=CancellationRefund.CREDIT)

    assert story.tell(leave, at=FEB_20).account.credit == 0


def test_in_a_pause_they_are_not_either() -> None:
    assert written_off(renewed()).tell(SubscriptionPaused(), at=FEB_20).account.credit == 0


def test_a_code_for_it_is_closed_and_money_that_comes_all_the_same_goes_onto_the_balance() -> None:
    story = written_off(renewed(PIX))
    assert (story.payment().status, story.payment().failure_code) == (PaymentStatus.FAILED, "superseded")

    story.tell(PaymentSucceeded(amount=2990, currency="BRL", payment_id=story.payment().id), at=FEB_20)
    assert (story.account.credit, story.invoice.status) == (2990, InvoiceStatus.CANCELLED)


def test_a_debt_of_an_ended_subscription_can_be_given_up() -> None:
    story = renewed().tell(CancellationRequested(), at=FEB_2)
    written_off(story, at=FEB_20)

    assert (story.invoice.void_reason, story.subscription.status) == (
        VoidReason.WRITTEN_OFF,
        Status.CANCELLED,
    )
    assert next_due_event(story.account, POLICY) is None


def test_a_suspension_ends_and_its_days_are_billed_from_then_on() -> None:
    story = renewed()
    for retry in (date(2026, 2, 3), date(2026, 2, 8)):
        story.until(retry).decline(at=retry)
    assert story.until(date(2026, 2, 9)).subscription.status is Status.SUSPENDED
    written_off(story, at=date(2026, 2, 9))

    # The period was billed: it is the lost one
    assert (story.subscription.status, len(story.invoices)) == (Status.ACTIVE, 2)


def test_what_an_upgrade_credited_of_it_stays_used() -> None:
    story = renewed(PIX).tell(PlanChanged(terms=PLUS), at=FEB_20).pay(at=FEB_20)
    lost = story.invoices[1]
    credited = lost.credited
    story.tell(InvoiceWrittenOff(invoice_id=lost.id), at=FEB_20)

    assert credited > 0
    assert (story.invoices[1].credited, story.subscription.terms) == (credited, PLUS)
    assert story.subscription.coverage is not None


def test_where_nothing_was_served_what_paid_a_part_of_it_comes_back() -> None:
    never_paid = Story(JAN_1, of=BASIC, credit=1000).start().decline(at=JAN_1)
    assert never_paid.account.credit == 0
    written_off(never_paid, at=JAN_16)
    assert (never_paid.invoice.void_reason, never_paid.account.credit) == (VoidReason.WRITTEN_OFF, 1000)
    assert never_paid.subscription.status is Status.PENDING

    ahead = running(BOLETO, on=day("01-28"), until=day("02-21"))
    written_off(ahead, at=day("02-22"))
    assert ahead.invoice.void_reason is VoidReason.WRITTEN_OFF
    assert (ahead.invoice.voided_at is not None, ahead.invoice.keeps_credit) == (True, False)


def test_the_invoice_of_a_change_that_awaits_it_drops_the_change() -> None:
    story = Story(JAN_1, of=BASIC, method=PIX).start().pay(at=JAN_1).tell(PlanChanged(terms=PLUS), at=JAN_16)
    written_off(story, at=JAN_16)

    assert (story.subscription.awaited_change, story.subscription.terms) == (None, BASIC)
    assert (story.invoice.void_reason, story.invoices[0].credited) == (VoidReason.WRITTEN_OFF, 0)


@pytest.mark.parametrize(
    ("story", "invoice_id", "refusal", "code"),
    [
        (renewed(), "inv_unknown", InvoiceNotFound, ErrorCode.INVOICE_NOT_FOUND),
        (written_off(renewed()), None, InvoiceNotOpen, ErrorCode.INVOICE_NOT_OPEN),
        (renewed().pay(at=FEB_2), None, InvoiceNotOpen, ErrorCode.INVOICE_NOT_OPEN),
        (Story(JAN_1).start(), None, PaymentInProgress, ErrorCode.PAYMENT_IN_PROGRESS),
    ],
)
def test_it_is_refused_and_changes_nothing(
    *, story: Story, invoice_id: str | None, refusal: type[BillingError], code: ErrorCode
) -> None:
    before = story.account
    named = InvoiceId(invoice_id) if invoice_id else story.invoice.id

    with pytest.raises(refusal) as refused:
        story.tell(InvoiceWrittenOff(invoice_id=named), at=FEB_20)

    assert (refused.value.code, story.account) == (code, before)
