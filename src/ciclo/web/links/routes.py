"""Routes of invoice links: what the page asks for, live updates, the PDF, and the page itself."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from strawberry.schema import BaseSchema

from ciclo.actions.caller import caller_of
from ciclo.actions.dependencies import Deps
from ciclo.actions.live_updates import (
    Hub,
    ListenerTooSlow,
    ServerEnding,
    SubscriptionChange,
    TooManyListeners,
    TooManyOfViewer,
)
from ciclo.domain.invoice import Invoice
from ciclo.logs import request_id
from ciclo.store.payments import find_payment
from ciclo.viewer import Viewer
from ciclo.web.admission import DOCUMENT_OPERATIONS
from ciclo.web.graphql.request import BYTES_MAX, JSON
from ciclo.web.graphql.response import json_response
from ciclo.web.invoices import InvoicePdf
from ciclo.web.links.door import InvoiceDoor, LinkHolder
from ciclo.web.links.operations import read_operation
from ciclo.web.problems import HttpProblem
from ciclo.web.request_body import read_body
from ciclo.web.sandbox import pay_code
from ciclo.web.strict_json import read_json
from graphql_schema.context import Context
from graphql_schema.execution.masking import mask_result

PATH: Final = "/api/invoice-link"
STREAM_S_MAX: Final = 900.0
"""How long updates are told at one go; the page then listens anew."""
SILENCE_S_MAX: Final = 15.0
"""What stands between is told sooner that somebody is there."""

NewContext = Callable[[Request, Viewer], Awaitable[Context]]


def invoice_link_routes(
    door: InvoiceDoor, schema: BaseSchema, new_context: NewContext, pdf: InvoicePdf, *, is_sandbox: bool
) -> list[Route]:
    """Return the routes of what *door* opens."""
    desk = _InvoiceDesk(door, schema, new_context, pdf)
    return [
        Route(PATH, answer_refusals(desk.carry_out), methods=["POST"]),
        Route(f"{PATH}/updates", desk.updates, methods=["GET"]),
        Route(f"{PATH}/invoice.pdf", desk.invoice_pdf, methods=["GET"]),
        Route(f"{PATH}/receipts/{{id}}.pdf", desk.receipt_pdf, methods=["GET"]),
        *([Route(f"{PATH}/payments/{{id}}/settle", desk.pay, methods=["POST"])] if is_sandbox else []),
    ]


@dataclass(frozen=True, slots=True)
class _InvoiceDesk:
    """Answers what is asked of one invoice by who has its link."""

    door: InvoiceDoor
    schema: BaseSchema
    new_context: NewContext
    pdf: InvoicePdf

    async def carry_out(self, request: Request) -> Response:
        """Carry out one of the page's operations.

        Raises:
            HttpProblem: the link opens nothing, or nothing of this kind.
        """
        holder = await self.door.enter(request)
        body = read_json(await read_body(request, bytes_max=BYTES_MAX))
        asked = read_operation(body, holder.invoice)
        if asked.payment_id is not None:
            await _require_payment(self.door.deps(request), asked.payment_id, holder.invoice)
        context = await self.new_context(request, holder.viewer)
        result = await self.schema.execute(asked.text, dict(asked.variables), context)
        mask_result(result)
        errors = [error.formatted for error in result.errors or ()]
        shown = {"data": result.data} | ({"errors": errors} if errors else {})
        return json_response(shown, status=200, media_type=JSON)

    async def updates(self, request: Request) -> Response:
        """Tell, as server-sent events, that something happened to the invoice's subscription, and no more."""
        holder = await self.door.enter(request)
        told = _told(request.state.hub, holder)
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        return StreamingResponse(told, media_type="text/event-stream", headers=headers)

    async def invoice_pdf(self, request: Request) -> Response:
        """Answer the invoice as a PDF."""
        holder = await self.door.enter(request, operations=DOCUMENT_OPERATIONS)
        return await self.pdf.respond(self.door.deps(request), request, holder.viewer, holder.invoice.id)

    async def receipt_pdf(self, request: Request) -> Response:
        """Answer the receipt of one of the invoice's payments as a PDF."""
        holder = await self.door.enter(request, operations=DOCUMENT_OPERATIONS)
        deps, payment_id = self.door.deps(request), request.path_params["id"]
        await _require_payment(deps, payment_id, holder.invoice)
        return await self.pdf.respond_receipt(deps, request, holder.viewer, payment_id)

    async def pay(self, request: Request) -> Response:
        """Pay a code of the invoice's, as the payer's bank would: in the sandbox alone."""
        holder = await self.door.enter(request)
        deps, payment_id = self.door.deps(request), request.path_params["id"]
        await _require_payment(deps, payment_id, holder.invoice)
        await pay_code(deps, payment_id, caller=await caller_of(deps, holder.viewer))
        return JSONResponse({"status": "paid"}, status_code=202)


def answer_refusals(
    carry_out: Callable[[Request], Awaitable[Response]],
) -> Callable[[Request], Awaitable[Response]]:
    """Return what answers as *carry_out* does; a refusal has GraphQL's shape, and a status of its own."""

    async def answer(request: Request) -> Response:
        try:
            return await carry_out(request)
        except HttpProblem as refusal:
            extensions = {"code": refusal.code, "requestId": request_id()}
            return json_response(
                {"errors": [{"message": refusal.detail, "extensions": extensions}]},
                status=refusal.status,
                media_type=JSON,
                headers=refusal.response_headers(),
            )

    return answer


async def _require_payment(deps: Deps, payment_id: str, invoice: Invoice) -> None:
    """Check that a payment is one of *invoice*: its customer's others are nobody's business here.

    Raises:
        HttpProblem: it is not.
    """
    payment = await find_payment(deps.store, payment_id, owner=invoice.customer_id)
    if payment is None or payment.invoice_id != invoice.id:
        raise HttpProblem(status=404, code="PAYMENT_NOT_FOUND", detail="there is no such payment")


async def _told(hub: Hub, holder: LinkHolder) -> AsyncIterator[bytes]:
    """Yield an event for each change; it ends where there is no room, after a while, or with this process."""
    subscription_id = holder.invoice.subscription_id

    def concerns(change: SubscriptionChange) -> bool:
        return change.subscription_id == subscription_id

    ends_at = asyncio.get_running_loop().time() + STREAM_S_MAX
    try:
        with hub.listen(concerns, viewer=holder.viewer.subject, coalescing=True) as listener:
            yield b": listening\n\n"
            async with aclosing(listener.changes()) as changes:
                waiting = asyncio.ensure_future(anext(changes))
                try:
                    while asyncio.get_running_loop().time() < ends_at:
                        heard, _ = await asyncio.wait({waiting}, timeout=SILENCE_S_MAX)
                        if not heard:
                            yield b": nothing new\n\n"
                            continue
                        waiting.result()
                        waiting = asyncio.ensure_future(anext(changes))
                        yield b"data: changed\n\n"
                finally:
                    waiting.cancel()
                    await asyncio.wait({waiting})
    except (TooManyListeners, TooManyOfViewer, ListenerTooSlow, ServerEnding):
        # The page asks again by itself, and after a pause listens anew.
        return
