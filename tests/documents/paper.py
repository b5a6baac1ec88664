"""Facts to write documents from, and ways to read what was written."""

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import pypdf
import typst
import zxingcpp
from PIL import Image, ImageChops

from ciclo.documents.invoice import invoice_document
from ciclo.documents.invoice_facts import InvoiceFacts, Seller
from ciclo.documents.language import Language
from ciclo.documents.render import Drawings, inputs_of, new_compiler, render_pdf
from ciclo.domain.customer import Customer
from ciclo.domain.ids import CreditNoteId, InvoiceId, PaymentId, RefundId
from ciclo.domain.invoice import CreditNote, Invoice, InvoiceKind, InvoiceStatus, Line
from ciclo.domain.payment import (
    Boleto,
    MethodKind,
    Payment,
    PaymentMethod,
    PaymentStatus,
    PixCode,
    Refund,
    RefundStatus,
)
from ciclo.domain.period import Period
from ciclo.gateways.codes import boleto, pix
from ciclo.gateways.codes.itf import itf_svg
from ciclo.gateways.codes.qr import qr_svg
from tests.builders import CARD, CUSTOMER, POLICY, SUBSCRIPTION, service, terms

PT, EN = Language.PORTUGUESE, Language.ENGLISH
PIXELS_PER_INCH = 150
MM_PER_PIXEL = 25.4 / PIXELS_PER_INCH
DRAWINGS = Drawings(qr=qr_svg, bar_code=itf_svg)
JANUARY = Period(date(2028, 1, 1), date(2028, 2, 1))
NOW = datetime(2028, 1, 2, 15, tzinfo=UTC)
SELLER = Seller(
    name="Ciclo Demo Ltda.",
    tax_id="11.222.333/0001-81",
    address="Avenida Paulista, 1000, São Paulo, SP",
    timezone=POLICY.timezone,
)
ANA = Customer(
    id=CUSTOMER,
    email="ana@example.com",
    name="Ana Conceição de Souza",
    tax_id="12345678909",
    created_at=NOW,
    credit={},
    provider_references={},
)


def a_line(name: str = "Plano Básico", *, amount: int = 2990) -> Line:
    """Return the charge for a whole January."""
    of = replace(terms(amount), plan_name=name)
    return service(of, JANUARY.start, JANUARY.end, total_days=31, amount=amount)


def an_invoice(*lines: Line, **changes: Any) -> Invoice:
    """Return an open invoice of January, due on the 4th; *changes* override."""
    lines = lines or (a_line(),)
    subtotal, tax = sum(line.total for line in lines), sum(line.tax for line in lines)
    values: dict[str, Any] = {
        "id": InvoiceId("inv_1"),
        "number": "INV-000123",
        "subscription_id": SUBSCRIPTION,
        "customer_id": CUSTOMER,
        "kind": InvoiceKind.PERIOD,
        "status": InvoiceStatus.PENDING,
        "currency": "BRL",
        "lines": lines,
        "subtotal": subtotal,
        "tax": tax,
        "credit_applied": 0,
        "total": subtotal - changes.get("credit_applied", 0),
        "period": JANUARY,
        "issued_at": datetime(2028, 1, 1, 15, tzinfo=UTC),
        "due_on": date(2028, 1, 4),
    }
    return Invoice(**values | changes)


def a_paid_invoice(*lines: Line, **changes: Any) -> Invoice:
    return an_invoice(*lines, **{"status": InvoiceStatus.PAID, "paid_at": NOW} | changes)


def a_payment(invoice: Invoice, **changes: Any) -> Payment:
    """Return a payment of the whole invoice by card, made at NOW; *changes* override."""
    values: dict[str, Any] = {
        "id": PaymentId("pay_1"),
        "invoice_id": invoice.id,
        "subscription_id": SUBSCRIPTION,
        "customer_id": CUSTOMER,
        "amount": invoice.total,
        "currency": invoice.currency,
        "method": CARD,
        "status": PaymentStatus.COMPLETED,
        "created_at": NOW,
        "attempts": 1,
        "completed_at": NOW,
        "confirmed": True,
    }
    return Payment(**values | changes)


def a_waiting_payment(invoice: Invoice, kind: MethodKind, **changes: Any) -> Payment:
    waiting = {"status": PaymentStatus.PENDING, "completed_at": None, "confirmed": False}
    return a_payment(invoice, **{"method": PaymentMethod(kind=kind)} | waiting | changes)


