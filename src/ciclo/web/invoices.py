"""Invoices, receipts and credit notes as PDF, for their owner and for operators."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Self

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ciclo.actions.caller import Caller, caller_of
from ciclo.actions.credit_notes import get_credit_note
from ciclo.actions.dependencies import Deps
from ciclo.actions.invoices import get_invoice, get_payment
from ciclo.documents.credit_note import credit_note_document
from ciclo.documents.invoice import invoice_document
from ciclo.documents.invoice_facts import InvoiceFacts, Seller
from ciclo.documents.language import Language
from ciclo.documents.page import InvoiceDocument
from ciclo.documents.payment_receipt import payment_receipt_document
from ciclo.documents.render import Drawings, Typesetter
from ciclo.domain.errors.general import MalformedId
from ciclo.domain.errors.payments import CreditNoteNotFound, InvoiceNotFound, PaymentNotFound
from ciclo.gateways.codes.itf import itf_svg
from ciclo.gateways.codes.qr import qr_svg
from ciclo.settings.settings import Settings
from ciclo.store.credit_notes import credit_notes_of
from ciclo.store.customers import find_customer
from ciclo.store.payment_receipts import take_receipt
from ciclo.store.payments import payments_of_invoices
from ciclo.viewer import Viewer
from ciclo.web.admission import require_permission
from ciclo.web.problems import HttpProblem

MEDIA_TYPE: Final = "application/pdf"
LANGUAGES_ACCEPTED_MAX: Final = 20
BUSY_RETRY_S: Final = 5
INVOICE: Final = "/invoices/{id}.pdf"
CREDIT_NOTE: Final = "/credit-notes/{id}.pdf"
RECEIPT: Final = "/receipts/{id}.pdf"

_LANGUAGES: Final = {language.value.partition("-")[0]: language for language in Language}
_DEFAULT: Final = Language.PORTUGUESE
_ACCEPTED: Final = re.compile(
    r"(?P<primary>[a-z]{1,8}|\*)(-[a-z0-9-]{1,64})?( *; *q=(?P<weight>[01](\.[0-9]{0,3})?))?", re.IGNORECASE
)
_NOT_IN_FILE_NAMES: Final = re.compile(r"[^A-Za-z0-9-]")


class DocumentsBusy(HttpProblem):
    """Others' documents are being made; this one would take too long."""

    def __init__(self) -> None:
        super().__init__(
            status=503,
            code="DOCUMENTS_BUSY",
            detail="too many documents are being made; try again",
            retry_after_s=BUSY_RETRY_S,
        )


def invoice_routes(
    deps: Callable[[Request], Deps], viewer: Callable[[Request], Awaitable[Viewer]], pdf: "InvoicePdf"
) -> list[Route]:
    """Return the routes; *deps* gives the connections once the application has started."""
    typesetter = pdf.typesetter

    async def invoice(request: Request) -> Response:
        return await pdf.respond(deps(request), request, await viewer(request), request.path_params["id"])

    async def credit_note(request: Request) -> Response:
        return await _pdf(
            deps(request),
            request,
            await viewer(request),
            _Making(CREDIT_NOTE, "credit note", typesetter, _credit_note),
            id_=request.path_params["id"],
        )

    async def receipt(request: Request) -> Response:
        return await pdf.respond_receipt(
            deps(request), request, await viewer(request), request.path_params["id"]
        )

    return [
        Route(INVOICE, invoice, methods=["GET"]),
        Route(RECEIPT, receipt, methods=["GET"]),
        Route(CREDIT_NOTE, credit_note, methods=["GET"]),
    ]


@dataclass(frozen=True, slots=True)
class _Asked:
    """Which document is asked for, by whom and in which language."""

    id: str
    caller: Caller
    language: Language


@dataclass(frozen=True, slots=True)
class _Making:
    """How documents of one kind are made: *load* returns what one says, and its file's name."""

    route: str
    kind: str
    typesetter: Typesetter
    load: Callable[[Deps, _Asked], Awaitable[tuple[InvoiceDocument, str]]]


@dataclass(frozen=True, slots=True)
class InvoicePdf:
    """Makes invoices as PDF, for all routes that answer one: what is at work is bounded for all."""

    typesetter: Typesetter

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return a maker with a typesetter of its own, which sets pages in the seller's brand."""
        return cls(Typesetter(Drawings(qr=qr_svg, bar_code=itf_svg), brand=settings.brand))

    async def respond(self, deps: Deps, request: Request, viewer: Viewer, invoice_id: str) -> Response:
        """Answer an invoice as it stands now; another's looks absent."""
        making = _Making(INVOICE, "invoice", self.typesetter, _invoice)
        return await _pdf(deps, request, viewer, making, id_=invoice_id)

    async def respond_receipt(
        self, deps: Deps, request: Request, viewer: Viewer, payment_id: str
    ) -> Response:
        """Answer the receipt of a payment that came; another's looks absent."""
        making = _Making(RECEIPT, "receipt", self.typesetter, _receipt)
        return await _pdf(deps, request, viewer, making, id_=payment_id)


