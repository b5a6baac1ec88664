"""Rules 9 and 22: invoices, their balance, paying and voiding them."""

from dataclasses import replace
from datetime import date

import pytest

from ciclo.domain.errors import (
    BillingError,
    ErrorCode,
    InvoiceNotFound,
    InvoiceNotOpen,
    InvoicePartlyPaid,
    NoPaymentMethod,
    PaymentInProgress,
)
from ciclo.domain.events import (
    CancellationRequested,
    InvoicePaymentRequested,
    InvoiceVoided,
    Payload,
    PaymentMethodUpdated,
    PaymentSucceeded,
    PlanChanged,
)
from ciclo.domain.ids import InvoiceId
from ciclo.domain.invoice import InvoiceStatus, is_overdue
from ciclo.domain.lifecycle import Outcome
from ciclo.domain.payment import PaymentMethod, PaymentStatus
from ciclo.domain.period import start_of_day
from ciclo.domain.subscription import Status
from tests.builders import BOLETO, CARD, OTHER_CARD, PIX, POLICY, Story, noon, service, terms

JAN_1, JAN_2, JAN_3, JAN_16, FEB_1, FEB_2 = (
    date(2026, 1, 1),
    date(2026, 1, 2),
    date(2026, 1, 3),
    date(2026, 1, 16),
    date(2026, 2, 1),
    date(2026, 2, 2),
)
BASIC, PLUS = terms(2990, plan="basic"), terms(5990, plan="plus")


def renewed(method: PaymentMethod = CARD) -> Story:
    """Return a subscription whose renewal of Feb 1 is being collected."""
    return Story(JAN_1, of=BASIC, method=method).start().pay(at=JAN_1).until(FEB_1)


# Sums


def test_tax_is_added_to_each_line_and_the_balance_used_after_it() -> None:
    policy = replace(POLICY, tax_basis_points=1234)
    story = Story(JAN_1, of=terms(2990, quantity=2), policy=policy, credit=1000).start()

    invoice = story.invoice
    # 5980 x 12.34% = 737.93
    assert invoice.lines == (
        service(
            terms(2990, quantity=2),
            JAN_1,
            FEB_1,
            total_days=31,
            amount=5980,
            tax=738,
            tax_basis_points=1234,
        ),
    )
    assert (invoice.subtotal, invoice.tax, invoice.credit_applied, invoice.total) == (6718, 738, 1000, 5718)
    assert story.payment().amount == 5718


@pytest.mark.parametrize(
    ("credit", "applied", "total", "left"),
    [(0, 0, 2990, 0), (2989, 2989, 1, 0), (2990, 2990, 0, 0), (5000, 2990, 0, 2010)],
)
def test_the_balance_is_used_as_far_as_it_goes(*, credit: int, applied: int, total: int, left: int) -> None:
    story = Story(JAN_1, of=BASIC, credit=credit).start()

    assert (story.invoice.credit_applied, story.invoice.total, story.account.credit) == (
        applied,
        total,
        left,
    )
    assert story.invoice.is_open is (total > 0)


@pytest.mark.parametrize(
    ("story", "today", "overdue"),
    [
        (renewed(), FEB_1, False),
        (renewed(), FEB_2, True),
        (renewed().pay(at=FEB_2), FEB_2, False),
    ],
)
def test_an_invoice_is_overdue_while_it_is_unpaid_after_its_due_date(
    story: Story, today: date, *, overdue: bool
) -> None:
    assert is_overdue(story.invoice, today=today) is overdue


# Paying


def test_an_open_invoice_can_be_paid_by_another_method() -> None:
    story = renewed().decline(at=FEB_1)
    story.tell(InvoicePaymentRequested(invoice_id=story.invoice.id, method=OTHER_CARD), at=FEB_2)

    assert story.last.outcome is Outcome.PAYMENT_REQUESTED
    (order,) = story.last.follow_ups
    assert (order.payload.method, order.payload.attempt, order.payload.amount) == (OTHER_CARD, 1, 2990)
    assert story.subscription.method == CARD


def test_the_usual_card_tries_the_same_payment_again() -> None:
    story = renewed().decline(at=FEB_1)
    first = story.payment()
    story.tell(InvoicePaymentRequested(invoice_id=story.invoice.id), at=FEB_2)

    assert story.payment() == replace(first, attempts=2)
    assert [order.payload.attempt for order in story.last.follow_ups] == [2]


