"""What is read off objects without graphql-core is what graphql-core would have answered, byte for byte."""

import asyncio
from collections.abc import Generator
from datetime import date
from enum import Enum
from random import Random
from typing import Any, Final

import orjson
import pytest
import strawberry
from graphql import GraphQLField, get_introspection_query
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from ciclo.actions.entitlements.metering import Meter
from ciclo.actions.live_updates import Hub
from ciclo.permissions import OperatorRole
from ciclo.viewer import operator_of
from graphql_schema.context import Context
from graphql_schema.execution.executor import PacedExecutor
from graphql_schema.loaders import Loaders
from graphql_schema.schema import Query
from graphql_schema.types.scalars import SCALARS
from tests.graphql.documents import SCHEMA, document, root_fields
from tests.graphql.selecting import Drawing
from tests.journeys.asking import DETAILS, a_plan, subscribe
from tests.stack import Stack

DRAWN: Final = 40


def schemas(query: type) -> tuple[strawberry.Schema, strawberry.Schema]:
    """Return a schema as we execute it, and as graphql-core does."""
    config = StrawberryConfig(scalar_map=SCALARS)
    ours, plain = (
        strawberry.Schema(query, config=config, execution_context_class=executor)
        for executor in (PacedExecutor, StrawberryGraphQLCoreExecutionContext)
    )
    return ours, plain


def arguments_of(name: str, field: GraphQLField) -> str:
    """Return a root field with the arguments that it needs; they lead nowhere."""
    return document("", name, field).removeprefix(" { ").partition(" { __typename")[0].removesuffix(" }")


def shown(result: Any) -> bytes:
    errors = [error.formatted for error in result.errors or ()]
    return orjson.dumps([result.data, errors], default=str)


OURS, PLAIN = schemas(Query)


def context_of(stack: Stack, now: Any) -> Context:
    return Context(
        deps=stack.deps,
        hub=Hub(),
        meter=Meter(stack.deps),
        viewer=operator_of("user-1", OperatorRole.OWNER),
        request_id="",
        loaders=Loaders(stack.deps.store),
        now=now,
    )


@pytest.fixture(scope="module")
async def ids(stack: Stack) -> dict[str, str]:
    """Make something of most kinds; return what `id` arguments name."""
    plan = await a_plan(stack, trialDays=0)
    for number in range(3):
        await subscribe(stack, plan, f"s{number}@example.com", card="tok_visa" if number else None)
    found = {"plan": plan}
    for kind, collection in (("invoice", "invoices"), ("payment", "payments"), ("customer", "customers")):
        one = await stack.deps.store[collection].find_one({})
        assert one is not None
        found[kind] = one["_id"]
    one = await stack.deps.store["subscriptions"].find_one({})
    assert one is not None
    return found | {"subscription": one["_id"]}


async def test_every_query_is_answered_as_graphql_core_does(stack: Stack, ids: dict[str, str]) -> None:
    now = await stack.deps.clock.now()
    roots = root_fields(SCHEMA.query_type)

    async def leads_somewhere(name: str, seed: int) -> bool:
        opening = f'{name}(id: "{ids[name]}")' if name in ids else arguments_of(name, roots[name])
        query = Drawing(Random(seed)).document(opening, roots[name])
        ours, plain = [
            await schema.execute(query, context_value=context_of(stack, now)) for schema in (OURS, PLAIN)
        ]
        assert shown(ours) == shown(plain), query
        return bool(ours.data and any(ours.data[field] for field in ours.data if field != "__typename"))

    answered = [name for seed, name in enumerate(sorted(roots)) if await leads_somewhere(name, seed)]
    assert {"subscriptions", "invoices", "payments", "customers", "plans", *ids} <= {*answered}
    for seed in range(DRAWN):
        await leads_somewhere(answered[seed % len(answered)], seed)


