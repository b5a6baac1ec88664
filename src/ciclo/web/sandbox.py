"""The sandbox provider's own pages: what a real provider would host somewhere else."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ciclo.actions.caller import Caller, caller_of
from ciclo.actions.dependencies import Deps
from ciclo.actions.invoices import get_payment
from ciclo.domain.errors.general import BillingError, MalformedId
from ciclo.domain.errors.payments import CardInvalid, PaymentNotFound
from ciclo.domain.period import local_date
from ciclo.gateways.card import brand_of, last_four, validate_card
from ciclo.gateways.protocol import CardDetails
from ciclo.gateways.sandbox.gateway import SandboxGateway
from ciclo.viewer import Viewer
from ciclo.web.problems import HttpProblem
from ciclo.web.request_body import read_body
from ciclo.web.strict_json import read_json

BODY_BYTES_MAX = 4_096


def sandbox_routes(
    deps: Callable[[Request], Deps], viewer: Callable[[Request], Awaitable[Viewer]]
) -> list[Route]:
    """Return the routes; *deps* gives the connections once the application has started."""

    async def tokenize(request: Request) -> Response:
        await viewer(request)
        return await _tokenize(deps(request), request)

    async def pay(request: Request) -> Response:
        return await _pay_code(deps(request), request, await viewer(request))

    return [
        Route("/sandbox/tokens", tokenize, methods=["POST"]),
        Route("/sandbox/payments/{id}/settle", pay, methods=["POST"]),
    ]


async def _tokenize(deps: Deps, request: Request) -> Response:
    """Trade a card for a token, as a provider's form in the browser does; the card goes no further."""
    gateway = _sandbox(deps)
    today = local_date(await deps.clock.now(), deps.policy.timezone)
    try:
        card = validate_card(_card(read_json(await read_body(request, bytes_max=BODY_BYTES_MAX))), on=today)
    except BillingError as error:
        raise HttpProblem(status=422, code=error.code.value, detail=str(error)) from None
    return JSONResponse(
        {
            "token": gateway.form_token(card),
            "brand": brand_of(card.number),
            "lastFour": last_four(card.number),
        }
    )


async def _pay_code(deps: Deps, request: Request, viewer: Viewer) -> Response:
    if not viewer.is_known:
        raise HttpProblem(status=401, code="UNAUTHENTICATED", detail="sign in to do this")
    await pay_code(deps, request.path_params["id"], caller=await caller_of(deps, viewer))
    return JSONResponse({"status": "paid"}, status_code=202)


async def pay_code(deps: Deps, payment_id: str, *, caller: Caller) -> None:
    """Pay a pending PIX code or boleto, as the payer's bank would; the notice comes by the front door.

    Raises:
        HttpProblem: there is no such payment, or nothing of it waits.
    """
    gateway = _sandbox(deps)
    try:
        payment = await get_payment(deps, payment_id, caller=caller)
        await gateway.pay_code(payment, at=await deps.clock.now())
    except (MalformedId, PaymentNotFound):
        raise HttpProblem(status=404, code="NOT_FOUND", detail="there is no such payment") from None
    except BillingError as error:
        raise HttpProblem(status=422, code=error.code.value, detail=str(error)) from None


def _sandbox(deps: Deps) -> SandboxGateway:
    gateway = deps.gateways.by_name.get(SandboxGateway.name)
    if not isinstance(gateway, SandboxGateway):
        raise HttpProblem(status=404, code="NOT_FOUND", detail="the sandbox collects nothing here")
    return gateway


def _card(body: object) -> CardDetails:
    """Return the card that a body holds.

    Raises:
        CardInvalid: it holds none; nothing of it is repeated.
    """
    fields = body if isinstance(body, dict) else {}
    texts = [fields.get(name) for name in ("number", "holderName", "cvv")]
    numbers = [fields.get(name) for name in ("expirationMonth", "expirationYear")]
    well_formed = all(isinstance(text, str) for text in texts) and all(
        type(number) is int for number in numbers
    )
    if not well_formed:
        raise CardInvalid("send number, holderName, cvv, expirationMonth and expirationYear")
    return CardDetails(
        number=str(texts[0]),
        holder_name=str(texts[1]),
        cvv=str(texts[2]),
        expiration_month=int(str(numbers[0])),
        expiration_year=int(str(numbers[1])),
    )
