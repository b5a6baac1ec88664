"""An invoice in words: parties, dates, lines and sums."""

from collections.abc import Iterable

from ciclo.documents.figures import percent_text, tax_id_text
from ciclo.documents.invoice_facts import InvoiceFacts
from ciclo.documents.line_text import days_text, explain_line, tax_text
from ciclo.documents.page import InvoiceDocument, LineRow, Party, SummaryRow, Tone
from ciclo.documents.receipt import receipt_sections
from ciclo.documents.sanitize import sanitize_text
from ciclo.documents.slips import payment_slips
from ciclo.domain.customer import BRAZIL, Address
from ciclo.domain.invoice import InvoiceStatus, Line, is_overdue
from ciclo.domain.lines.line_taxes import sum_taxes


def invoice_document(facts: InvoiceFacts) -> InvoiceDocument:
    """Return what the pages say; equal facts say the same."""
    words = facts.texts
    status, tone = _status(facts)
    taxed = any(line.tax for line in facts.invoice.lines)
    return InvoiceDocument(
        language=facts.language,
        issued_on=facts.day(facts.invoice.issued_at),
        title=words.title.format(number=facts.number),
        status=status,
        tone=tone,
        seller=seller_party(facts),
        customer=customer_party(facts),
        facts=(
            SummaryRow(words.issued, facts.short(facts.day(facts.invoice.issued_at))),
            SummaryRow(words.due, facts.short(facts.invoice.due_on)),
            *_period(facts),
        ),
        columns=(words.description, words.quantity, *((words.tax,) if taxed else ()), words.amount),
        items=tuple(line_row(facts, line, taxed=taxed) for line in facts.invoice.lines),
        sums=_sums(facts),
        slips=payment_slips(facts),
        sections=receipt_sections(facts),
        page=words.page,
    )


def _period(facts: InvoiceFacts) -> tuple[SummaryRow, ...]:
    """Return the days that it is for, if it is for any."""
    if not facts.invoice.bills_service:
        return ()
    return (SummaryRow(facts.texts.period, days_text(facts.invoice.period, facts.language)),)


def _status(facts: InvoiceFacts) -> tuple[str, Tone]:
    invoice, words = facts.invoice, facts.texts
    match invoice.status:
        case InvoiceStatus.PAID:
            paid_at = invoice.paid_at or invoice.issued_at
            return words.paid_on.format(day=facts.long(facts.day(paid_at))), Tone.SETTLED
        case InvoiceStatus.CANCELLED if invoice.voided_at is not None:
            return words.cancelled_on.format(day=facts.long(facts.day(invoice.voided_at))), Tone.WITHDRAWN
        case InvoiceStatus.CANCELLED:
            return words.cancelled, Tone.WITHDRAWN
        case InvoiceStatus.PENDING if is_overdue(invoice, today=facts.today):
            return words.overdue.format(day=facts.long(invoice.due_on)), Tone.LATE
        case InvoiceStatus.PENDING:
            return words.due_on.format(day=facts.long(invoice.due_on)), Tone.WAITING


def seller_party(facts: InvoiceFacts) -> Party:
    """Return who issues it."""
    seller = facts.seller
    lines = (_tax_id(facts, seller.tax_id), sanitize_text(seller.address))
    return Party(label=facts.texts.seller, name=sanitize_text(seller.name), lines=tuple(filter(None, lines)))


def customer_party(facts: InvoiceFacts) -> Party:
    """Return for whom it is."""
    customer, name = facts.addressee, facts.customer_name
    email = sanitize_text(customer.email)
    lines = (
        _tax_id(facts, customer.tax_id or ""),
        email if email != name else "",
        *_address(customer.address),
    )
    return Party(label=facts.texts.customer, name=name, lines=tuple(filter(None, lines)))


def _address(known: Address | None) -> tuple[str, ...]:
    """Return an address as a letter has it."""
    if known is None:
        return ()
    place = f"{known.postal_code} {known.city}, {known.state}"
    lines = (
        known.line1,
        known.line2 or "",
        place if known.country == BRAZIL else f"{place}, {known.country}",
    )
    return tuple(sanitize_text(line) for line in lines)


def _tax_id(facts: InvoiceFacts, given: str) -> str:
    """Return a tax number with its name; a customer's is whatever they typed."""
    tax_id = sanitize_text(given)
    if not tax_id:
        return ""
    kind, number = tax_id_text(tax_id)
    return f"{kind or facts.texts.tax_id} {number}"


def line_row(facts: InvoiceFacts, line: Line, *, taxed: bool) -> LineRow:
    """Return one line; *taxed* where there is a column for tax."""
    return LineRow(
        title=sanitize_text(line.plan_name),
        explanation=explain_line(line, facts.invoice.currency, facts.language, dated=True),
        quantity=str(line.quantity),
        tax=facts.money(line.tax) if taxed else None,
        amount=facts.money(line.net),
    )


def _sums(facts: InvoiceFacts) -> tuple[SummaryRow, ...]:
    """Return the way from the lines to what is to pay; the last entry is that."""
    invoice, words = facts.invoice, facts.texts
    sums = tax_rows(facts, invoice.lines, subtotal=invoice.subtotal)
    if invoice.credit_applied > 0:
        sums.append(SummaryRow(words.credit, facts.money(-invoice.credit_applied)))
    elif invoice.credit_applied < 0:
        sums.append(SummaryRow(words.credit_kept, facts.money(-invoice.credit_applied)))
    if invoice.is_open and invoice.partly_paid:
        sums.append(SummaryRow(words.paid_so_far, facts.money(-invoice.partly_paid)))
    label = words.total_due if invoice.is_open else words.total
    left = invoice.amount_due if invoice.is_open else invoice.total
    return (*sums, SummaryRow(label, facts.money(left)))


def tax_rows(facts: InvoiceFacts, lines: Iterable[Line], *, subtotal: int, sign: int = 1) -> list[SummaryRow]:
    """Return what *lines* come to without the tax on top of them, and each tax; *sign* is that of the sums.

    What the prices have within is told as a part of the subtotal.
    """
    lines = tuple(lines)
    on_top = sign * sum(line.tax_on_top for line in lines)
    rows = [SummaryRow(facts.texts.subtotal, facts.money(subtotal - on_top))]
    rows += [
        SummaryRow(tax_text(rate, facts.language), facts.money(sign * amount))
        for rate, amount in sum_taxes(lines).items()
        if amount
    ]
    unnamed = sign * sum(line.tax for line in lines if not line.taxes)
    return [*rows, SummaryRow(_tax_label(facts, lines), facts.money(unnamed))] if unnamed else rows


def _tax_label(facts: InvoiceFacts, lines: Iterable[Line]) -> str:
    rates = {line.tax_basis_points for line in lines if line.tax and not line.taxes}
    if len(rates) != 1:
        return facts.texts.tax
    return facts.texts.tax_at.format(rate=percent_text(rates.pop(), facts.language))
