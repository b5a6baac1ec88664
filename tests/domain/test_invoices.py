"""Rules 9 and 22: invoices, their balance, and voiding them."""

from dataclasses import replace
from datetime import date

import pytest

from ciclo.domain.errors.error_code import ErrorCode
from ciclo.domain.errors.general import BillingError
from ciclo.domain.errors.payments import InvoiceNotFound, InvoiceNotOpen, InvoicePartlyPaid, PaymentInProgress
from ciclo.domain.events.commands import (
    CancellationRequested,
    InvoicePaymentRequested,
    InvoiceVoided,
    PlanChanged,
)
from ciclo.domain.events.event import Payload
from ciclo.domain.events.facts import PaymentSucceeded
from ciclo.domain.ids import InvoiceId
from ciclo.domain.invoice import InvoiceStatus, VoidReason, is_overdue
from ciclo.domain.lifecycle import Outcome
from ciclo.domain.payment import PaymentMethod, PaymentStatus
from ciclo.domain.period import start_of_day
from ciclo.domain.subscription import Status
from tests.builders import CARD, PIX, POLICY, Story, noon, service, terms

JAN_1, JAN_2, JAN_16, FEB_1, FEB_2 = (
    date(2026, 1, 1),
    date(2026, 1, 2),
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


# Voiding


def test_an_invoice_that_nobody_paid_can_be_withdrawn() -> None:
    story = renewed().decline(at=FEB_1)
    before = story.invoice
    story.tell(InvoiceVoided(invoice_id=before.id), at=FEB_2)

    assert story.invoice == replace(
        before,
        status=InvoiceStatus.CANCELLED,
        voided_at=noon(FEB_2),
        void_reason=VoidReason.VOIDED,
        dunning=None,
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

    assert story.invoice.status is InvoiceStatus.CANCELLED


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
            renewed(PIX).tell(PlanChanged(terms=PLUS), at=FEB_2),
            lambda story: InvoiceVoided(invoice_id=story.invoices[1].id),
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


def test_money_that_comes_after_an_invoice_was_withdrawn_goes_onto_the_balance() -> None:
    story = renewed(PIX)
    story.tell(InvoiceVoided(invoice_id=story.invoice.id), at=FEB_1)
    story.tell(PaymentSucceeded(amount=2990, currency="BRL"), at=FEB_2)

    assert (story.invoice.status, story.invoice.overpaid) == (InvoiceStatus.CANCELLED, 2990)
    assert (story.last.outcome, story.account.credit) == (Outcome.PAYMENT_RECORDED, 2990)


def test_an_invoice_is_due_on_the_day_of_its_issue() -> None:
    story = renewed()

    assert (story.invoice.due_on, story.invoice.issued_at) == (
        FEB_1,
        start_of_day(FEB_1, POLICY.timezone),
    )