async def _pdf(deps: Deps, request: Request, viewer: Viewer, making: _Making, *, id_: str) -> Response:
    """Answer a document as it stands now; another's looks absent."""
    require_permission(viewer, making.route, customers=True)
    language = chosen_language(request.query_params.get("lang"), request.headers.get("accept-language"))
    try:
        caller = await caller_of(deps, viewer)
        asked = _Asked(id_, caller, language)
        document, name = await making.load(deps, asked)
    except (MalformedId, InvoiceNotFound, CreditNoteNotFound, PaymentNotFound):
        raise HttpProblem(status=404, code="NOT_FOUND", detail=f"there is no such {making.kind}") from None
    try:
        content = await making.typesetter.pdf(document)
    except TimeoutError:
        raise DocumentsBusy from None
    file_name = f"{_NOT_IN_FILE_NAMES.sub('', name)}.pdf"
    return Response(
        content,
        media_type=MEDIA_TYPE,
        headers={
            "content-disposition": f'attachment; filename="{file_name}"',
            "content-language": language.value,
            "cache-control": "no-store",
            "x-content-type-options": "nosniff",
        },
    )


async def _invoice(deps: Deps, asked: _Asked) -> tuple[InvoiceDocument, str]:
    facts = await _facts(deps, asked.id, caller=asked.caller, language=asked.language)
    return invoice_document(facts), f"invoice-{facts.number}"


async def _credit_note(deps: Deps, asked: _Asked) -> tuple[InvoiceDocument, str]:
    note = await get_credit_note(deps, asked.id, caller=asked.caller)
    facts = await _facts(deps, note.invoice_id, caller=asked.caller, language=asked.language)
    return credit_note_document(note, facts), f"credit-note-{note.number or note.id}"


async def _receipt(deps: Deps, asked: _Asked) -> tuple[InvoiceDocument, str]:
    payment = await get_payment(deps, asked.id, caller=asked.caller)
    if not payment.is_paid:
        raise PaymentNotFound
    facts = await _facts(deps, payment.invoice_id, caller=asked.caller, language=asked.language)
    receipt = await take_receipt(deps.store, payment.id, at=facts.now)
    return payment_receipt_document(receipt, payment, facts), f"receipt-{receipt.number}"


async def _facts(deps: Deps, invoice_id: str, *, caller: Caller, language: Language) -> InvoiceFacts:
    """Load what an invoice's pages are made from.

    Raises:
        MalformedId, InvoiceNotFound: there is none that *caller* may see.
    """
    invoice = await get_invoice(deps, invoice_id, caller=caller)
    customer = await find_customer(deps.store, invoice.customer_id)
    if customer is None:
        raise InvoiceNotFound
    payments = await payments_of_invoices(deps.store, [invoice.id])
    credit_notes = await credit_notes_of(deps.store, [invoice.id])
    return InvoiceFacts(
        invoice=invoice,
        seller=Seller.of(deps.settings),
        customer=customer,
        payments=payments.get(invoice.id, ()),
        credit_notes=credit_notes.get(invoice.id, ()),
        language=language,
        now=await deps.clock.now(),
    )


def chosen_language(asked: str | None, accepted: str | None) -> Language:
    """Return the language that `?lang=` asks for, or else the best of an Accept-Language, or the default.

    What is not understood is passed over: a document in another language beats none.
    """
    if asked is not None:
        return _LANGUAGES.get(asked.partition("-")[0].lower(), _DEFAULT)
    wanted: list[tuple[float, Language]] = []
    for part in (accepted or "").split(",", LANGUAGES_ACCEPTED_MAX)[:LANGUAGES_ACCEPTED_MAX]:
        shape = _ACCEPTED.fullmatch(part.strip())
        language = _LANGUAGES.get(shape["primary"].lower()) if shape else None
        if shape and language:
            wanted.append((float(shape["weight"] or 1), language))
    # Of equal weights the first counts: max() keeps it.
    weight, language = max(wanted, key=lambda choice: choice[0], default=(0.0, _DEFAULT))
    return language if weight else _DEFAULT