def pix_code(amount: int) -> str:
    """Return a PIX code of *amount* cents, some 150 characters long, as providers give them."""
    location = pix.PixLocation(url="pix.example.com/qr/v2/cobv/9d36b84f-c70b-478f-b95c-12729b90ca25")
    return pix.encode_pix(
        pix.BrCode(
            account=location,
            merchant_name="Ciclo Demo",
            merchant_city="São Paulo",
            amount=amount,
            txid="JANEIRO2028",
        )
    )


def a_pix_payment(invoice: Invoice, **changes: Any) -> Payment:
    """Return a payment by PIX that waits until noon of the next day."""
    code = PixCode(copy_paste=pix_code(invoice.total))
    waiting = {"pix": code, "expires_at": NOW + timedelta(days=1)}
    return a_waiting_payment(invoice, MethodKind.PIX, **waiting | changes)


def a_boleto(amount: int, *, pix_copy_paste: str | None = None) -> Boleto:
    due_on = date(2028, 1, 7)
    ticket = boleto.Ticket(bank=boleto.UNASSIGNED_BANK, amount=amount, due_on=due_on, free="1" * 25)
    code = boleto.encode_barcode(ticket)
    return Boleto(
        digitable_line=boleto.encode_line(code),
        barcode=code,
        due_on=due_on,
        url=None,
        pix_copy_paste=pix_copy_paste,
    )


def a_refund(amount: int, *, status: RefundStatus = RefundStatus.SUCCEEDED) -> Refund:
    return Refund(id=RefundId(f"ref_{amount}"), amount=amount, status=status, created_at=NOW)


def a_credit_note(invoice: Invoice, *, amount: int = 1234, reason: str = "cancellation") -> CreditNote:
    return CreditNote(
        id=CreditNoteId("cn_1"),
        number="CN-000004",
        invoice_id=invoice.id,
        subscription_id=SUBSCRIPTION,
        customer_id=CUSTOMER,
        currency=invoice.currency,
        lines=(),
        amount=amount,
        reason=reason,
        issued_at=NOW,
    )


def facts(invoice: Invoice, **changes: Any) -> InvoiceFacts:
    """Return what is known of *invoice*: Ana's, in Portuguese, at NOW; *changes* override."""
    values: dict[str, Any] = {"seller": SELLER, "customer": ANA, "language": PT, "now": NOW}
    return InvoiceFacts(invoice=invoice, **values | changes)


@cache
def compiler() -> typst.Compiler:
    return new_compiler()


def pdf_of(given: InvoiceFacts, *, by: typst.Compiler | None = None) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(render_pdf(by or compiler(), invoice_document(given), DRAWINGS)))


def pages_of(given: InvoiceFacts, *, by: typst.Compiler | None = None) -> list[str]:
    """Return the text of each page, with plain spaces."""
    pages = pdf_of(given, by=by).pages
    return [page.extract_text().replace("\N{NO-BREAK SPACE}", " ") for page in pages]


def text_of(given: InvoiceFacts) -> str:
    return "\n".join(pages_of(given))


def words_of(given: InvoiceFacts) -> str:
    """Return the text as one line: where lines break is the layout's business."""
    return " ".join(text_of(given).split())


def codes_of(given: InvoiceFacts) -> set[tuple[str, str]]:
    """Return the format and text of every code that a reader finds on the printed pages."""
    return {
        (str(code.format), code.text) for page in _printed(given) for code in zxingcpp.read_barcodes(page)
    }


def margins_mm(given: InvoiceFacts) -> list[tuple[float, float]]:
    """Return how wide the white margins are, left and right of each printed page's ink."""
    margins = []
    for page in _printed(given):
        left, _, right, _ = ImageChops.invert(page).getbbox() or (0, 0, 0, 0)
        margins.append((left * MM_PER_PIXEL, (page.width - right) * MM_PER_PIXEL))
    return margins


def _printed(given: InvoiceFacts) -> Iterator[Image.Image]:
    printed = compiler().compile(
        sys_inputs=inputs_of(invoice_document(given), DRAWINGS), format="png", ppi=PIXELS_PER_INCH
    )
    for page in printed if isinstance(printed, list) else [printed]:
        assert isinstance(page, bytes)
        yield Image.open(io.BytesIO(page)).convert("L")
