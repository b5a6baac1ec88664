"""Entitlements over HTTP: the two questions that an app asks all the time, without GraphQL's cost."""

import hashlib
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ciclo.actions.caller import Caller, caller_of
from ciclo.actions.dependencies import Deps
from ciclo.actions.entitlements.decisions import name_entitled
from ciclo.actions.entitlements.metering import Meter
from ciclo.actions.entitlements.reading import Check, Checked
from ciclo.actions.entitlements.tally import UsageRequest
from ciclo.domain.entitlements.config import read_config
from ciclo.domain.entitlements.feature import FEATURE_CHARS_MAX
from ciclo.domain.entitlements.usage import QUANTITY_USED_MAX, Consume
from ciclo.domain.errors.error_code import ErrorCode
from ciclo.domain.errors.general import BillingError
from ciclo.domain.ids import CustomerId, parse_id
from ciclo.domain.plan import Plan
from ciclo.viewer import Viewer
from ciclo.web.admission import require_permission
from ciclo.web.problems import HttpProblem, answer_in_time
from ciclo.web.request_body import read_body
from ciclo.web.serving.endpoint import Endpoint
from ciclo.web.strict_json import read_json
from graphql_schema.mutations.idempotency import request_under_key

CHECK: Final = "/api/entitlements/{customer}/{feature:path}"
CONSUME: Final = "/api/entitlements/consume"

BODY_BYTES_MAX: Final = 8_192

_OURS: Final = "cus_"
"""What our own ids of customers begin with."""

_STATUSES: Final = {
    ErrorCode.CUSTOMER_NOT_FOUND: 404,
    ErrorCode.FEATURE_NOT_FOUND: 404,
    ErrorCode.CONFLICT: 409,
    ErrorCode.IDEMPOTENCY_KEY_REUSED: 409,
}
"""What a refusal is in HTTP; all others are 400."""

_NUMBER: Final = re.compile(r"[0-9]{1,10}", re.ASCII)


