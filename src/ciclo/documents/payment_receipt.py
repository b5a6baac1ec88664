"""A payment's receipt in words: who paid how much, how, for which invoice, and what went back since."""

from ciclo.documents.invoice import customer_party, seller_party
from ciclo.documents.invoice_facts import InvoiceFacts
from ciclo.documents.page import InvoiceDocument, LineRow, SummaryRow, Tone
from ciclo.documents.receipt import method_text, payment_section
from ciclo.domain.payment import Payment
from ciclo.domain.payments.payment_receipt import PaymentReceipt


def payment_receipt_document(
    receipt: PaymentReceipt, payment: Payment, facts: InvoiceFacts
) -> InvoiceDocument:
    """Return what the pages say of *receipt*, which is of a *payment* for the invoice of *facts*."""
    words, issued_on = facts.texts, facts.day(receipt.issued_at)
    paid_on = facts.day(payment.completed_at or receipt.issued_at)
    amount = facts.money(payment.received_amount)
    return InvoiceDocument(
        language=facts.language,
        issued_on=issued_on,
        title=words.payment_receipt_title.format(number=receipt.number),
        status=words.payment_receipt_paid.format(day=facts.long(paid_on)),
        tone=Tone.SETTLED,
        seller=seller_party(facts),
        customer=customer_party(facts),
        facts=(
            SummaryRow(words.issued, facts.short(issued_on)),
            SummaryRow(words.credit_note_invoice, facts.number),
            SummaryRow(words.method, method_text(facts, payment.method)),
        ),
        columns=(words.description, words.quantity, words.amount),
        items=(
            LineRow(
                title=words.payment_receipt_of.format(number=facts.number),
                explanation=method_text(facts, payment.method),
                quantity="1",
                tax=None,
                amount=amount,
            ),
        ),
        sums=(SummaryRow(words.total, amount),),
        slips=(),
        sections=(payment_section(facts, payment),),
        page=words.page,
    )
