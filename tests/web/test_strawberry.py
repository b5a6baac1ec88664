"""What we rely on of Strawberry without its promising it: an upgrade that changes one of these fails here."""

from collections.abc import AsyncIterator, Iterator
from types import SimpleNamespace
from typing import Any, Final

import pytest
import strawberry
from graphql import GraphQLSchema, GraphQLSyntaxError, Source
from graphql.language import FragmentDefinitionNode
from strawberry.asgi import GraphQL
from strawberry.extensions import SchemaExtension
from strawberry.subscriptions import GRAPHQL_SSE_PROTOCOL
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler
from strawberry.types.execution import ExecutionResult, PreExecutionError

from ciclo.web.graphql.socket import SocketHandler

SYNTAX_ERROR: Final = GraphQLSyntaxError(Source("{"), 0, "nothing is closed")


@strawberry.type
class Leaf:
    name: str = "leaf"


@strawberry.type
class Query:
    @strawberry.field
    def leaf(self, info: strawberry.Info) -> Leaf:
        raw = info._raw_info
        children = [type(one).__name__ for node in raw.field_nodes for one in node.selection_set.selections]
        assert children == ["FieldNode", "FragmentSpreadNode"]
        assert isinstance(raw.fragments["Named"], FragmentDefinitionNode)
        return Leaf()


async def test_info_has_graphql_cores_own_with_the_fields_nodes_and_the_fragments() -> None:
    """`graphql_schema.lookahead` reads them: Strawberry's own view copies the whole tree."""
    query = "{ leaf { name ...Named } } fragment Named on Leaf { name }"
    answer = await strawberry.Schema(Query).execute(query)

    assert answer.errors is None


async def test_a_schema_has_graphql_cores_own() -> None:
    """`graphql_schema.execution.documents` validates by it."""
    assert isinstance(strawberry.Schema(Query)._schema, GraphQLSchema)


@pytest.mark.parametrize(("given", "expected"), [(None, None), ("A", "A")])
async def test_an_extension_sees_which_operation_was_named_and_whether_any_was(
    given: str | None, expected: str | None
) -> None:
    """`graphql_schema.execution.documents` refuses several operations of which none is named."""
    seen: list[str | None] = []

    class Look(SchemaExtension):
        def on_validate(self) -> Iterator[None]:
            seen.append(self.execution_context._provided_operation_name)
            yield

    await strawberry.Schema(Query, extensions=[Look]).execute("query A { __typename }", operation_name=given)

    assert seen == [expected]


@pytest.mark.parametrize(
    ("accept", "protocol"), [("text/event-stream", "sse"), ("application/json", None), ("", None)]
)
def test_the_view_tells_by_the_accept_header_how_an_answer_is_streamed(
    accept: str, protocol: str | None
) -> None:
    """`web.graphql.view` reads a request's body by itself, and needs to know it before."""
    view = GraphQL(strawberry.Schema(Query), subscription_protocols=[GRAPHQL_SSE_PROTOCOL])
    transport = view._get_stream_transport_from_headers({"accept": accept})

    assert (transport.protocol if transport else None) == protocol


async def test_the_socket_handler_sends_each_result_of_a_stream() -> None:
    """`web.graphql.socket` makes the stream, with a context of its own, and leaves the sending to it."""
    results = [ExecutionResult(data={"n": n}, errors=None) for n in range(2)]

    async def stream() -> AsyncIterator[ExecutionResult]:
        for one in results:
            yield one

    sent = Sent()
    await BaseGraphQLTransportWSHandler._send_result_stream(sent.handler, sent.operation, stream())

    assert sent.nexts == results


async def test_what_fails_before_execution_ends_the_connection_unless_the_handler_gives_no_reason() -> None:
    """`web.graphql.socket` gives none, so that a syntax error ends its own operation and no other."""
    assert BaseGraphQLTransportWSHandler._get_pre_execution_close_reason(SYNTAX_ERROR)

    async def stream() -> AsyncIterator[PreExecutionError]:
        yield PreExecutionError(data=None, errors=[SYNTAX_ERROR])

    sent = Sent()
    await BaseGraphQLTransportWSHandler._send_result_stream(sent.handler, sent.operation, stream())

    assert sent.errors == [SYNTAX_ERROR]


class Sent:
    """A handler of ours without a connection, and an operation that keeps what it is to send."""

    def __init__(self) -> None:
        self.nexts: list[ExecutionResult] = []
        self.errors: list[Any] = []
        self.handler: Any = SocketHandler.__new__(SocketHandler)
        self.operation: Any = SimpleNamespace(id="1", send_next=self._next, send_initial_errors=self._fail)

    async def _next(self, result: ExecutionResult) -> None:
        self.nexts.append(result)

    async def _fail(self, errors: list[Any]) -> None:
        self.errors += errors
