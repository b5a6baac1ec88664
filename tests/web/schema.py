"""A small schema of the tests' own: plain fields, failures of every kind, and subscriptions that tick."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import sha256
from typing import Final, NewType

import strawberry
from graphql import GraphQLError
from strawberry.extensions import SchemaExtension
from strawberry.types import Info as StrawberryInfo

from ciclo.domain.errors.general import InvalidValue
from ciclo.settings.settings import Settings
from ciclo.viewer import ANONYMOUS, Viewer
from graphql_schema.execution.executor import PacedExecutor
from graphql_schema.execution.extensions import extensions, schema_config

SECRET: Final = "mongodb://ciclo:hunter2@db/ciclo"
Picky = NewType("Picky", str)


@dataclass(slots=True)
class Context:
    """What the resolvers of the tests use."""

    viewer: Viewer = ANONYMOUS
    has_changed: bool = False
    stopped: asyncio.Event = field(default_factory=asyncio.Event)


Info = StrawberryInfo[Context, None]


def _picky(value: object) -> Picky:
    if value == "fine":
        return Picky("fine")
    raise ValueError(f"told by {SECRET}")


@strawberry.type
class Node:
    """A type that contains itself."""

    id: strawberry.ID = strawberry.ID("n1")
    name: str = "node"

    @strawberry.field
    def node(self) -> "Node":
        return Node()

    @strawberry.field
    def digest(self) -> str:
        """Take some time, as what rows show of money and days does."""
        return sha256(b"node" * 2_500).hexdigest()

    @strawberry.field
    def fails(self) -> str | None:
        raise RuntimeError(SECRET)

    @strawberry.field
    async def children(self, first: int = 20) -> list["Node"]:
        return [Node() for _ in range(first)]


@strawberry.type
class Query:
    """Reads."""

    @strawberry.field
    def hello(self, name: str = "world") -> str:
        return f"hello {name}"

    @strawberry.field
    def node(self) -> Node:
        return Node()

    @strawberry.field
    def nodes(self, first: int = 20) -> list[Node]:
        return [Node() for _ in range(first)]

    @strawberry.field
    def many(self, length: int) -> list[Node]:
        return [Node()] * length

    @strawberry.field
    def viewer(self, info: Info) -> str:
        return f"{info.context.viewer.kind} {info.context.viewer.email}"

    @strawberry.field
    def amount(self, value: Decimal) -> Decimal:
        return value

    @strawberry.field
    def picky(self, value: Picky) -> str:
        return value

    @strawberry.field
    def broken(self) -> str:
        raise RuntimeError(SECRET)

    @strawberry.field
    def refused(self) -> str:
        raise InvalidValue("the name is too long")

    @strawberry.field
    def forbidden(self) -> str | None:
        raise GraphQLError("not yours", extensions={"code": "FORBIDDEN"})

    @strawberry.field
    def huge(self) -> int:
        return 1 << 40

    @strawberry.field
    async def slow(self, info: Info, seconds: float = 30) -> str:
        try:
            await asyncio.sleep(seconds)
        finally:
            info.context.stopped.set()
        return "done"


@strawberry.type
class Mutation:
    """Writes."""

    @strawberry.mutation
    def add(self, amount: int) -> int:
        return amount + 1

    @strawberry.mutation
    async def advance_clock(self, seconds: float) -> str:
        await asyncio.sleep(seconds)
        return "moved"


@strawberry.type
class Subscription:
    """Live updates."""

    @strawberry.subscription
    async def ticks(self, info: Info, count: int = 3, every_ms: int = 5) -> AsyncIterator[int]:
        try:
            for number in range(count):
                yield number
                await asyncio.sleep(every_ms / 1_000)
        finally:
            info.context.stopped.set()

    @strawberry.subscription
    async def breaks(self) -> AsyncIterator[int]:
        yield 1
        raise RuntimeError(SECRET)

    @strawberry.subscription
    async def who(self, info: Info) -> AsyncIterator[str]:
        yield f"{info.context.viewer.kind} {info.context.viewer.email}"


def make_schema(
    settings: Settings, *extra: type[SchemaExtension], operation_s_max: float = 0.5
) -> strawberry.Schema:
    """Return the schema, executed as Ciclo executes its own."""
    config = schema_config(tells_schema=settings.tells_schema)
    config.scalar_map = {Picky: strawberry.scalar(name="Picky", serialize=str, parse_value=_picky)}
    return strawberry.Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        config=config,
        extensions=[*extensions(settings, operation_s_max=operation_s_max), *extra],
        execution_context_class=PacedExecutor,
    )
