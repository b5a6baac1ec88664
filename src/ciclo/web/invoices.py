"""Invoices and receipts as PDF, for their owner and for operators."""

import re
from collections.abc import Awaitable, Callable
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ciclo.actions.caller import Caller, caller_of
from ciclo.actions.dependencies import Deps
from ciclo.actions.invoices import get_invoice
from ciclo.documents.invoice import invoice_document
from ciclo.documents.invoice_facts import InvoiceFacts, Seller
from ciclo.documents.language import Language
from ciclo.documents.render import Drawings, Typesetter
from ciclo.domain.errors.general import MalformedId
from ciclo.domain.errors.payments import InvoiceNotFound
from ciclo.gateways.codes.itf import itf_svg
from ciclo.gateways.codes.qr import qr_svg
from ciclo.store.customers import find_customer
from ciclo.store.invoices import credit_notes_of
from ciclo.store.payments import payments_of_invoices
from ciclo.viewer import Viewer
from ciclo.web.problems import HttpProblem

MEDIA_TYPE: Final = "application/pdf"
LANGUAGES_ACCEPTED_MAX: Final = 20
BUSY_RETRY_S: Final = 5

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
    deps: Callable[[Request], Deps], viewer: Callable[[Request], Awaitable[Viewer]]
) -> list[Route]:
    """Return the routes; *deps* gives the connections once the application has started."""
    typesetter = Typesetter(Drawings(qr=qr_svg, bar_code=itf_svg))

    async def pdf(request: Request) -> Response:
        return await _pdf(deps(request), request, await viewer(request), typesetter)

    return [Route("/invoices/{id}.pdf", pdf, methods=["GET"])]


async def _pdf(deps: Deps, request: Request, viewer: Viewer, typesetter: Typesetter) -> Response:
    """Answer an invoice as it stands now; another's looks absent."""
    if not viewer.is_known:
        raise HttpProblem(
            status=401,
            code="UNAUTHENTICATED",
            detail="sign in to do this",
            headers={"www-authenticate": "Bearer"},
        )
    language = chosen_language(request.query_params.get("lang"), request.headers.get("accept-language"))
    try:
        caller = await caller_of(deps, viewer)
        facts = await _facts(deps, request.path_params["id"], caller=caller, language=language)
    except (MalformedId, InvoiceNotFound):
        raise HttpProblem(status=404, code="NOT_FOUND", detail="there is no such invoice") from None
    try:
        content = await typesetter.pdf(invoice_document(facts))
    except TimeoutError:
        raise DocumentsBusy from None
    file_name = f"invoice-{_NOT_IN_FILE_NAMES.sub('', facts.number)}.pdf"
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
