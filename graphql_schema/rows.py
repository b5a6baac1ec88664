"""Rows: fields that are read off a row's source where they are selected, and joins, fetched for all rows."""

import asyncio
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final, Protocol, TypeVar

import strawberry
from graphql import GraphQLObjectType, get_named_type
from strawberry.dataloader import DataLoader
from strawberry.types.field import StrawberryField

from graphql_schema.context import Context, Info
from graphql_schema.loaders import Loaders
from graphql_schema.lookahead import names_below

S = TypeVar("S")
S_co = TypeVar("S_co", covariant=True)
T = TypeVar("T")

_JOIN: Final = "join"


class NotFetched(Exception):
    """What a row names has not come yet: it is to be awaited."""


class SourceField(Protocol[S_co]):
    """Makes fields of a type whose objects have a `source` of one kind."""

    def __call__(self, read: Callable[[S_co], T], *, description: str | None = None) -> T:
        """Return a field that is read off the source; it has the type that it is annotated with."""


def fields_of(_: type[S]) -> SourceField[S]:
    """Return what makes fields that are read off a source of that kind."""

    def field(read: Callable[[S], Any], *, description: str | None = None) -> Any:  # noqa: ANN401 - a field
        def resolve(root: Any) -> Any:  # noqa: ANN401 - a row
            return read(root.source)

        return strawberry.field(resolver=resolve, description=description)

    return field


@dataclass(frozen=True, slots=True)
class Join:
    """How a row's source leads to what it names."""

    key: Callable[[Any], Hashable]
    loader: Callable[[Loaders], DataLoader[Any, Any]]
    to_node: Callable[[Any, Context], Any]

    def now(self, row: Any, context: Context) -> Any:  # noqa: ANN401 - any type of the API
        """Return what *row* names.

        Raises:
            NotFetched: it has not come yet.
            Exception: whatever fetching it raised.
        """
        found: Any = self.loader(context.loaders).load(self.key(row.source))  # a future, says DataLoader
        if not found.done():
            raise NotFetched
        return self.to_node(found.result(), context)


def join_field(
    key: Callable[[Any], Hashable],
    loader: Callable[[Loaders], DataLoader[Any, Any]],
    to_node: Callable[[Any, Context], Any],
    *,
    description: str,
) -> Any:  # noqa: ANN401 - a field, of the type that it is annotated with
    """Return a field that shows what a row's source names by a *key*."""

    async def resolve(root: Any, info: Info) -> Any:  # noqa: ANN401 - a row
        return to_node(await loader(info.context.loaders).load(key(root.source)), info.context)

    join = Join(key, loader, to_node)
    return strawberry.field(resolver=resolve, description=description, metadata={_JOIN: join})


def join_of(field: StrawberryField) -> Join | None:
    """Return what *field* joins, if it does."""
    join: Join | None = field.metadata.get(_JOIN)
    return join


async def fetch_joins(info: Info, sources: Sequence[Any], *path: str) -> None:
    """Fetch what is selected of what the *sources* name, if the rows are at *path* below the present field.

    What is missing, or fails, does so again where its field is answered.
    """
    loads: list[list[Any]] = [
        [join.loader(info.context.loaders).load(key) for key in {*map(join.key, sources)}]
        for join in _joins(info, *path)
    ]
    # A loader gives all that it was asked for at a time, so the last of each is waited for: futures are dear.
    if lasts := [asked[-1] for asked in loads if asked]:
        await asyncio.wait(lasts)
    for load in chain.from_iterable(loads):
        if load.done() and not load.cancelled():
            load.exception()  # it is looked at where the field is answered, if it is


def _joins(info: Info, *path: str) -> Iterator[Join]:
    kind = get_named_type(info._raw_info.return_type)  # noqa: SLF001 - Strawberry's own view has no types
    for name in path:
        assert isinstance(kind, GraphQLObjectType)  # that has a field of that name
        kind = get_named_type(kind.fields[name].type)
    fields = kind.fields if isinstance(kind, GraphQLObjectType) else {}
    for name in fields.keys() & names_below(info, *path):
        join = join_of(fields[name].extensions["strawberry-definition"])
        if join is not None:
            yield join
