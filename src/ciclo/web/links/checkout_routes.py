"""Routes of checkout links: what the page asks for."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from strawberry.schema import BaseSchema

from ciclo.actions.plans import get_plan
from ciclo.actions.self_service.attempts import AttemptLimit
from ciclo.streams.places import Window
from ciclo.viewer import Viewer
from ciclo.web.graphql.request import BYTES_MAX, JSON
from ciclo.web.graphql.response import json_response
from ciclo.web.links.checkout_door import CheckoutDoor, address_of
from ciclo.web.links.checkout_operations import SIGN_UP, read_checkout_operation
from ciclo.web.links.operations import read_asked
from ciclo.web.links.routes import answer_refusals
from ciclo.web.rate_limit import require_attempt
from ciclo.web.request_body import read_body
from ciclo.web.strict_json import read_json
from graphql_schema.context import Context
from graphql_schema.execution.masking import mask_result

PATH: Final = "/api/checkout-link"
SIGN_UPS_FROM: Final = AttemptLimit(
    name="sign-ups-from", windows=(Window(places=30, lasts=timedelta(minutes=1)),)
)
"""From one IP address."""
SIGN_UPS_TO: Final = AttemptLimit(name="sign-ups-to", windows=(Window(places=10, lasts=timedelta(hours=1)),))
"""With one e-mail address, whoever has it: each may bring it mail."""

NewContext = Callable[[Request, Viewer], Awaitable[Context]]


def checkout_link_routes(door: CheckoutDoor, schema: BaseSchema, new_context: NewContext) -> list[Route]:
    """Return the route of what *door* opens."""
    desk = _CheckoutDesk(door, schema, new_context)
    return [Route(PATH, answer_refusals(desk.carry_out), methods=["POST"])]


@dataclass(frozen=True, slots=True)
class _CheckoutDesk:
    """Answers what is asked by who has a checkout link."""

    door: CheckoutDoor
    schema: BaseSchema
    new_context: NewContext

    async def carry_out(self, request: Request) -> Response:
        """Carry out one of the page's operations.

        Raises:
            HttpProblem: the link is none, or opens nothing of this kind; or they ask too often.
        """
        visitor = await self.door.enter(request)
        deps = self.door.deps(request)
        body = read_json(await read_body(request, bytes_max=BYTES_MAX))
        plan = await get_plan(deps, visitor.link.plan_id)
        asked = read_checkout_operation(body, currency=plan.price.currency)
        named = read_asked(body)
        if named.operation == SIGN_UP:
            await require_attempt(deps, SIGN_UPS_FROM, address_of(request))
            await require_attempt(deps, SIGN_UPS_TO, str(named.variables.input.get("email")).strip().lower())
        context = await self.new_context(request, visitor.viewer)
        result = await self.schema.execute(asked.text, dict(asked.variables), context)
        mask_result(result)
        errors = [error.formatted for error in result.errors or ()]
        shown = {"data": result.data} | ({"errors": errors} if errors else {})
        return json_response(shown, status=200, media_type=JSON)
