"""Execution: caches, limits, masking and the time limit working together on a schema."""

import asyncio
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import pytest
import strawberry
import structlog
from graphql import GraphQLError
from strawberry.extensions import SchemaExtension
from structlog.testing import LogCapture

from ciclo import logs, metrics
from ciclo.permissions import OperatorRole
from ciclo.settings.settings import Settings
from ciclo.viewer import operator_of
from graphql_schema.execution.masking import Code, ShownError, mask_errors
from tests.web.schema import SECRET, Context, make_schema


@pytest.fixture(scope="module")
def schema(settings: Settings) -> strawberry.Schema:
    return make_schema(settings)


@pytest.fixture
def log() -> Iterator[list[Mapping[str, Any]]]:
    capture = LogCapture()
    structlog.configure(processors=[logs.with_facts, capture])
    yield capture.entries
    structlog.reset_defaults()


async def run(
    schema: strawberry.Schema, query: str, variables: dict[str, Any] | None = None, name: str | None = None
) -> tuple[object, list[tuple[str, object]]]:
    """Return the data and the errors, each as its message and its code."""
    result = await schema.execute(query, variables, Context(), operation_name=name)
    errors = result.errors or []
    assert all(isinstance(error, ShownError) for error in errors)
    return result.data, [(error.message, (error.extensions or {}).get("code")) for error in errors]


async def test_a_query_is_answered(schema: strawberry.Schema) -> None:
    assert await run(schema, '{hello(name: "Ana")}') == ({"hello": "hello Ana"}, [])


async def test_the_same_query_is_parsed_and_validated_once(settings: Settings) -> None:
    seen = []

    class Watch(SchemaExtension):
        def on_execute(self) -> Iterator[None]:
            seen.append(self.execution_context.graphql_document)
            yield

    schema = make_schema(settings, Watch)
    for _ in range(3):
        await schema.execute("{hello}", context_value=Context())
    await schema.execute("{ hello }", context_value=Context())

    assert seen[0] is seen[1] is seen[2]
    assert seen[3] is not seen[0]


@pytest.mark.parametrize("times", [1, 2])
async def test_a_known_document_still_has_its_page_sizes_checked(
    schema: strawberry.Schema, times: int
) -> None:
    query = "query($n: Int!){nodes(first: $n){id}}"
    too_many = [("a page has at most 100 items", "QUERY_TOO_COMPLEX")]

    for _ in range(times):
        data, errors = await run(schema, query, {"n": 100})
        assert isinstance(data, dict)
        assert (len(data["nodes"]), errors) == (100, [])
        assert await run(schema, query, {"n": 101}) == (None, too_many)


@pytest.mark.parametrize("times", [1, 2])
async def test_a_refused_document_stays_refused(schema: strawberry.Schema, times: int) -> None:
    for _ in range(times):
        assert await run(schema, "{" + "node{" * 13 + "id" + "}" * 14) == (
            None,
            [("more than 12 levels of fields", "QUERY_TOO_COMPLEX")],
        )
        data, errors = await run(schema, "{nowhere}")
        assert (data, errors) == (
            None,
            [("Cannot query field 'nowhere' on type 'Query'.", "GRAPHQL_VALIDATION_FAILED")],
        )


async def test_a_document_of_too_many_tokens_is_not_parsed(schema: strawberry.Schema) -> None:
    data, [(message, code)] = await run(schema, "{" + "hello " * 100_000 + "}")

    assert (data, code) == (None, "GRAPHQL_PARSE_FAILED")
    assert message.endswith("Document contains more than 1000 tokens. Parsing aborted.")


async def test_several_operations_need_a_name(schema: strawberry.Schema) -> None:
    query = "query A{hello} query B{node{id}}"

    assert await run(schema, query) == (
        None,
        [("operationName is needed to choose one of several operations", "GRAPHQL_VALIDATION_FAILED")],
    )
    assert await run(schema, query, name="B") == ({"node": {"id": "n1"}}, [])


