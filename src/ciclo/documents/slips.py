"""How an open invoice can be paid, in words and in codes to draw: PIX and boleto."""

import re
from collections.abc import Iterator
from typing import Final
from zoneinfo import ZoneInfo

from ciclo.documents.figures import local_minute
from ciclo.documents.invoice_facts import InvoiceFacts
from ciclo.documents.page import PaymentSlip, SummaryRow
from ciclo.domain.payment import Boleto, Payment

LINE_CHARS: Final = 74
"""A long code is broken into lines of this many characters. Line breaks don't end up in what is copied
as invisible characters would."""
PIX_CHARS_MAX: Final = 1_024
"""A PIX code is at most 512 characters long; a QR code of twice that can still be read."""

_PIX: Final = re.compile(rf"[ -~]{{1,{PIX_CHARS_MAX}}}")
_BAR_CODE: Final = re.compile(r"[0-9]{44}")
_DIGITABLE: Final = re.compile(r"[0-9. ]{47,60}")


def payment_slips(facts: InvoiceFacts) -> tuple[PaymentSlip, ...]:
    """Return how the invoice can be paid by its newest PIX or boleto that still waits for money."""
    if not facts.invoice.is_open:
        return ()
    waiting = [payment for payment in facts.payments if _waits(payment, facts)]
    return tuple(_slips(facts, waiting[-1])) if waiting else ()


def _waits(payment: Payment, facts: InvoiceFacts) -> bool:
    has_code = payment.pix is not None or payment.boleto is not None
    expired = payment.expires_at is not None and payment.expires_at <= facts.now
    return has_code and payment.in_flight and not expired


def _slips(facts: InvoiceFacts, payment: Payment) -> Iterator[PaymentSlip]:
    """Yield what a payment offers. A code that is none is left out: the invoice counts for more."""
    words = facts.texts
    if payment.boleto is not None and _DIGITABLE.fullmatch(payment.boleto.digitable_line):
        yield _boleto(facts, payment, payment.boleto)
    code, heading = (
        (payment.pix.copy_paste, words.pix_heading)
        if payment.pix is not None
        else (payment.boleto and payment.boleto.pix_copy_paste, words.boleto_pix_heading)
    )
    if code and _PIX.fullmatch(code):
        yield _pix(facts, payment, code, heading=heading)


def _pix(facts: InvoiceFacts, payment: Payment, code: str, *, heading: str) -> PaymentSlip:
    words = facts.texts
    entries = [SummaryRow(words.amount, facts.money(payment.amount))]
    if payment.expires_at is not None:
        until = payment.expires_at.astimezone(ZoneInfo(facts.seller.timezone))
        entries.append(SummaryRow(words.pix_until, local_minute(until, facts.language)))
    return PaymentSlip(
        heading=heading,
        how=words.pix_how,
        entries=tuple(entries),
        code_label=words.pix_code,
        code=tuple(_broken(code)),
        qr=code,
        alt=words.qr_alt,
    )


def _boleto(facts: InvoiceFacts, payment: Payment, boleto: Boleto) -> PaymentSlip:
    words = facts.texts
    drawable = boleto.barcode is not None and _BAR_CODE.fullmatch(boleto.barcode) is not None
    return PaymentSlip(
        heading=words.boleto_heading,
        how=words.boleto_how,
        entries=(
            SummaryRow(words.amount, facts.money(payment.amount)),
            SummaryRow(words.due, facts.short(boleto.due_on)),
        ),
        code_label=words.boleto_line,
        code=(boleto.digitable_line,),
        bar_code=boleto.barcode if drawable else None,
        alt=words.bar_code_alt,
    )


def _broken(code: str) -> Iterator[str]:
    """Yield *code* in lines that neither begin nor end with a space: it would be lost there."""
    while len(code) > LINE_CHARS:
        cut = next(
            (cut for cut in range(LINE_CHARS, 0, -1) if " " not in code[cut - 1 : cut + 1]), LINE_CHARS
        )
        yield code[:cut]
        code = code[cut:]
    yield code
