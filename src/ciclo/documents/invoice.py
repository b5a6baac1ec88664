"""An invoice in words: parties, dates, lines and sums."""

from ciclo.documents.figures import TIMES, last_day, percent_text, tax_id_text
from ciclo.documents.invoice_facts import InvoiceFacts
from ciclo.documents.page import InvoiceDocument, LineRow, Party, SummaryRow, Tone
from ciclo.documents.receipt import receipt_sections
from ciclo.documents.sanitize import sanitize_text
from ciclo.documents.slips import payment_slips
from ciclo.domain.customer import BRAZIL, Address
from ciclo.domain.invoice import InvoiceStatus, Line, LineKind, is_overdue
from ciclo.domain.period import Period


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
            SummaryRow(words.period, _days(facts, facts.invoice.period)),
        ),
        columns=(words.description, words.quantity, *((words.tax,) if taxed else ()), words.amount),
        items=tuple(line_row(facts, line, taxed=taxed) for line in facts.invoice.lines),
        sums=_sums(facts),
        slips=payment_slips(facts),
        sections=receipt_sections(facts),
        page=words.page,
    )


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
        explanation=_explanation(facts, line),
        quantity=str(line.quantity),
        tax=facts.money(line.tax) if taxed else None,
        amount=facts.money(line.amount),
    )


def _explanation(facts: InvoiceFacts, line: Line) -> str:
    """Return which days a line is for, and how its amount came about (rule 7)."""
    words = facts.texts
    factors = words.explained.format(
        days=line.days, total_days=line.total_days, times=TIMES, price=facts.money(line.unit_price)
    )
    if line.quantity != 1:
        factors = f"{factors} {TIMES} {line.quantity}"
    what = f"{_days(facts, line.service)}, {factors}"
    if line.kind is LineKind.CORRECTION:
        return words.correction.format(part=facts.money(-line.total), what=what)
    if line.capped:
        what = words.capped.format(what=what, left=facts.money(-line.amount))
    return words.unused.format(what=what) if line.kind is LineKind.UNUSED else what


def _days(facts: InvoiceFacts, period: Period) -> str:
    first, last = facts.short(period.start), facts.short(last_day(period))
    return first if first == last else facts.texts.days.format(first=first, last=last)


def _sums(facts: InvoiceFacts) -> tuple[SummaryRow, ...]:
    """Return the way from the lines to what is to pay; the last entry is that."""
    invoice, words = facts.invoice, facts.texts
    sums = [SummaryRow(words.subtotal, facts.money(invoice.subtotal - invoice.tax))]
    if invoice.tax:
        sums.append(SummaryRow(_tax_label(facts), facts.money(invoice.tax)))
    if invoice.credit_applied > 0:
        sums.append(SummaryRow(words.credit, facts.money(-invoice.credit_applied)))
    elif invoice.credit_applied < 0:
        sums.append(SummaryRow(words.credit_kept, facts.money(-invoice.credit_applied)))
    if invoice.is_open and invoice.partly_paid:
        sums.append(SummaryRow(words.paid_so_far, facts.money(-invoice.partly_paid)))
    label = words.total_due if invoice.is_open else words.total
    left = invoice.amount_due if invoice.is_open else invoice.total
    return (*sums, SummaryRow(label, facts.money(left)))


def _tax_label(facts: InvoiceFacts) -> str:
    rates = {line.tax_basis_points for line in facts.invoice.lines if line.tax}
    if len(rates) != 1:
        return facts.texts.tax
    return facts.texts.tax_at.format(rate=percent_text(rates.pop(), facts.language))
