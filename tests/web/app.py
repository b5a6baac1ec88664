"""An application of the tests' own around the GraphQL view, put together as Ciclo's is."""

from collections.abc import Mapping

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from ciclo.settings.settings import Settings
from ciclo.viewer import ANONYMOUS
from ciclo.web.auth import TokenVerifier, find_token
from ciclo.web.graphql.graphiql import GraphiqlPage
from ciclo.web.graphql.view import GraphQLView
from ciclo.web.headers import middleware
from ciclo.web.jwt_keys import KeysUnavailable
from ciclo.web.problems import HANDLERS
from tests.web.schema import SECRET, Context, make_schema


def make_app(
    settings: Settings,
    *,
    page: GraphiqlPage | None = None,
    socket_s_max: float = 60.0,
    init_s_max: float = 0.5,
    anonymous_s_max: float = 60.0,
) -> Starlette:
    """Return an application; `app.state.contexts` has every context it made, in order."""
    verifier = TokenVerifier.of(settings)
    contexts: list[Context] = []

    async def new_context(connection: Request | WebSocket, params: Mapping[str, object] | None) -> Context:
        shown = find_token(connection.headers, params)
        context = Context(viewer=await verifier.verify(shown) if shown else ANONYMOUS)
        if "x-break-context" in connection.headers:
            raise RuntimeError(SECRET)
        if "x-no-keys" in connection.headers:
            raise KeysUnavailable
        contexts.append(context)
        return context

    view = GraphQLView(
        make_schema(settings),
        new_context=new_context,
        page=page,
        queries_by_get=settings.queries_by_get,
        allowed_origins=settings.cors_origins,
        connection_init_s_max=init_s_max,
        socket_s_max=socket_s_max,
        anonymous_s_max=anonymous_s_max,
    )
    app = Starlette(
        routes=[Route("/graphql", view), WebSocketRoute("/graphql", view)],
        middleware=middleware(settings),
        exception_handlers=HANDLERS,
    )
    app.state.contexts = contexts
    return app
