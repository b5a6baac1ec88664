"""The GraphQL endpoint: Strawberry's view, strict about what comes in and careful about what goes out."""

from collections.abc import AsyncGenerator, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, Final, Generic, cast

import orjson
from cross_web import AsyncHTTPRequestAdapter, StarletteRequestAdapter
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.http import GraphQLHTTPResponse, GraphQLRequestData
from strawberry.schema import BaseSchema
from strawberry.subscriptions import GRAPHQL_SSE_PROTOCOL, GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types import ExecutionResult
from strawberry.types.execution import SubscriptionExecutionResult
from strawberry.types.graphql import OperationType

from ciclo.logs import request_id
from ciclo.metrics import GRAPHQL_ERRORS
from ciclo.web.graphql.context import ContextT, NewContext, ViewerContext, Within, execute_unbounded
from ciclo.web.graphql.graphiql import GraphiqlPage
from ciclo.web.graphql.request import (
    BYTES_MAX,
    GRAPHQL_RESPONSE,
    answer_type,
    asks_for_page,
    method_not_allowed,
    parameters_of_query_string,
    to_problem,
    to_request,
)
from ciclo.web.graphql.response import (
    UNAUTHORIZED,
    encode,
    is_for_want_of_store,
    json_response,
    status_of,
    was_executed,
)
from ciclo.web.graphql.socket import (
    ANONYMOUS_S_MAX,
    OPERATIONS_MAX,
    AnonymousSockets,
    Handshake,
    JsonSocket,
    SocketHandler,
    TooManySockets,
    to_graphql_error,
)
from ciclo.web.graphql.stream import OPEN_S_MAX, end_in_time, end_with_key, guard_results
from ciclo.web.problems import HttpProblem, StoreAway, refusal_response
from ciclo.web.request_body import read_body
from ciclo.web.strict_json import read_json
from graphql_schema.execution.masking import mask_result

CONNECTION_INIT_S_MAX: Final = 10.0


class _Adapter(StarletteRequestAdapter):
    """Strawberry's idea of a request, with Starlette's at hand: only that one can be read within bounds."""

    def __init__(self, request: Request) -> None:
        super().__init__(request)
        self.request: Final = request


