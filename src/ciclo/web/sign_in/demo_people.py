"""Signing in to a sandbox on this machine: choose a demo person.

Only where nothing is real money, no identity provider says who people are, and the request was made
on this machine by its own name: not through a proxy, and not by a page that another name led here.
"""

import asyncio
import ipaddress
from collections.abc import Callable, Sequence
from typing import Final, Literal, TypedDict

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ciclo.actions.access.sessions import Person, begin_session, subject_of
from ciclo.actions.dependencies import Deps
from ciclo.domain.errors.general import InvalidValue
from ciclo.domain.ids import CustomerId
from ciclo.domain.subscription import Status, Subscription
from ciclo.email_address import normalize_email
from ciclo.permissions import OperatorRole
from ciclo.settings.settings import Settings
from ciclo.store.access.sessions import SignInWay
from ciclo.store.customers import find_customer_by_email, find_customers
from ciclo.store.mongo.paging import SortOrder
from ciclo.store.subscriptions import list_subscriptions, subscription_query
from ciclo.web.admission import Admission
from ciclo.web.problems import HttpProblem
from ciclo.web.request_body import read_body
from ciclo.web.sign_in.browsers import sign_in_browser
from ciclo.web.strict_json import read_json

OPERATOR: Final = "admin@example.com"
NEWCOMER: Final = "nova@example.com"
"""Somebody whom no demo data has: by them the way of a new customer can be tried, from the first plan on."""

SHOWN: Final = (
    Status.ACTIVE,
    Status.TRIALING,
    Status.PAST_DUE,
    Status.SUSPENDED,
    Status.PAUSED,
    Status.PENDING,
    Status.CANCELLED,
)
"""Of each status one person is offered, in this order."""

BODY_BYTES_MAX: Final = 1_024

_LOCAL_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_PROXIES: Final = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
_OLDEST_FIRST: Final = SortOrder(field="created_at", descending=False)
_NEWEST_FIRST: Final = SortOrder(field="created_at")

Role = Literal["customer", "admin"]


class _Person(TypedDict):
    """One whom somebody may sign in as."""

    email: str
    role: Role
    status: str | None
    plan: str | None


class _Choice(BaseModel):
    """Whom somebody wants to be."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    email: str


def offers_demo_people(settings: Settings) -> bool:
    """Return whether somebody may choose whom to be."""
    return settings.is_sandbox and settings.jwt_secret is not None and not settings.jwks_url


def demo_routes(settings: Settings, deps: Callable[[Request], Deps], admission: Admission) -> list[Route]:
    """Return the routes, none where it is somebody else's business who people are."""
    if not offers_demo_people(settings):
        return []

    async def people(request: Request) -> Response:
        _require_local(request)
        await admission.viewer(request)
        return JSONResponse({"people": await _people(deps(request))})

    async def begin(request: Request) -> Response:
        _require_local(request)
        await admission.viewer(request)
        email = await _chosen(request)
        role = await _role(deps(request), email)
        person = Person(
            subject=subject_of(email), email=email, roles=(OperatorRole.OWNER,) if role == "admin" else ()
        )
        begun = await begin_session(deps(request), person, SignInWay.SANDBOX)
        response = JSONResponse({"email": email, "role": role}, status_code=201)
        return await sign_in_browser(admission, request, response, begun)

    return [
        Route("/sandbox/sessions", people, methods=["GET"]),
        Route("/sandbox/sessions", begin, methods=["POST"]),
    ]


async def _people(deps: Deps) -> list[_Person]:
    """Return somebody for each state that a subscription can be in, a newcomer and the operator."""
    found = await asyncio.gather(*(_first(deps, _OLDEST_FIRST, statuses=(status,)) for status in SHOWN))
    held = [subscription for subscription in found if subscription is not None]
    customers = await find_customers(deps.store, [subscription.customer_id for subscription in held])
    people: dict[str, _Person] = {}
    for subscription in held:
        email = customers[subscription.customer_id].email
        people.setdefault(email, _customer(email, subscription))
    newcomer = await find_customer_by_email(deps.store, NEWCOMER)
    taken = await _first(deps, _NEWEST_FIRST, owner=newcomer.id) if newcomer else None
    people[NEWCOMER] = _customer(NEWCOMER, taken)
    return [*people.values(), _Person(email=OPERATOR, role="admin", status=None, plan=None)]


async def _first(
    deps: Deps, order: SortOrder, *, owner: CustomerId | None = None, statuses: Sequence[Status] = ()
) -> Subscription | None:
    query = subscription_query(owner=owner, statuses=statuses)
    page = await list_subscriptions(deps.store, query, order=order, after=None, size=1)
    return page.items[0] if page.items else None


def _customer(email: str, held: Subscription | None) -> _Person:
    status, plan = (held.status.value, held.terms.plan_name) if held else (None, None)
    return _Person(email=email, role="customer", status=status, plan=plan)


async def _chosen(request: Request) -> str:
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise HttpProblem(status=415, code="UNSUPPORTED_MEDIA_TYPE", detail="send application/json")
    try:
        body = read_json(await read_body(request, bytes_max=BODY_BYTES_MAX))
        return normalize_email(_Choice.model_validate(body).email)
    except (ValidationError, InvalidValue):
        raise HttpProblem(status=422, code="INVALID_VALUE", detail="send an email") from None


async def _role(deps: Deps, email: str) -> Role:
    if email == OPERATOR:
        return "admin"
    if email != NEWCOMER and await find_customer_by_email(deps.store, email) is None:
        raise HttpProblem(status=404, code="NOT_FOUND", detail="there is no such demo person")
    return "customer"


def _require_local(request: Request) -> None:
    """Refuse what was not sent on this machine.

    A page of a foreign name that resolves to 127.0.0.1 bears that name as Host; a proxy on this
    machine says for whom it asks.
    """
    client = request.client.host if request.client else ""
    is_proxied = any(name in request.headers for name in _PROXIES)
    if not _is_loopback(client) or is_proxied or request.url.hostname not in _LOCAL_NAMES:
        raise HttpProblem(status=404, code="NOT_FOUND", detail="not found")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