class _Consumption(BaseModel):
    """The body of a consumption."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", alias_generator=to_camel)

    customer: str = Field(max_length=320)
    feature: str = Field(min_length=1, max_length=FEATURE_CHARS_MAX)
    quantity: int = Field(default=1, ge=1, le=QUANTITY_USED_MAX)
    idempotency_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Desk:
    """What both routes work with, once the application has started."""

    deps: Callable[[Request], Deps]
    meter: Callable[[Request], Meter]
    viewer: Callable[[Request], Awaitable[Viewer]]

    async def customer(self, request: Request, viewer: Viewer, named: str) -> CustomerId:
        """Return whom *named* stands for: an id of ours, an e-mail address, or what the seller calls them.

        Raises:
            BillingError: there is no such customer, or they are somebody else.
        """
        if viewer.is_admin and named.startswith(_OURS):
            # What is asked most: nothing is looked up, and so no breaker is asked either.
            return CustomerId(parse_id("cus", named))
        deps = self.deps(request)
        return await deps.breaker.during(_looked_up(deps, viewer, named))


async def _looked_up(deps: Deps, viewer: Viewer, named: str) -> CustomerId:
    is_ours = named.startswith(_OURS)
    is_email = not is_ours and "@" in named
    return await name_entitled(
        deps,
        customer_id=named if is_ours else None,
        email=named if is_email else None,
        external_id=None if is_ours or is_email else named,
        # Whether an operator is a customer too does not matter here.
        caller=Caller(viewer=viewer) if viewer.is_admin else await caller_of(deps, viewer),
    )


def entitlement_routes(
    deps: Callable[[Request], Deps],
    meter: Callable[[Request], Meter],
    viewer: Callable[[Request], Awaitable[Viewer]],
) -> list[Route]:
    """Return the routes; *deps* and *meter* give what the application has opened when it started."""
    desk = _Desk(deps=deps, meter=meter, viewer=viewer)

    async def check(request: Request) -> Response:
        return await answer_in_time(_refusals_as_problems(_check(desk, request)))

    async def consume(request: Request) -> Response:
        return await answer_in_time(_refusals_as_problems(_consume(desk, request)))

    return [
        Route(CONSUME, Endpoint(consume), methods=["POST"]),
        Route(CHECK, Endpoint(check), methods=["GET"]),
    ]


async def _check(desk: _Desk, request: Request) -> Response:
    viewer = await desk.viewer(request)
    require_permission(viewer, CHECK, customers=True)
    customer_id = await desk.customer(request, viewer, request.path_params["customer"])
    quantity = _quantity(request)
    check = Check(customer_id=customer_id, feature=request.path_params["feature"], quantity=quantity)
    meter = desk.meter(request)
    checked = await meter.check(check)
    body = orjson.dumps(await _checked_body(meter, checked, quantity))
    # Of the answer itself, so that it changes with the plan, with use, and with what is on offer.
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"etag": etag, "cache-control": "private, no-cache"}
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="application/json")


async def _consume(desk: _Desk, request: Request) -> Response:
    viewer = await desk.viewer(request)
    require_permission(viewer, CONSUME, customers=False)
    given = _read(await read_body(request, bytes_max=BODY_BYTES_MAX))
    keyed = request_under_key(
        "POST consume", given.idempotency_key, subject=viewer.subject, given=given.model_dump()
    )
    customer_id = await desk.customer(request, viewer, given.customer)
    meter = desk.meter(request)
    answer = await meter.change(
        UsageRequest(
            change=Consume(quantity=given.quantity),
            customer_id=customer_id,
            feature=given.feature,
            request=keyed,
        )
    )
    body: dict[str, Any] = {
        "allowed": answer.allowed,
        "reason": answer.reason,
        "limit": answer.limit,
        "used": answer.used,
        "remaining": answer.remaining,
    }
    if not answer.allowed:
        check = Check(customer_id=customer_id, feature=given.feature, quantity=given.quantity)
        checked = await meter.check(check)
        body["upgrades"] = await _upgrades(meter, checked, given.quantity)
    return Response(orjson.dumps(body), headers={"cache-control": "no-store"}, media_type="application/json")


async def _refusals_as_problems(answer: Awaitable[Response]) -> Response:
    """Return the answer.

    Raises:
        HttpProblem: the rules refuse what is asked for.
    """
    try:
        return await answer
    except BillingError as error:
        status = _STATUSES.get(error.code, 400)
        raise HttpProblem(status=status, code=error.code.value, detail=str(error)) from None


async def _checked_body(meter: Meter, checked: Checked, quantity: int) -> dict[str, Any]:
    found = checked.entitlement
    resets_on = found.provision.resets_on
    body: dict[str, Any] = {
        "allowed": found.allowed,
        "reason": found.reason.value,
        "limit": found.provision.limit,
        "used": found.used,
        "remaining": found.remaining,
        "resetsOn": resets_on.isoformat() if resets_on else None,
    }
    if found.provision.config is not None:
        body["config"] = read_config(found.provision.config)
    if not found.allowed:
        body["upgrades"] = await _upgrades(meter, checked, quantity)
    return body


async def _upgrades(meter: Meter, checked: Checked, quantity: int) -> list[dict[str, Any]]:
    found = await meter.reader.upgrades(checked.entitlements, checked.entitlement, quantity)
    return [_upgrade(plan) for plan in found]


def _upgrade(plan: Plan) -> dict[str, Any]:
    return {
        "id": plan.id,
        "name": plan.name,
        "price": {"amount": str(plan.price.to_decimal()), "currency": plan.price.currency},
        "billingCycle": plan.billing_cycle.value,
    }


def _quantity(request: Request) -> int:
    text = request.query_params.get("quantity", "1") if request.scope["query_string"] else "1"
    if _NUMBER.fullmatch(text) is None:
        raise HttpProblem(status=400, code="INVALID_VALUE", detail="quantity is a whole number from 1 on")
    return int(text)


def _read(body: bytes) -> _Consumption:
    try:
        return _Consumption.model_validate(read_json(body))
    except ValidationError as error:
        at = ".".join(str(part) for part in error.errors()[0]["loc"]) or "the body"
        raise HttpProblem(
            status=400, code="INVALID_VALUE", detail=f"{at}: customer, feature, quantity and idempotencyKey"
        ) from None