def test_a_card_may_pay_what_a_code_waits_for() -> None:
    story = renewed(PIX)
    story.tell(InvoicePaymentRequested(invoice_id=story.invoice.id, method=CARD), at=FEB_1)

    assert [one.method for one in story.account.payments_of(story.invoice.id)] == [PIX, CARD]


@pytest.mark.parametrize(
    ("usual", "asked"), [(CARD, None), (CARD, PIX), (CARD, OTHER_CARD), (PIX, None), (PIX, PIX)]
)
def test_what_is_being_paid_is_not_paid_twice(usual: PaymentMethod, asked: PaymentMethod | None) -> None:
    story = renewed(usual)

    with pytest.raises(PaymentInProgress) as refused:
        story.tell(InvoicePaymentRequested(invoice_id=story.invoice.id, method=asked), at=FEB_1)

    assert (refused.value.code, refused.value.field) == (ErrorCode.PAYMENT_IN_PROGRESS, ("invoice_id",))


def test_without_any_method_there_is_nothing_to_charge() -> None:
    story = Story(JAN_1, method=None).start()

    with pytest.raises(NoPaymentMethod) as refused:
        story.tell(InvoicePaymentRequested(invoice_id=story.invoice.id), at=JAN_1)

    assert refused.value.code is ErrorCode.NO_PAYMENT_METHOD


def test_a_debt_can_be_paid_after_the_end() -> None:
    story = renewed(PIX).decline(at=FEB_1).until(date(2026, 3, 31))
    assert story.subscription.status is Status.CANCELLED

    story.tell(InvoicePaymentRequested(invoice_id=story.invoices[1].id), at=date(2026, 4, 1))
    story.pay(at=date(2026, 4, 1), invoice=story.invoices[1])
    assert story.invoices[1].status is InvoiceStatus.PAID


# The usual method


def test_a_new_method_is_charged_for_what_fails() -> None:
    story = renewed().decline(at=FEB_1).tell(PaymentMethodUpdated(method=OTHER_CARD), at=FEB_2)

    assert story.subscription.method == OTHER_CARD
    assert [one.method for one in story.account.payments_of(story.invoice.id)] == [CARD, OTHER_CARD]


def test_a_first_method_is_charged_for_what_waited_for_one() -> None:
    story = Story(JAN_1, method=None).start().tell(PaymentMethodUpdated(method=BOLETO), at=JAN_2)

    assert [one.method for one in story.account.payments.values()] == [BOLETO]
    assert story.pay(at=JAN_3).subscription.status is Status.ACTIVE


@pytest.mark.parametrize("new", [OTHER_CARD, PIX])
def test_a_card_that_is_being_charged_is_waited_for(new: PaymentMethod) -> None:
    story = renewed().tell(PaymentMethodUpdated(method=new), at=FEB_1)

    assert (story.last.follow_ups, story.subscription.method) == ((), new)


def test_a_code_that_waits_does_not_keep_a_card_from_paying() -> None:
    story = renewed(PIX).tell(PaymentMethodUpdated(method=CARD), at=FEB_1)

    assert [order.payload.method for order in story.last.follow_ups] == [CARD]


def test_a_second_code_of_the_same_kind_is_not_made() -> None:
    story = renewed(PIX).tell(PaymentMethodUpdated(method=PIX), at=FEB_1)

    assert (story.last.follow_ups, story.last.outcome) == ((), Outcome.IGNORED)


def test_every_failing_invoice_is_charged_to_the_new_method() -> None:
    policy = replace(POLICY, retry_days=(40,), grace_days=60)
    story = Story(JAN_1, of=BASIC, policy=policy).start().pay(at=JAN_1).until(FEB_1)
    story.decline(at=FEB_1).until(date(2026, 3, 1)).decline(at=date(2026, 3, 1))
    story.tell(PaymentMethodUpdated(method=OTHER_CARD), at=date(2026, 3, 2))

    assert [order.payload.invoice_id for order in story.last.follow_ups] == [
        one.id for one in story.invoices[1:]
    ]


# Voiding