@pytest.mark.parametrize(
    ("query", "variables", "error"),
    [
        ("{", None, ("Syntax Error: Expected Name, found <EOF>.", "GRAPHQL_PARSE_FAILED")),
        ("{broken}", None, ("internal error", "INTERNAL")),
        ("{refused}", None, ("the name is too long", "INVALID_VALUE")),
        ("{forbidden}", None, ("not yours", "FORBIDDEN")),
        ("{slow}", None, ("the operation took too long", "TIMEOUT")),
        (
            "{huge}",
            None,
            ("Int cannot represent non 32-bit signed integer value", "BAD_USER_INPUT"),
        ),
        (
            "query($n: Int!){nodes(first: $n){id}}",
            {"n": "x"},
            (
                "Variable '$n' has invalid value: Int cannot represent non-integer value: 'x'",
                "BAD_USER_INPUT",
            ),
        ),
        (
            "query($n: Int!){nodes(first: $n){id}}",
            {"n": Decimal("1.5")},
            ("Variable '$n' has invalid value: Int cannot represent non-integer value", "BAD_USER_INPUT"),
        ),
        (
            "query($n: Int!){nodes(first: $n){id}}",
            {"n": True},
            ("Variable '$n' has invalid value: Int cannot represent non-integer value", "BAD_USER_INPUT"),
        ),
        (
            "query($n: Int!){nodes(first: $n){id}}",
            {"n": {"a": "b"}},
            ("Variable '$n' has invalid value: Int cannot represent non-integer value", "BAD_USER_INPUT"),
        ),
        (
            '{picky(value: "bad")}',
            None,
            ("Expected value of type 'Picky', found: \"bad\".", "BAD_USER_INPUT"),
        ),
        (
            "query($p: Picky!){picky(value: $p)}",
            {"p": "bad"},
            (
                "Variable '$p' has invalid value: Expected value of type 'Picky', found: 'bad'.",
                "BAD_USER_INPUT",
            ),
        ),
    ],
)
async def test_each_error_shows_what_its_kind_may(
    schema: strawberry.Schema, query: str, variables: dict[str, Any] | None, error: tuple[str, str]
) -> None:
    _, errors = await run(schema, query, variables)

    assert errors == [error]


async def test_a_bug_is_logged_once_with_the_request_id_and_shown_without_its_text(
    schema: strawberry.Schema, log: list[Mapping[str, Any]]
) -> None:
    with logs.about(request_id="req-1"):
        result = await schema.execute("{broken}", context_value=Context())

    assert result.errors is not None
    assert result.errors[0].formatted == {
        "message": "internal error",
        "locations": [{"line": 1, "column": 2}],
        "path": ["broken"],
        "extensions": {"code": "INTERNAL", "requestId": "req-1"},
    }
    [line] = log
    assert (line["event"], line["request_id"], line["path"]) == (
        "graphql.unexpected_error",
        "req-1",
        ["broken"],
    )
    assert str(line["exc_info"]) == SECRET


async def test_at_most_five_errors_are_answered(
    schema: strawberry.Schema, log: list[Mapping[str, Any]]
) -> None:
    _, failed = await run(schema, "{nodes{fails}}")
    _, invalid = await run(schema, "{" + " ".join(f"nowhere{n}" for n in range(18)) + "}")

    assert failed == [("internal error", "INTERNAL")] * 5
    assert len(invalid) == 5
    assert len(log) == 5


async def test_card_numbers_and_long_echoes_are_cut_from_messages(schema: strawberry.Schema) -> None:
    _, [(card, _)] = await run(
        schema, "query($v: Decimal!){amount(value: $v)}", {"v": "4242 4242 4242 4242x"}
    )
    _, [(long, _)] = await run(schema, "query($v: Decimal!){amount(value: $v)}", {"v": "x" * 10_000})

    assert card == "Variable '$v' has invalid value: Value cannot represent a Decimal"
    assert len(long) == 503


