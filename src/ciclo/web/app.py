"""The ASGI application: routes, middleware and the connections that live as long as it does."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TypedDict

from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.websockets import WebSocket
from strawberry.schema import BaseSchema
from strawberry.types import ExecutionResult

from ciclo import logs, tracing
from ciclo.actions.cards.payment_options import script_hosts
from ciclo.actions.dependencies import STORE_AWAITED_S_MAX, Deps, open_deps
from ciclo.actions.entitlements.metering import Meter
from ciclo.actions.live_updates import Hub
from ciclo.actions.processing.inbox import Inbox
from ciclo.actions.production.examine import reporting
from ciclo.settings.settings import Settings
from ciclo.viewer import Viewer
from ciclo.web.admission import Admission
from ciclo.web.built import ImmutableFiles
from ciclo.web.entitlements.routes import entitlement_routes
from ciclo.web.exports import export_routes
from ciclo.web.graphql.context import Execute
from ciclo.web.graphql.graphiql import ASSETS, FILES, GraphiqlPage
from ciclo.web.graphql.view import GraphQLView
from ciclo.web.headers import middleware
from ciclo.web.health import health_routes
from ciclo.web.invoices import InvoicePdf, invoice_routes
from ciclo.web.links.checkout_door import CheckoutDoor
from ciclo.web.links.checkout_routes import checkout_link_routes
from ciclo.web.links.door import InvoiceDoor
from ciclo.web.links.routes import invoice_link_routes
from ciclo.web.portal import LinkDoors, portal_routes
from ciclo.web.problems import HANDLERS, answer_with_store
from ciclo.web.sandbox import sandbox_routes
from ciclo.web.serving.drain import Drain
from ciclo.web.sign_in.routes import sign_in_routes
from ciclo.web.webhooks.routes import Receiver, webhook_routes
from ciclo.web.webhooks.signature import SignatureVerifier
from graphql_schema.context import Context
from graphql_schema.loaders import Loaders
from graphql_schema.schema import build_schema


class State(TypedDict):
    """What the lifespan hands to requests."""

    deps: Deps
    hub: Hub
    meter: Meter
    receiver: Receiver


def create_app(
    settings: Settings, *, inbox: Callable[[Deps], Inbox] = Inbox, drain: Drain | None = None
) -> Starlette:
    """Return the application for *settings*, which connects when it starts.

    Args:
        settings: What it is set to.
        inbox: Makes what takes notices in.
        drain: Tells it when the process is about to end; None: nobody does.
    """
    drain = drain or Drain()

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[State]:
        async with open_deps(settings, store_s_max=STORE_AWAITED_S_MAX) as deps, reporting(deps):
            notices = inbox(deps)
            hub, stop, meter = Hub(), asyncio.Event(), Meter(deps)
            drain.at_close(hub.close)
            reading = asyncio.create_task(hub.run(deps.streams, stop=stop))
            yield State(deps=deps, hub=hub, meter=meter, receiver=_new_receiver(settings, notices))
            stop.set()
            await notices.aclose()
            await meter.aclose()
            await reading
            await asyncio.to_thread(tracing.close)  # uvicorn's signal ends the process next

    return Starlette(
        routes=_routes(settings, drain),
        middleware=middleware(settings),
        exception_handlers=HANDLERS,
        lifespan=lifespan,
    )


def _routes(settings: Settings, drain: Drain) -> list[BaseRoute]:
    admission = Admission.of(settings)
    schema = build_schema(settings)
    graphql = _graphql(settings, admission, schema)
    door, pdf = InvoiceDoor(_deps, admission), InvoicePdf.of(settings)
    checkout = CheckoutDoor(_deps, admission)
    return [
        *webhook_routes(_receiver),
        *entitlement_routes(_deps, _meter, admission.viewer),
        Route("/graphql", graphql),
        WebSocketRoute("/graphql", graphql),
        *health_routes(settings, _deps, drain),
        *_with_store(invoice_routes(_deps, admission.reader, pdf)),
        *_with_store(invoice_link_routes(door, schema, _new_context, pdf, is_sandbox=settings.is_sandbox)),
        *_with_store(checkout_link_routes(checkout, schema, _new_context)),
        *_with_store(export_routes(_deps, admission.reader)),
        *_with_store(sandbox_routes(_deps, admission.viewer) if settings.is_sandbox else ()),
        *_with_store(sign_in_routes(settings, _deps, admission)),
        *([Mount(f"/{ASSETS}", ImmutableFiles(directory=FILES / ASSETS))] if FILES.is_dir() else []),
        *_pages(settings, LinkDoors(invoice=door, checkout=checkout)),
    ]


def _pages(settings: Settings, doors: LinkDoors) -> list[BaseRoute]:
    if not settings.portal:
        return []
    return portal_routes(settings, hosts=script_hosts(settings), doors=doors)


def _new_receiver(settings: Settings, notices: Inbox) -> Receiver:
    return Receiver(
        notices,
        _signatures(settings, settings.webhook_secrets),
        _signatures(settings, settings.mail_webhook_secrets),
    )


def _signatures(settings: Settings, secrets: Sequence[SecretStr]) -> SignatureVerifier:
    texts = [secret.get_secret_value() for secret in secrets]
    return SignatureVerifier.of(texts, tolerance_s=settings.webhook_tolerance_s)


async def _new_context(request: Request | WebSocket, viewer: Viewer) -> Context:
    deps = _deps(request)
    return Context(
        deps=deps,
        hub=request.state.hub,
        meter=request.state.meter,
        viewer=viewer,
        request_id=logs.request_id(),
        loaders=Loaders(deps.store),
        now=await answer_with_store(deps.breaker, deps.clock.now()),
    )


def _graphql(settings: Settings, admission: Admission, schema: BaseSchema) -> GraphQLView[Context]:
    async def new_context(request: Request | WebSocket, params: Mapping[str, object] | None) -> Context:
        return await _new_context(request, await admission.viewer(request, params))

    async def within(request: Request, work: Execute) -> ExecutionResult:
        return await answer_with_store(_deps(request).breaker, work)

    return GraphQLView(
        schema,
        new_context=new_context,
        within=within,
        page=GraphiqlPage.of() if settings.shows_graphiql else None,
        queries_by_get=settings.queries_by_get,
        allowed_origins=settings.cors_origins,
    )


def _with_store(routes: Iterable[Route]) -> Iterable[Route]:
    """Yield *routes* that answer 503 while the store is away."""
    for route in routes:

        async def answer(request: Request, route: Route = route) -> Response:
            response: Response = await answer_with_store(_deps(request).breaker, route.endpoint(request))
            return response

        yield Route(route.path, answer, methods=sorted(route.methods or ()))


def _deps(connection: HTTPConnection) -> Deps:
    deps: Deps = connection.scope["state"]["deps"]
    return deps


def _meter(connection: HTTPConnection) -> Meter:
    meter: Meter = connection.scope["state"]["meter"]
    return meter


def _receiver(connection: HTTPConnection) -> Receiver:
    receiver: Receiver = connection.scope["state"]["receiver"]
    return receiver
