"""A credit note in words: what of which invoice is given back, why, and where it went."""

from ciclo.documents.invoice import customer_party, line_row, seller_party, tax_rows
from ciclo.documents.invoice_facts import InvoiceFacts
from ciclo.documents.page import InvoiceDocument, SummaryRow, Tone
from ciclo.documents.sanitize import sanitize_text
from ciclo.domain.invoice import CreditDestination, CreditNote


def credit_note_document(note: CreditNote, facts: InvoiceFacts) -> InvoiceDocument:
    """Return what the pages say of *note*, which corrects the invoice of *facts*."""
    words, issued_on = facts.texts, facts.day(note.issued_at)
    taxed = any(line.tax for line in note.lines)
    return InvoiceDocument(
        language=facts.language,
        issued_on=issued_on,
        title=words.credit_note_title.format(number=note.number or note.id),
        status=words.credit_note_issued.format(day=facts.long(issued_on)),
        tone=Tone.SETTLED,
        seller=seller_party(facts),
        customer=customer_party(facts),
        facts=(
            SummaryRow(words.issued, facts.short(issued_on)),
            SummaryRow(words.credit_note_invoice, facts.number),
            SummaryRow(words.credit_note_reason, words.reasons.get(note.reason, sanitize_text(note.reason))),
        ),
        columns=(words.description, words.quantity, *((words.tax,) if taxed else ()), words.amount),
        items=tuple(line_row(facts, line, taxed=taxed) for line in note.lines),
        sums=_sums(note, facts),
        slips=(),
        sections=(),
        page=words.page,
    )


def _sums(note: CreditNote, facts: InvoiceFacts) -> tuple[SummaryRow, ...]:
    words = facts.texts
    goes_back = note.to is CreditDestination.REFUND
    total = words.credit_note_to_payer if goes_back else words.credit_note_to_balance
    sums = tax_rows(facts, note.lines, subtotal=note.amount, sign=-1)
    return (*sums, SummaryRow(total, facts.money(note.amount)))