async def test_an_exception_in_an_extension_does_not_leak(
    settings: Settings, log: list[Mapping[str, Any]]
) -> None:
    class Faulty(SchemaExtension):
        def on_validate(self) -> Iterator[None]:
            raise KeyError(SECRET)
            yield

    schema = make_schema(settings, Faulty)
    result = await schema.execute("{hello}", context_value=Context())

    assert [error.message for error in result.errors or []] == ["internal error"]
    assert [line["event"] for line in log] == ["graphql.unexpected_error"]


async def test_an_operation_that_takes_too_long_is_cancelled(schema: strawberry.Schema) -> None:
    context = Context()

    result = await schema.execute("{a: slow b: slow hello}", context_value=context)

    assert [error.message for error in result.errors or []] == ["the operation took too long"]
    async with asyncio.timeout(1):
        await context.stopped.wait()


async def test_the_time_machine_may_take_longer_than_other_operations(settings: Settings) -> None:
    schema = make_schema(settings, operation_s_max=0.01)

    known = Context(viewer=operator_of("user-1", OperatorRole.OWNER))
    moved = await schema.execute("mutation{advanceClock(seconds: 0.05)}", context_value=known)
    slow = await schema.execute("{slow(seconds: 0.05)}", context_value=Context())

    assert (moved.errors, moved.data) == (None, {"advanceClock": "moved"})
    assert [error.message for error in slow.errors or []] == ["the operation took too long"]


async def test_introspection_and_suggestions_can_be_off(settings: Settings) -> None:
    schema = make_schema(settings.model_copy(update={"introspection": False}))

    for query in (
        "{__schema{types{name}}}",
        '{x: __type(name: "Query"){name}}',
        "{...F} fragment F on Query{__schema{description}}",
    ):
        data, [(message, code), *_] = await run(schema, query)
        assert (data, code) == (None, "GRAPHQL_VALIDATION_FAILED")
        assert message.startswith("GraphQL introspection has been disabled")
    assert (await run(schema, "{__typename}"))[0] == {"__typename": "Query"}
    for query in ("{hell}", "{hello(nam: 1)}", '{hello(name: "") @skp(if: true)}', "{... on Quer {hello}}"):
        _, errors = await run(schema, query)
        assert errors
        assert not [message for message, _ in errors if "Did you mean" in message]


async def test_suggestions_help_where_introspection_is_on(schema: strawberry.Schema) -> None:
    _, [(message, _)] = await run(schema, "{hell}")

    assert message.endswith("Did you mean 'hello'?")


async def test_operations_are_timed_by_their_first_field_and_errors_counted_by_code(
    schema: strawberry.Schema,
) -> None:
    for query in ("query Any{x: hello}", "mutation{add(amount: 1)}", "{attackersName}", "{slow}"):
        await run(schema, query)

    page = metrics.render(()).decode()
    assert 'ciclo_graphql_operation_seconds_count{field="hello",type="query"}' in page
    assert 'ciclo_graphql_operation_seconds_count{field="add",type="mutation"}' in page
    assert 'ciclo_graphql_operation_seconds_count{field="slow",type="query"}' in page
    assert 'ciclo_graphql_errors_total{code="TIMEOUT"}' in page
    assert "attackersName" not in page


async def test_a_stream_reports_what_is_wrong_with_its_document(schema: strawberry.Schema) -> None:
    for query, code in (
        ("subscription{", "GRAPHQL_PARSE_FAILED"),
        ("subscription{nowhere}", "GRAPHQL_VALIDATION_FAILED"),
        ("query($n: Int = 101){nodes(first: $n){id}}", "QUERY_TOO_COMPLEX"),
    ):
        results = [result async for result in await schema.stream(query, context_value=Context())]
        [error] = results[0].errors
        assert (len(results), error.extensions["code"]) == (1, code)


def test_an_error_is_masked_once() -> None:
    [error] = mask_errors([GraphQLError("x", original_error=RuntimeError("y"))], default=Code.BAD_USER_INPUT)

    assert mask_errors([error], default=Code.BAD_USER_INPUT) == [error]
