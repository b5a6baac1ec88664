"""Rules 9, 22, 23: an operator's credit notes, and the tax in what goes back."""

from dataclasses import replace
from datetime import date

import pytest

from ciclo.domain.errors.general import AmountOutOfRange, BillingError, InvalidValue
from ciclo.domain.errors.payments import (
    CreditExceedsInvoice,
    InvoiceNotFound,
    InvoiceUnpaid,
    RefundExceedsPayment,
)
from ciclo.domain.events.commands import CreditNoteCreated, PlanChanged, RefundCreated
from ciclo.domain.events.facts import DisputeClosed, PaymentAuthorized, PaymentSucceeded, RefundFailed
from ciclo.domain.ids import CreditNoteId, InvoiceId, RefundId
from ciclo.domain.invoice import CreditDestination, CreditNote, LineKind
from ciclo.domain.lifecycle import Outcome
from ciclo.domain.lifecycle.payments.tax import refund_taxes, tax_of_credits
from tests.builders import POLICY, Story
from tests.domain.plans import BASIC, PLUS

JAN_1, JAN_2, JAN_3, JAN_16 = date(2026, 1, 1), date(2026, 1, 2), date(2026, 1, 3), date(2026, 1, 16)
TAXED = replace(POLICY, tax_basis_points=1000)
"""29.90 + 2.99 = 32.89"""


def paid(*, taxed: bool = False) -> Story:
    return Story(JAN_1, of=BASIC, policy=TAXED if taxed else POLICY).start().pay(at=JAN_1)


def note(story: Story, **given: object) -> CreditNoteCreated:
    order = CreditNoteCreated(
        note_id=CreditNoteId(f"crn_{len(story.decisions)}"),
        invoice_id=story.invoices[0].id,
        reason="service level",
        payments=tuple(story.account.payments),
    )
    return replace(order, **given)  # type: ignore[arg-type]


def newest(story: Story) -> CreditNote:
    return story.account.credit_notes[-1]


def test_a_part_of_an_invoice_goes_onto_the_balance() -> None:
    story = paid().tell(note(paid(), amount=1000), at=JAN_2)

    made = newest(story)
    assert (made.amount, made.tax, made.reason) == (1000, 0, "service level")
    assert [(line.kind, line.total) for line in made.lines] == [(LineKind.CORRECTION, -1000)]
    assert (story.account.credit, story.invoices[0].credited) == (1000, 1000)
    assert story.last.outcome is Outcome.CREDIT_NOTE_ISSUED


def test_the_last_part_takes_what_is_left_and_the_tax_that_is_left() -> None:
    # 32.89 with 2.99 of tax: 10.00 has 2.99 x 10.00 / 32.89 = 0.909, 0.91 of it; twice that is 1.82;
    # the last 12.89 have the rest, 2.99 - 1.82 = 1.17
    story = paid(taxed=True)
    for day, amount in ((JAN_2, 1000), (JAN_2, 1000), (JAN_3, None)):
        story.tell(note(story, amount=amount), at=day)

    made = [(one.amount, one.tax) for one in story.account.credit_notes]
    assert made == [(1000, 91), (1000, 91), (1289, 117)]
    assert (story.invoices[0].credited, story.invoices[0].credited_tax) == (3289, 299)
    with pytest.raises(CreditExceedsInvoice):
        story.tell(note(story), at=JAN_3)


def test_a_line_is_credited_whole() -> None:
    # 59.90 x 16/31 = 30.92 are charged by the second line, 29.90 x 16/31 = 15.43 credited by the first
    story = paid().tell(PlanChanged(terms=PLUS), at=JAN_16)
    story.pay(at=JAN_16)
    change = story.invoice

    story.tell(note(story, invoice_id=change.id, lines=(2,)), at=JAN_16)

    assert (newest(story).amount, newest(story).lines[0].plan_name) == (3092, "Plus")


