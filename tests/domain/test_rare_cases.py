"""What random histories meet only now and then: each case once, told step by step."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from ciclo.domain.collection import Collection, CollectionMode, CollectionTerms, terms_of_days
from ciclo.domain.customer import Addressee, Customer, addressee_of
from ciclo.domain.events.commands import (
    CancellationRefund,
    CancellationRequested,
    InvoicePaymentRequested,
    InvoiceVoided,
    PlanChanged,
    WithdrawalRequested,
)
from ciclo.domain.events.facts import PaymentRefunded, PaymentSucceeded
from ciclo.domain.forecast import foresee_billing_day
from ciclo.domain.ids import CustomerId, RefundId
from ciclo.domain.invoice import InvoiceStatus
from ciclo.domain.lifecycle import Outcome
from ciclo.domain.lifecycle.calendar import terms_of_collection
from ciclo.domain.lifecycle.payments.allocation import split_payout
from ciclo.domain.metrics import mrr_of
from ciclo.domain.payment import Refund, RefundStatus, record_dispute, record_refund, record_success
from ciclo.domain.payments.dispute import Dispute
from ciclo.domain.period import Period
from ciclo.domain.subscription import Status
from tests.builders import CARD, PIX, POLICY, Story, noon, terms
from tests.domain.calendars import CALENDAR, begun, day, running, tell_days
from tests.domain.chronicle import Chronicle
from tests.domain.plans import BASIC, PLUS

JAN_1, JAN_2, JAN_16, FEB_1, FEB_15 = (
    date(2026, 1, 1),
    date(2026, 1, 2),
    date(2026, 1, 16),
    date(2026, 2, 1),
    date(2026, 2, 15),
)


def test_three_days_make_the_terms_of_a_method() -> None:
    assert terms_of_days((7, 0, 3), settlement_days=3) == CollectionTerms(
        lead_days=7, due_days=0, first_due_days=3, settlement_days=3
    )


def test_days_to_pay_that_were_chosen_leave_a_first_invoice_of_a_card_its_own() -> None:
    chosen = Collection(mode=CollectionMode.AUTOMATIC, due_days=9)
    story = begun(CARD, on=day("01-28"), collection=chosen)

    found = terms_of_collection(story.subscription, CALENDAR)
    assert (found.due_days, found.first_due_days) == (9, 0)


def test_an_invoice_names_its_customer_as_they_are_now() -> None:
    ana = Customer(
        id=CustomerId("cus_1"),
        email="ana@example.com",
        name="Ana",
        tax_id="52998224725",
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        credit={},
        provider_references={},
    )
    assert addressee_of(ana) == Addressee(email="ana@example.com", name="Ana", tax_id="52998224725")


def test_a_billing_day_that_was_never_chosen_is_foreseen_as_it_is() -> None:
    story = Story(JAN_1, of=BASIC).start().pay(at=JAN_1)

    foreseen = foresee_billing_day(story.account, POLICY, now=noon(JAN_2))
    assert (foreseen.on, foreseen.stub) == (FEB_1, None)
    assert foreseen.next is not None
    assert foreseen.next.period == Period(FEB_1, date(2026, 3, 1))


# What was kept before receipts and disputes were


def test_a_payment_that_was_confirmed_before_receipts_were_kept_is_not_booked_twice() -> None:
    paid = Story(JAN_1, of=BASIC).start().pay(at=JAN_1).payment()
    kept_before = replace(paid, receipts=())

    assert record_success(kept_before, amount=2990, at=noon(JAN_2)).received_amount == 2990
    back = Refund(id=RefundId("ref_1"), amount=1000, status=RefundStatus.SUCCEEDED, created_at=noon(JAN_2))
    returned = record_refund(kept_before, back)
    assert (returned.received_amount, returned.refunded_amount) == (2990, 1000)


def test_a_mark_of_before_was_of_the_dispute_that_is_reported_now() -> None:
    paid = Story(JAN_1, of=BASIC).start().pay(at=JAN_1).payment()
    marked = replace(paid, disputed=True)

    lost = record_dispute(marked, Dispute(id="dp_1", closed_at=noon(JAN_16), won=False))
    assert (len(lost.disputes), lost.lost_amount, lost.disputed) == (1, 2990, False)


def test_less_than_went_back_leaves_a_paid_invoice_paid() -> None:
    story = Story(JAN_1, of=BASIC).start()
    payment = story.payment()
    story.tell(PaymentRefunded(amount=2990, currency="BRL", payment_id=payment.id), at=JAN_2)
    story.tell(PaymentSucceeded(amount=2000, currency="BRL", payment_id=payment.id), at=JAN_2)

    assert (story.invoice.status, story.payment().received_amount) == (InvoiceStatus.PAID, 2000)


def test_a_payment_that_has_nothing_left_takes_no_share_of_a_payout() -> None:
    whole = Story(JAN_1, of=BASIC).start().pay(at=JAN_1).payment()
    gone = Refund(id=RefundId("ref_1"), amount=2990, status=RefundStatus.SUCCEEDED, created_at=noon(JAN_2))
    emptied = replace(whole, refunds=(gone,))

    assert split_payout([emptied, whole], 500) == [(whole, 500)]


# What was billed ahead of its boundary


def test_what_is_billed_ahead_and_not_paid_gives_nothing_back() -> None:
    story = running(PIX, on=day("01-28"), until=day("02-23"))
    ahead = story.invoice
    now = CancellationRequested(immediately=True, refund=CancellationRefund.REFUND)
    story.tell(now, at=day("02-24"))

    # 79.90 x 4/31 = 10.31 of the days that are paid and left, and nothing of those to come
    assert story.payment(story.invoices[0]).reserved_amount == 1031
    assert story.account.invoices[ahead.id].status is InvoiceStatus.CANCELLED


def test_a_change_waits_with_what_is_billed_ahead_while_a_card_is_charged_for_it() -> None:
    story = running(CARD, on=day("01-28"), until=day("02-25"), collection=Collection(lead_days=3))
    ahead = story.invoice
    assert story.subscription.next_coverage is not None

    story.tell(PlanChanged(terms=replace(PLUS, unit_price=1000)), at=day("02-26"))
    assert story.account.invoices[ahead.id].is_open


def test_what_an_operator_voided_ahead_is_not_withdrawn_again() -> None:
    story = running(PIX, on=day("01-28"), until=day("02-23"))
    ahead = story.invoice
    story.tell(InvoiceVoided(invoice_id=ahead.id), at=day("02-24"))
    story.tell(CancellationRequested(), at=day("02-25"))

    assert story.account.invoices[ahead.id].voided_at == noon(day("02-24"))


def test_a_period_that_was_billed_ahead_and_is_paid_begins_in_a_suspension() -> None:
    story = suspended_with_renewal()
    story.tell(InvoicePaymentRequested(invoice_id=story.invoice.id, method=CARD), at=day("03-24"))
    story.pay(at=day("03-24"))
    assert story.subscription.status is Status.SUSPENDED

    tell_days(story, until=day("03-28"))
    assert story.subscription.coverage is not None


def test_a_period_that_was_billed_ahead_and_is_not_paid_is_skipped_in_a_suspension() -> None:
    story = suspended_with_renewal()
    ahead = story.invoice
    tell_days(story, until=day("03-28"))

    assert (story.subscription.coverage, story.account.invoices[ahead.id].is_open) == (None, False)


def suspended_with_renewal() -> Story:
    """Return one that fell late in its second period and was billed for the third before grace ended."""
    chosen = Collection(mode=CollectionMode.INVOICE, lead_days=20, due_days=10)
    story = running(PIX, on=day("01-28"), until=day("03-19"), collection=chosen)
    assert story.subscription.status is Status.SUSPENDED
    assert story.subscription.next_coverage is not None
    return story


# Notices


def test_nothing_that_went_back_is_no_refund() -> None:
    story = Story(JAN_1, of=BASIC).start().pay(at=JAN_1)
    story.tell(PaymentRefunded(amount=0, currency="BRL", payment_id=story.payment().id), at=JAN_2)

    assert (story.last.outcome, story.payment().refunds) == (Outcome.IGNORED, ())


def test_money_for_the_next_period_drops_a_change_that_was_not_paid_by_then() -> None:
    story = Story(JAN_1, of=BASIC, method=PIX).start().pay(at=JAN_1).tell(PlanChanged(terms=PLUS), at=JAN_16)
    change = story.invoice
    story.tell(PaymentSucceeded(amount=2990, currency="BRL"), at=FEB_1)

    assert story.account.invoices[change.id].status is InvoiceStatus.CANCELLED
    assert (story.subscription.terms, story.subscription.awaited_change) == (BASIC, None)
    assert story.subscription.period == Period(FEB_1, date(2026, 3, 1))


@pytest.mark.parametrize(
    "leaving",
    [
        WithdrawalRequested(),
        CancellationRequested(immediately=True, refund=CancellationRefund.REFUND),
    ],
)
def test_a_change_that_the_balance_paid_goes_back_onto_it_by_both_invoices(
    leaving: WithdrawalRequested | CancellationRequested,
) -> None:
    life = Chronicle(Story(JAN_1, of=BASIC, credit=100_000))
    life.happens(life.story.created)
    assert life.asked(PlanChanged(terms=terms(999, plan="seats", quantity=3))) is None
    first, change = life.story.invoices
    # 3 * 999 = 2997; the days of Basic pay 2990 of it, and the balance 7
    assert (change.subtotal, change.credit_applied, life.account.credit) == (7, 7, 97_003)

    assert life.asked(leaving) is None

    notes = [(note.invoice_id, note.amount) for note in life.account.credit_notes]
    assert (notes, life.account.credit) == ([(change.id, 7), (first.id, 2990)], 100_000)
    # Each gave all of its charges back: nothing of the contract is worth anything any more
    assert [invoice.credited for invoice in life.story.invoices] == [2990, 2997]
    assert (mrr_of(life.account.subscription), life.differences()) == (0, [])
