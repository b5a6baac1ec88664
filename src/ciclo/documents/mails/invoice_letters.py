"""Letters about an invoice, its payments and its refunds."""

from ciclo.documents.invoice_facts import InvoiceFacts
from ciclo.documents.line_text import explain_line
from ciclo.documents.mails.letter import Button, CodeBox, Letter, LetterRow
from ciclo.documents.mails.render import fill_template, fit
from ciclo.documents.mails.texts import MAIL_WORDS
from ciclo.documents.receipt import method_text
from ciclo.documents.slips import payment_slips
from ciclo.domain.invoice import Invoice
from ciclo.domain.payment import Payment
from ciclo.domain.payments.attempt import awaits_confirmation


def dun_letter(kind: str, facts: InvoiceFacts, *, link: str) -> Letter:
    """Return what is said of an open invoice: what it is, until when, and how it can be paid."""
    words, labels, invoice = facts.texts, MAIL_WORDS[facts.language], facts.invoice
    bank_asks = any(awaits_confirmation(payment) for payment in facts.payments)
    return _letter(
        kind,
        facts,
        rows=(
            LetterRow(label=words.total_due, value=facts.money(invoice.amount_due)),
            LetterRow(label=words.due, value=facts.short(invoice.due_on)),
            *_lines(facts, invoice),
        ),
        codes=_codes(facts),
        button=Button(label=labels.confirm if bank_asks else labels.pay, url=link),
        bank_asks=bank_asks,
    )


def receipt_letter(kind: str, facts: InvoiceFacts, payment: Payment, *, number: str, link: str) -> Letter:
    """Return what is said of money that came."""
    words, labels = facts.texts, MAIL_WORDS[facts.language]
    day = facts.day(payment.completed_at or facts.now)
    return _letter(
        kind,
        facts,
        amount=facts.money(payment.received_amount),
        rows=(
            LetterRow(label=words.amount, value=facts.money(payment.received_amount)),
            LetterRow(label=words.date, value=facts.short(day)),
            LetterRow(label=words.method, value=method_text(facts, payment.method)),
            LetterRow(label=words.receipt, value=number),
            *_lines(facts, facts.invoice),
        ),
        button=Button(label=labels.see_invoice, url=link),
    )


def refund_letter(kind: str, facts: InvoiceFacts, payment: Payment, *, amount: int, link: str) -> Letter:
    """Return what is said of *amount* minor units that go back."""
    words, labels = facts.texts, MAIL_WORDS[facts.language]
    return _letter(
        kind,
        facts,
        amount=facts.money(amount),
        arrives=words.refund_arrives,
        rows=(
            LetterRow(label=labels.refunded, value=facts.money(amount)),
            LetterRow(label=words.method, value=method_text(facts, payment.method)),
        ),
        button=Button(label=labels.see_invoice, url=link),
    )


def lines_of(facts: InvoiceFacts) -> tuple[LetterRow, ...]:
    """Return an invoice's lines, each with how it came about, and their sum."""
    total = LetterRow(label=facts.texts.total, value=facts.money(facts.invoice.total))
    return (*_lines(facts, facts.invoice), total)


def _letter(
    kind: str,
    facts: InvoiceFacts,
    *,
    rows: tuple[LetterRow, ...],
    button: Button,
    codes: tuple[CodeBox, ...] = (),
    **values: object,
) -> Letter:
    invoice, seller = facts.invoice, fit(facts.seller.name)
    known = {
        "name": fit(facts.addressee.name or ""),
        "seller": seller,
        "number": facts.number,
        "plan": fit(invoice.lines[-1].plan_name) if invoice.lines else "",
        "due_amount": facts.money(invoice.amount_due),
        "due": facts.long(invoice.due_on),
        "days_late": max(0, (facts.today - invoice.due_on).days),
        "days_left": (invoice.due_on - facts.today).days,
    }
    subject, paragraphs = fill_template(kind, facts.language, known | values)
    closing = MAIL_WORDS[facts.language].why.format(seller=seller)
    return Letter(
        language=facts.language,
        subject=subject,
        paragraphs=paragraphs,
        rows=rows,
        codes=codes,
        button=button,
        closing=(closing,),
    )


def _lines(facts: InvoiceFacts, invoice: Invoice) -> tuple[LetterRow, ...]:
    return tuple(
        LetterRow(
            label=fit(line.plan_name),
            value=facts.money(line.total),
            note=explain_line(line, invoice.currency, facts.language, dated=True),
        )
        for line in invoice.lines
    )


def _codes(facts: InvoiceFacts) -> tuple[CodeBox, ...]:
    return tuple(
        CodeBox(
            heading=slip.heading,
            how=slip.how,
            text="".join(slip.code),
            is_drawn=slip.qr is not None,
            alt=slip.alt if slip.qr else "",
        )
        for slip in payment_slips(facts)
    )