def test_a_credit_note_goes_back_by_the_invoices_payment_and_leaves_the_balance_as_it_was() -> None:
    story = paid()
    taken = PaymentAuthorized(payment_id=story.payment().id, provider="sandbox", provider_reference="ch_1")
    story.tell(taken, at=JAN_1)

    story.tell(note(story, amount=1000, to=CreditDestination.REFUND), at=JAN_2)

    (refund,) = story.payment().refunds
    assert (refund.amount, refund.from_balance, story.account.credit) == (1000, True, 0)
    assert [order.payload.type for order in story.last.follow_ups] == ["refund_requested"]

    # What could not be sent is on the balance
    story.tell(RefundFailed(payment_id=story.payment().id, refund_id=refund.id), at=JAN_3)
    assert story.account.credit == 1000


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"invoice_id": InvoiceId("inv_nothing")}, InvoiceNotFound),
        ({"amount": 0}, AmountOutOfRange),
        ({"amount": 2991}, CreditExceedsInvoice),
        ({"lines": (1, 1)}, InvalidValue),
        ({"lines": (2,)}, InvalidValue),
        ({"to": CreditDestination.REFUND, "payments": ()}, RefundExceedsPayment),
        ({"to": CreditDestination.REFUND}, RefundExceedsPayment),
    ],
)
def test_a_credit_note_that_can_not_be_is_refused_and_changes_nothing(
    given: dict[str, object], refusal: type[BillingError]
) -> None:
    # The charge was ordered, and its reference is not known: nothing can be sent back yet.
    story = paid()
    before = story.account

    with pytest.raises(refusal):
        story.tell(note(story, **given), at=JAN_2)
    assert story.account is before


def test_a_part_is_not_sent_back_where_only_all_of_a_payment_can_be() -> None:
    story = paid()
    payment = story.payment()
    taken = PaymentAuthorized(payment_id=payment.id, provider="sandbox", provider_reference="ch_1")
    story.tell(taken, at=JAN_1)
    whole = {"to": CreditDestination.REFUND, "whole_only": (payment.id,)}

    with pytest.raises(RefundExceedsPayment):
        story.tell(note(story, amount=1000, **whole), at=JAN_2)
    story.tell(note(story, **whole), at=JAN_2)
    assert story.payment().reserved_amount == 2990


def test_an_invoice_that_is_not_paid_is_not_credited() -> None:
    story = Story(JAN_1, of=BASIC).start()

    with pytest.raises(InvoiceUnpaid, match="the invoice is not paid yet"):
        story.tell(note(story), at=JAN_2)


def refund(story: Story, amount: int | None, *, name: str) -> RefundCreated:
    return RefundCreated(refund_id=RefundId(name), payment_id=story.payment().id, amount=amount)


def taxes(story: Story) -> dict[RefundId, int]:
    return dict(refund_taxes(story.invoices[0], story.account.payments.values()))


def test_a_refund_states_the_tax_in_it_and_the_last_one_takes_the_remainder() -> None:
    # 10.00 of 32.89 have 0.91 of tax, 20.00 have 1.82, all of it 2.99
    story = paid(taxed=True)
    for name, amount in (("ref_1", 1000), ("ref_2", 1000), ("ref_3", None)):
        story.tell(refund(story, amount, name=name), at=JAN_2)

    assert taxes(story) == {"ref_1": 91, "ref_2": 91, "ref_3": 117}


def test_the_tax_of_a_refund_and_that_of_a_credit_note_add_up() -> None:
    story = paid(taxed=True)
    story.tell(refund(story, 1000, name="ref_1"), at=JAN_2)
    story.tell(note(story), at=JAN_3)

    # 2.99 - 0.91 = 2.08
    assert (taxes(story), newest(story).amount, newest(story).tax) == ({"ref_1": 91}, 2289, 208)

    other = paid(taxed=True)
    other.tell(note(other, amount=1000), at=JAN_2)
    other.tell(refund(other, None, name="ref_1"), at=JAN_3)
    assert (newest(other).tax, taxes(other)) == (91, {"ref_1": 208})


def test_no_tax_is_in_money_that_the_invoice_did_not_need() -> None:
    story = Story(JAN_1, of=BASIC, policy=TAXED).start()
    more = PaymentSucceeded(amount=4289, currency="BRL", payment_id=story.payment().id)
    story.tell(more, at=JAN_1).tell(refund(story, 1000, name="ref_1"), at=JAN_2)

    assert taxes(story) == {"ref_1": 0}


def test_what_was_lost_in_a_dispute_can_not_be_credited_and_takes_no_tax() -> None:
    # 32.89 - 10.00 = 22.89 are left; they have 2.99 x 22.89 / 32.89 = 2.08 of tax
    story = paid(taxed=True)
    lost = DisputeClosed(payment_id=story.payment().id, won=False, dispute_id="dp_1", amount=1000)
    story.tell(lost, at=JAN_2).tell(note(story), at=JAN_3)

    assert (newest(story).amount, newest(story).tax) == (2289, 208)


def test_of_an_invoice_that_was_credited_before_tax_was_kept_its_share_is_taken() -> None:
    invoice = paid(taxed=True).invoices[0]

    # 2.99 x 10.00 / 32.89 = 0.909
    assert tax_of_credits(replace(invoice, credited=1000)) == 91
    assert tax_of_credits(replace(invoice, lines=(), credited=0)) == 0
