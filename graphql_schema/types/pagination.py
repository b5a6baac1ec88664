"""Connections: Relay's shape, cursors by sort key and id. A cursor belongs to its list and order."""

import base64
import binascii
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from functools import partial
from typing import Annotated, Any, Final, Generic, TypeVar

import orjson
import strawberry
from graphql import GraphQLError

from ciclo.store.mongo.paging import PAGE_SIZE_MAX, Page, PageKey, SortKind, SortOrder
from graphql_schema.context import Info
from graphql_schema.lookahead import selects
from graphql_schema.rows import fetch_joins

PAGE_SIZE_DEFAULT: Final = 20
CURSOR_CHARS_MAX: Final = 1_000
NUMBER_MAX: Final = 2**63 - 1
"""What MongoDB compares as a whole number."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NO_CURSOR: Final = "the cursor is not one of this list and order"
_ID: Final = re.compile(r"[a-z]{2,8}_[0-9a-z]{26}", re.ASCII)

Node = TypeVar("Node")
Item = TypeVar("Item")
Field = TypeVar("Field", bound=Enum)


@strawberry.enum(description="Which end of a list comes first.")
class OrderDirection(Enum):
    """A direction of sorting."""

    ASC = "ASC"
    DESC = "DESC"


def sort_order(field: Field, direction: OrderDirection, *, kinds: Mapping[Field, SortKind]) -> SortOrder:
    """Return the order by what *field* names, in the kind that it has in *kinds*, else an instant."""
    return SortOrder(
        field=field.value,
        descending=direction is OrderDirection.DESC,
        kind=kinds.get(field, SortKind.INSTANT),
    )


@strawberry.type(description="Where a page of a list stands.")
class PageInfo:
    """Relay's page info."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@strawberry.type(description="An item of a list and its cursor.")
class Edge(Generic[Node]):
    """One item."""

    cursor: str = strawberry.field(resolver=lambda root: root.cursor_of(root.key))
    node: Node
    key: strawberry.Private[PageKey]
    cursor_of: strawberry.Private[Callable[[PageKey], str]]


@strawberry.type(description="A page of a list.")
class Connection(Generic[Node]):
    """Relay's connection."""

    edges: list[Edge[Node]]
    page_info: PageInfo
    total_count: int | None = strawberry.field(
        default=None, description="How many items match; counted only where it is asked for."
    )


First = Annotated[
    int | None,
    strawberry.argument(
        description=f"How many items, {PAGE_SIZE_DEFAULT} by default, {PAGE_SIZE_MAX} at most."
    ),
]
After = Annotated[str | None, strawberry.argument(description="The cursor after which to go on.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing(Generic[Item]):
    """A list that can be paged: its name, its order, and how to read and count it."""

    name: str
    order: SortOrder
    read: Callable[[PageKey | None, int], Awaitable[Page[Item]]]
    count: Callable[[], Awaitable[int]]


async def connect(
    info: Info,
    listing: Listing[Item],
    *,
    first: int | None,
    after: str | None,
    to_node: Callable[[Item], Node],
) -> Connection[Node]:
    """Return a page of *listing* as a connection.

    Raises:
        GraphQLError: `first` is out of range, or the cursor is none of this list and order.
    """
    page = await listing.read(_key(listing, after), _size(first))
    await fetch_joins(info, page.items, "edges", "node")
    cursor_of = partial(_cursor, listing)
    return Connection(
        edges=[
            Edge(node=to_node(item), key=key, cursor_of=cursor_of)
            for key, item in zip(page.keys, page.items, strict=True)
        ],
        page_info=PageInfo(
            has_next_page=page.has_next,
            has_previous_page=after is not None,
            start_cursor=cursor_of(page.keys[0]) if page.keys else None,
            end_cursor=cursor_of(page.keys[-1]) if page.keys else None,
        ),
        total_count=await listing.count() if selects(info, "totalCount") else None,
    )


def bad_input(message: str, code: str = "BAD_USER_INPUT") -> GraphQLError:
    """Return the error of an argument that can't be used."""
    return GraphQLError(message, extensions={"code": code})


def _size(first: int | None) -> int:
    size = PAGE_SIZE_DEFAULT if first is None else first
    if not 1 <= size <= PAGE_SIZE_MAX:
        raise bad_input(f"first must be between 1 and {PAGE_SIZE_MAX}")
    return size


def _tag(listing: Listing[Item]) -> str:
    return f"{listing.name}:{listing.order.field or 'id'}:{'desc' if listing.order.descending else 'asc'}"


def _cursor(listing: Listing[Item], key: PageKey) -> str:
    value = key.value
    if isinstance(value, datetime):
        value = (value - _EPOCH) // timedelta(milliseconds=1)
    return base64.urlsafe_b64encode(orjson.dumps([_tag(listing), value, key.id])).decode().rstrip("=")


def _key(listing: Listing[Item], cursor: str | None) -> PageKey | None:
    """Read a cursor.

    Raises:
        GraphQLError: it is none, or one of another list or order.
    """
    if cursor is None:
        return None
    try:
        tag, value, id_ = _parts(cursor)
        shaped = isinstance(id_, str) and _ID.fullmatch(id_) is not None
        sorted_by = _sort_value(listing.order, value)
    except (ValueError, TypeError, OverflowError, binascii.Error) as error:
        raise bad_input(_NO_CURSOR, "INVALID_CURSOR") from error
    if not (shaped and tag == _tag(listing)):
        raise bad_input(_NO_CURSOR, "INVALID_CURSOR")
    return PageKey(sorted_by, id_)


def _sort_value(order: SortOrder, value: Any) -> datetime | str | int | None:  # noqa: ANN401 - any JSON
    """Return the value of the sort field that a cursor holds.

    Raises:
        ValueError, OverflowError: it is none of that field.
    """
    if order.field is None or (value is None and order.kind is SortKind.DATE):
        wanted = value is None
    elif order.kind is SortKind.DATE:
        wanted = isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    elif order.kind is SortKind.TEXT:
        wanted = isinstance(value, str)
    else:
        wanted = type(value) is int and abs(value) <= NUMBER_MAX
    if not wanted:
        raise ValueError("a value of another sort")
    if order.field is None or order.kind is not SortKind.INSTANT:
        return value  # type: ignore[no-any-return] # a text, a number or None, as was just made sure
    return _EPOCH + timedelta(milliseconds=value)


def _parts(cursor: str) -> list[Any]:
    padded = cursor[:CURSOR_CHARS_MAX] + "=" * (-len(cursor) % 4)
    parts: list[Any] = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    return parts
