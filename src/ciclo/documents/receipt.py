"""How an invoice was settled, in words: the receipt, payments, refunds and credit notes."""

from collections.abc import Iterator
from typing import Final

from ciclo.documents.invoice_facts import InvoiceFacts
from ciclo.documents.page import MoneyRow, Section, SummaryRow
from ciclo.documents.sanitize import sanitize_text
from ciclo.documents.texts import Texts
from ciclo.domain.invoice import CreditNote, InvoiceStatus
from ciclo.domain.payment import MethodKind, Payment, PaymentMethod, Refund, RefundStatus

_BRANDS: Final = {
    "amex": "American Express",
    "jcb": "JCB",
    "unionpay": "UnionPay",
}
"""Brands whose name is not their code with a capital."""
_UNKNOWN_BRAND: Final = "unknown"


def receipt_sections(facts: InvoiceFacts) -> tuple[Section, ...]:
    """Return what there is to tell: the receipt or the payments, then the credit notes."""
    found = (_payments(facts), _credit_notes(facts))
    return tuple(section for section in found if section is not None)


def _payments(facts: InvoiceFacts) -> Section | None:
    """Return the money that came and went back; of a paid invoice this is the receipt."""
    words, paid = facts.texts, [payment for payment in facts.payments if payment.is_paid]
    is_receipt = facts.invoice.status is InvoiceStatus.PAID
    if not is_receipt and not paid:
        return None
    refunds = [refund for payment in paid for refund in payment.refunds if _is_shown(refund)]
    returned = sum(refund.amount for refund in refunds)
    received = sum(payment.received_amount for payment in paid)
    return Section(
        heading=words.receipt if is_receipt else words.payments,
        text=_receipt_text(facts, received) if is_receipt else None,
        columns=(words.date, words.method, words.amount),
        movements=tuple(movement for payment in paid for movement in _movements(facts, payment)),
        sum=SummaryRow(words.net_received, facts.money(received - returned)) if refunds else None,
        note=words.refund_arrives if refunds else None,
    )


def payment_section(facts: InvoiceFacts, payment: Payment) -> Section:
    """Return what one payment brought, and what of it went back: the body of its own receipt."""
    words = facts.texts
    refunds = [refund for refund in payment.refunds if _is_shown(refund)]
    left = payment.received_amount - sum(refund.amount for refund in refunds)
    return Section(
        heading=words.receipt,
        text=_receipt_text(facts, payment.received_amount),
        columns=(words.date, words.method, words.amount),
        movements=tuple(_movements(facts, payment)),
        sum=SummaryRow(words.net_received, facts.money(left)) if refunds else None,
        note=words.refund_arrives if refunds else None,
    )


def _receipt_text(facts: InvoiceFacts, received: int) -> str:
    words = facts.texts
    if received:
        payer, amount = facts.customer_name, facts.money(received)
        return words.received.format(payer=payer, amount=amount, number=facts.number)
    return words.covered_by_credit if facts.invoice.credit_applied > 0 else words.nothing_charged


def _movements(facts: InvoiceFacts, payment: Payment) -> Iterator[MoneyRow]:
    """Yield a payment, then its refunds, oldest first."""
    assert payment.completed_at is not None  # only payments that are paid get here
    yield MoneyRow(
        facts.short(facts.day(payment.completed_at)),
        method_text(facts, payment.method),
        facts.money(payment.received_amount),
    )
    words = facts.texts
    for refund in filter(_is_shown, payment.refunds):
        yield MoneyRow(
            facts.short(facts.day(refund.created_at)),
            words.refund if refund.status is RefundStatus.SUCCEEDED else words.refund_asked,
            facts.money(-refund.amount),
        )


def _is_shown(refund: Refund) -> bool:
    return refund.status is not RefundStatus.FAILED


def method_text(facts: InvoiceFacts, method: PaymentMethod | None) -> str:
    """Return what a method is called: "Visa card ending in 4242", or that something was paid."""
    words = facts.texts
    if method is None:
        return words.other_method
    match method.kind:
        case MethodKind.PIX:
            return words.pix
        case MethodKind.BOLETO:
            return words.boleto
        case MethodKind.CREDIT_CARD:
            return card_text(words, method)


def card_text(words: Texts, method: PaymentMethod) -> str:
    """Return what a card is called: "Visa card ending in 4242"."""
    brand, last_four = method.brand or _UNKNOWN_BRAND, method.last_four
    if not last_four:
        return words.card
    if brand == _UNKNOWN_BRAND:
        return words.card_ending.format(last_four=sanitize_text(last_four))
    name = _BRANDS.get(brand, brand.title())
    return words.card_named.format(brand=sanitize_text(name), last_four=sanitize_text(last_four))


def _credit_notes(facts: InvoiceFacts) -> Section | None:
    words = facts.texts
    if not facts.credit_notes:
        return None
    return Section(
        heading=words.credit_notes,
        text=None,
        columns=(words.date, words.credit_note, words.amount),
        movements=tuple(_credit_note(facts, note) for note in facts.credit_notes),
    )


def _credit_note(facts: InvoiceFacts, note: CreditNote) -> MoneyRow:
    reason = facts.texts.reasons.get(note.reason, sanitize_text(note.reason))
    called = note.number or note.id
    what = facts.texts.credit_note_of.format(number=called, reason=reason) if reason else called
    return MoneyRow(facts.short(facts.day(note.issued_at)), what, facts.money(note.amount))