def test_an_invoice_that_nobody_paid_can_be_withdrawn() -> None:
    story = renewed().decline(at=FEB_1)
    before = story.invoice
    story.tell(InvoiceVoided(invoice_id=before.id), at=FEB_2)

    assert story.invoice == replace(
        before, status=InvoiceStatus.CANCELED, voided_at=noon(FEB_2), dunning=None
    )
    assert (story.subscription.status, story.subscription.coverage) == (Status.ACTIVE, None)
    assert story.last.outcome is Outcome.INVOICE_VOIDED


def test_an_older_invoice_that_is_withdrawn_leaves_the_present_one_alone() -> None:
    story = renewed(PIX).until(date(2026, 3, 1))
    coverage = story.subscription.coverage
    story.tell(InvoiceVoided(invoice_id=story.invoices[1].id), at=date(2026, 3, 1))

    assert story.subscription.coverage == coverage


def test_a_debt_can_be_withdrawn_after_the_end() -> None:
    story = renewed(PIX).tell(CancellationRequested(immediately=True), at=FEB_1)
    story.tell(InvoiceVoided(invoice_id=story.invoice.id), at=FEB_2)

    assert story.invoice.status is InvoiceStatus.CANCELED


def test_the_balance_that_it_used_comes_back_and_its_code_is_closed() -> None:
    story = Story(JAN_1, of=BASIC, method=PIX, credit=1000).start()
    story.tell(InvoiceVoided(invoice_id=story.invoice.id), at=JAN_2)

    assert story.account.credit == 1000
    assert (story.payment().status, story.payment().failure_code) == (PaymentStatus.FAILED, "superseded")


def void(story: Story) -> Payload:
    return InvoiceVoided(invoice_id=story.invoices[0].id)


def pay(story: Story) -> Payload:
    return InvoicePaymentRequested(invoice_id=story.invoices[0].id)


def pay_unknown(_: Story) -> Payload:
    return InvoicePaymentRequested(invoice_id=InvoiceId("inv_unknown"))


def void_unknown(_: Story) -> Payload:
    return InvoiceVoided(invoice_id=InvoiceId("inv_unknown"))


@pytest.mark.parametrize(
    ("story", "asked", "refusal", "code"),
    [
        (renewed(), void_unknown, InvoiceNotFound, ErrorCode.INVOICE_NOT_FOUND),
        (renewed(), pay_unknown, InvoiceNotFound, ErrorCode.INVOICE_NOT_FOUND),
        (renewed(), void, InvoiceNotOpen, ErrorCode.INVOICE_NOT_OPEN),
        (renewed(), pay, InvoiceNotOpen, ErrorCode.INVOICE_NOT_OPEN),
        (
            Story(JAN_1, method=PIX).start().tell(void(Story(JAN_1, method=PIX).start()), at=JAN_1),
            void,
            InvoiceNotOpen,
            ErrorCode.INVOICE_NOT_OPEN,
        ),
        (Story(JAN_1).start(), void, PaymentInProgress, ErrorCode.PAYMENT_IN_PROGRESS),
        # Its days were credited on the upgrade's invoice: its money has to come
        (
            Story(JAN_1, of=BASIC, method=PIX, trial_days=1)
            .start()
            .until(JAN_2)
            .tell(PlanChanged(terms=PLUS), at=JAN_16),
            void,
            InvoicePartlyPaid,
            ErrorCode.INVOICE_PARTLY_PAID,
        ),
    ],
)
def test_an_invoice_is_neither_paid_nor_withdrawn_where_it_can_not_be(
    *, story: Story, asked: object, refusal: type[BillingError], code: ErrorCode
) -> None:
    before = story.account

    with pytest.raises(refusal) as refused:
        story.tell(asked(story), at=FEB_2)

    assert (refused.value.code, refused.value.field) == (code, ("invoice_id",))
    assert story.account is before


def test_a_withdrawn_invoice_is_not_matched_by_later_money() -> None:
    story = renewed(PIX)
    story.tell(InvoiceVoided(invoice_id=story.invoice.id), at=FEB_1)
    story.tell(PaymentSucceeded(amount=2990, currency="BRL"), at=FEB_2)

    assert (story.last.outcome, len(story.invoices)) == (Outcome.NEEDS_REVIEW, 2)


def test_an_invoice_is_due_on_the_day_of_its_issue() -> None:
    story = renewed()

    assert (story.invoice.due_on, story.invoice.issued_at) == (
        FEB_1,
        start_of_day(FEB_1, POLICY.timezone),
    )