async def test_a_document_is_answered_anew_for_other_variables(stack: Stack, ids: dict[str, str]) -> None:
    now = await stack.deps.clock.now()
    query = (
        "query($with: Boolean!, $id: ID!) { subscription(id: $id) {"
        " id plan @include(if: $with) { name } price { amount currency @skip(if: $with) } } }"
    )
    for given in (True, False, True):
        variables = {"with": given, "id": ids["subscription"]}
        ours, plain = [
            await schema.execute(query, variables, context_of(stack, now)) for schema in (OURS, PLAIN)
        ]
        assert ours.data is not None
        assert ("plan" in ours.data["subscription"]) is given
        assert shown(ours) == shown(plain)
    ours, plain = [
        await schema.execute(DETAILS, {"id": ids["subscription"]}, context_of(stack, now))
        for schema in (OURS, PLAIN)
    ]
    assert shown(ours) == shown(plain)


class Later:
    """A value that has to be awaited, where a plain one is expected."""

    def __await__(self) -> Generator[None, None, str]:
        yield from asyncio.sleep(0).__await__()
        return "later"


class Colour(Enum):
    RED = "red"


strawberry.enum(Colour)


@strawberry.interface
class Named:
    name: str


@strawberry.type
class Cat(Named):
    lives: int


@strawberry.type
class Stone:
    weight: int


@strawberry.type
class Odd:
    """Has values that its types can't hold, and resolvers that fail."""

    must: str
    may: str | None
    number: int
    colour: Colour
    day: date
    texts: list[str]
    below: list["Odd | None"]

    @strawberry.field
    def fails(self) -> str | None:
        raise LookupError(self.must)

    @strawberry.field
    def must_not_fail(self) -> str:
        raise LookupError("must not")

    @strawberry.field
    async def later(self) -> str:
        return await asyncio.sleep(0, self.must)

    @strawberry.field
    async def named(self) -> Named:
        return Cat(name=self.must, lives=9)

    @strawberry.field
    def either(self) -> Cat | Stone:
        return Stone(weight=1)


def odd(**changes: Any) -> Odd:
    values: dict[str, Any] = {
        "must": "x",
        "may": None,
        "number": 1,
        "colour": Colour.RED,
        "day": date(2026, 1, 1),
        "texts": ["a", "b"],
        "below": [],
    }
    return Odd(**values | changes)


ODD: Final = {
    "as it should be": odd(below=[odd(), None]),
    "null where there may be none": odd(must=None, below=[odd(must=None)]),
    "null in a list": odd(texts=["a", None]),
    "no list": odd(texts="ab"),
    "a number that is too large": odd(number=2**31),
    "no number": odd(number="x", below=[odd(number=True), odd(number=1.0)]),
    "a member of another enumeration": odd(colour="red"),
    "no day": odd(day="2026-01-01"),
    "an exception as a value": odd(may=ValueError("may"), must=ValueError("must")),
    "a value to come": odd(must=Later()),
    "no object": odd(below=["x"]),
    "a long list": odd(below=[odd(number=index) for index in range(150)]),
    "a generous list of a long one": odd(below=[odd(below=[odd()] * 90, must=None), odd(below=[odd()] * 90)]),
}


@strawberry.type
class OddQuery:
    @strawberry.field
    def odd(self, what: str) -> Odd | None:
        return ODD[what]


ODDS: Final = schemas(OddQuery)
FIELDS: Final = (
    "must may number colour day texts",
    "must fails",
    "number mustNotFail",
    "must later either { ... on Stone { weight } ... on Cat { lives } } named { name __typename }",
)


@pytest.mark.parametrize("what", ODD)
@pytest.mark.parametrize("fields", FIELDS)
async def test_errors_and_nulls_are_graphql_cores_own(what: str, fields: str) -> None:
    asked = f"{fields} below {{ {fields} below {{ {fields} }} }}"
    query = f"query($what: String!) {{ odd(what: $what) {{ {asked} }} }}"
    ours, plain = [await schema.execute(query, {"what": what}) for schema in ODDS]
    assert shown(ours) == shown(plain)


async def test_introspection_is_graphql_cores_own() -> None:
    ours, plain = [await schema.execute(get_introspection_query()) for schema in (OURS, PLAIN)]
    assert shown(ours) == shown(plain)