class GraphQLView(GraphQL[Any, Any], Generic[ContextT]):
    """Answers operations over HTTP, graphql-transport-ws and SSE; one instance serves both kinds of route.

    Every answer over HTTP has GraphQL's shape, refusals too: a token that is not valid is a 401 with the
    code UNAUTHENTICATED, and so is an operation that needs one and comes without; nothing of it has run.
    """

    request_adapter_class = _Adapter
    websocket_adapter_class = JsonSocket
    graphql_transport_ws_handler_class = SocketHandler

    def __init__(
        self,
        schema: BaseSchema,
        *,
        new_context: NewContext[ContextT],
        within: Within = execute_unbounded,
        root: object = None,
        page: GraphiqlPage | None = None,
        queries_by_get: bool = False,
        allowed_origins: Sequence[str] = (),
        connection_init_s_max: float = CONNECTION_INIT_S_MAX,
        socket_s_max: float = OPEN_S_MAX,
        anonymous_s_max: float = ANONYMOUS_S_MAX,
    ) -> None:
        super().__init__(
            schema,
            graphql_ide=None,
            allow_queries_via_get=queries_by_get,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL, GRAPHQL_SSE_PROTOCOL),
            connection_init_wait_timeout=timedelta(seconds=connection_init_s_max),
            max_subscriptions_per_connection=OPERATIONS_MAX,
            allowed_origins=allowed_origins,
        )
        self.new_context: Final = new_context
        self.socket_s_max: Final = socket_s_max
        self.anonymous_s_max: Final = anonymous_s_max
        self._within: Final = within
        self._root: Final = root
        self._page: Final = page
        self._anonymous: Final = AnonymousSockets()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "websocket":
            await self._serve(WebSocket(scope, receive, send))
        else:
            response = await self._respond(Request(scope, receive))
            await response(scope, receive, send)

    async def _serve(self, socket: WebSocket) -> None:
        try:
            self._anonymous.add(_address(socket), socket)
        except TooManySockets as refusal:
            await socket.send_denial_response(refusal_response(refusal))
            return
        try:
            await self.run(socket)
        finally:
            self._anonymous.discard(_address(socket), socket)

    async def _respond(self, request: Request) -> Response:
        try:
            if asks_for_page(request.method, request.headers.get("accept", ""), request.query_params):
                return self._page_response()
            self._check_method(request.method)
            return await self.run(request)
        except Exception as error:  # noqa: BLE001 - from_exception logs what nobody foresaw
            return self._refusal(request, error)

    def _page_response(self) -> Response:
        if self._page is None:
            raise HttpProblem(status=404, code="NOT_FOUND", detail="there is no page here")
        return self._page.response()

    def _check_method(self, method: str) -> None:
        allowed = ("GET", "POST") if self.allow_queries_via_get else ("POST",)
        if method not in allowed:
            raise method_not_allowed(allow=allowed)

    def should_render_graphql_ide(self, request: object) -> bool:  # noqa: ARG002 - Strawberry's shape
        """Leave the page to `_respond`, which asks before there is a context."""
        return False

    async def get_root_value(self, request: Request | WebSocket) -> object:  # noqa: ARG002 - Strawberry's shape
        """Return what root resolvers get as their source."""
        return self._root

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> object:  # noqa: ARG002 - Strawberry's shape
        """Return the context of a request, or what a socket has before its operations have theirs."""
        if isinstance(request, WebSocket):
            return Handshake(request, self.new_context, self.socket_s_max, self.anonymous_s_max)
        return await self.new_context(request, None)

    async def on_ws_connect(self, context: Handshake) -> dict[str, object] | None:
        """Check the token that a socket shows, so that a bad one is refused at once and none outlived."""
        viewer = (await self.new_context(context.socket, context.connection_params)).viewer
        context.identify(viewer)
        if viewer.is_known:
            self._anonymous.discard(_address(context.socket), context.socket)
        return None

    async def get_sub_response(self, request: Request | WebSocket) -> Response:
        """Return what carries the answer's media type to `create_response`."""
        carrier = await super().get_sub_response(request)
        carrier.media_type = answer_type(request.headers.get("accept", ""))
        return carrier

    async def parse_http_body(self, request: AsyncHTTPRequestAdapter) -> GraphQLRequestData:
        """Read the request strictly.

        Raises:
            HttpProblem: it is too large, of another type, or no GraphQL request.
            MalformedJson: it is no JSON.
        """
        assert isinstance(request, _Adapter)
        given = request.request
        transport = self._get_stream_transport_from_headers(given.headers)
        if given.method == "GET":
            value: object = parameters_of_query_string(given.query_params)
        else:
            value = read_json(await read_body(given, bytes_max=BYTES_MAX))
        return to_request(value, protocol=transport.protocol if transport else "http")

    async def execute_operation(  # noqa: PLR0917 - Strawberry's shape
        self,
        request: Request,
        request_adapter: AsyncHTTPRequestAdapter,
        request_data: GraphQLRequestData | list[GraphQLRequestData],
        context: object,
        root_value: object,
        sub_response: Response,
    ) -> ExecutionResult | list[ExecutionResult] | SubscriptionExecutionResult:
        """Execute, and guard what comes as a stream."""
        result = await super().execute_operation(
            request, request_adapter, request_data, context, root_value, sub_response
        )
        if isinstance(result, AsyncGenerator):
            # What `get_context` has made.
            viewer = cast("ViewerContext", context).viewer
            guarded = end_with_key(
                guard_results(result), viewer=viewer, renew=partial(self.new_context, request, None)
            )
            answers = end_in_time(guarded, viewer=viewer)
            return cast("SubscriptionExecutionResult", answers)
        return result

    async def execute_single(  # noqa: PLR0917 - Strawberry's shape
        self,
        request: Request,
        request_adapter: AsyncHTTPRequestAdapter,  # noqa: ARG002 - Strawberry's shape
        sub_response: Response,
        context: object,
        root_value: object,
        request_data: GraphQLRequestData,
    ) -> ExecutionResult:
        """Execute for one answer: Strawberry would run a subscription as if it were a query.

        Raises:
            CannotGetOperationTypeError: the document has no such operation.
            InvalidOperationTypeError: it is a subscription, or a mutation by GET.
        """
        reads = {OperationType.QUERY}
        execution = self.schema.execute(
            request_data.query,
            request_data.variables,
            context,
            root_value,
            request_data.operation_name,
            reads if request.method == "GET" else {*reads, OperationType.MUTATION},
            request_data.extensions,
        )
        try:
            result = await self._within(request, execution)
        except StoreAway as away:
            result = ExecutionResult(data=None, errors=[to_graphql_error(away)])
        # What was done already must not be asked for again as if it had not been: that is a 200.
        errors = [error.formatted for error in result.errors or ()]
        if is_for_want_of_store(result.data, errors) and not cast("ViewerContext", context).has_changed:
            sub_response.status_code = StoreAway().status
        return result

    async def process_result(self, request: Request, result: ExecutionResult) -> GraphQLHTTPResponse:  # noqa: ARG002 - Strawberry's shape
        """Return the body of an answer, without `data` if nothing was executed."""
        mask_result(result)
        errors = [error.formatted for error in result.errors or ()]
        body = GraphQLHTTPResponse()
        if not errors or result.data is not None or was_executed(errors):
            body["data"] = result.data
        if errors:
            body["errors"] = list[object](errors)
        return body

    def create_response(
        self, response_data: GraphQLHTTPResponse | list[GraphQLHTTPResponse], sub_response: Response
    ) -> Response:
        """Return the answer with the status that goes with its media type."""
        assert isinstance(response_data, dict)  # batches are refused
        media_type = sub_response.media_type or GRAPHQL_RESPONSE
        away = StoreAway()
        if sub_response.status_code == away.status:
            headers = away.response_headers()
            return json_response(response_data, status=away.status, media_type=media_type, headers=headers)
        status = 200 if "data" in response_data else status_of(response_data, media_type)
        headers = {"www-authenticate": "Bearer"} if status == UNAUTHORIZED else {}
        return json_response(response_data, status=status, media_type=media_type, headers=headers)

    def encode_json(self, data: object) -> bytes:
        """Return *data* as JSON."""
        return orjson.dumps(data, default=encode)

    def _refusal(self, request: Request, error: Exception) -> Response:
        refusal = to_problem(request.method, error)
        GRAPHQL_ERRORS.labels(refusal.code).inc()
        extensions = {"code": refusal.code, "requestId": request_id()}
        return json_response(
            {"errors": [{"message": refusal.detail, "extensions": extensions}]},
            status=refusal.status,
            media_type=answer_type(request.headers.get("accept", "")),
            headers=refusal.response_headers(),
        )


def _address(socket: WebSocket) -> str:
    return socket.client.host if socket.client else ""
