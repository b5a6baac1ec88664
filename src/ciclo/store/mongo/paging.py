"""Pages by key: the next one starts after the last one's sort key and id, at the same cost at any depth."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import reduce
from operator import getitem
from typing import Any, Final, Generic, TypeVar

from ciclo.store.mongo.client import Document, Store

PAGE_SIZE_MAX: Final = 100

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class PageKey:
    """Where a page ends: the sort field's value and the id that tells equal values apart."""

    value: datetime | str | int | None
    id: str


class SortKind(Enum):
    """What documents hold in the field that they are sorted by."""

    INSTANT = "INSTANT"
    DATE = "DATE"
    """As text; null where there is none: those are last in descending order, and first in ascending."""
    NUMBER = "NUMBER"
    TEXT = "TEXT"


@dataclass(frozen=True, slots=True, kw_only=True)
class SortOrder:
    """A sort by a field, an instant unless `kind` says otherwise, or, with `field` None, by id alone."""

    field: str | None
    descending: bool = True
    kind: SortKind = SortKind.INSTANT


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[Item]):
    """Some items of a list, whether there are more, and where each of them stands."""

    items: list[Item]
    keys: list[PageKey]
    has_next: bool


async def fetch_page(
    store: Store,
    collection: str,
    query: Document,
    *,
    order: SortOrder,
    after: PageKey | None,
    size: int,
    read: Callable[[Document], Item],
    joins: Sequence[Document] = (),
) -> Page[Item]:
    """Return up to *size* documents that match *query*, after *after* in *order*, each through *read*.

    *joins* are stages that each document has to pass, one after the other, until the page is full.
    """
    size = min(size, PAGE_SIZE_MAX)
    direction = -1 if order.descending else 1
    conditions = query if after is None else {"$and": [query, _after(order, after)]}
    sort = [(order.field, direction)] if order.field else []
    sort.append(("_id", direction))
    if joins:
        pipeline: list[Document] = [
            {"$match": conditions},
            {"$sort": dict(sort)},
            *joins,
            {"$limit": size + 1},
        ]
        found = await store[collection].aggregate(pipeline).to_list(size + 1)
        return _page(found, order=order, size=size, read=read)
    cursor = store[collection].find(conditions).sort(sort).limit(size + 1)
    return _page(await cursor.to_list(size + 1), order=order, size=size, read=read)


def _page(
    documents: list[Document], *, order: SortOrder, size: int, read: Callable[[Document], Item]
) -> Page[Item]:
    """Return *documents*, one more than *size* if there are more, as a page."""
    shown = documents[:size]
    return Page(
        items=[read(document) for document in shown],
        keys=[PageKey(_value(document, order.field), document["_id"]) for document in shown],
        has_next=len(documents) > size,
    )


def _value(document: Document, field: str | None) -> Any:  # noqa: ANN401 - what the field holds
    """Return what *document* is sorted by; None by its id alone. A dot leads into a part of it."""
    return reduce(getitem, field.split("."), document) if field else None


async def first_pages(
    store: Store,
    collection: str,
    *,
    group_by: str,
    ids: Iterable[str],
    order: SortOrder,
    size: int,
    read: Callable[[Document], Item],
) -> dict[str, Page[Item]]:
    """Return the first page of each of many lists, told apart by the field *group_by*, with one query."""
    wanted, direction = list(ids), -1 if order.descending else 1
    size = min(size, PAGE_SIZE_MAX)
    pipeline: list[Document] = [
        {"$match": {group_by: {"$in": wanted}}},
        {"$sort": {group_by: 1, str(order.field): direction, "_id": direction}},
        {"$group": {"_id": f"${group_by}", "first": {"$firstN": {"input": "$$ROOT", "n": size + 1}}}},
    ]
    found = {row["_id"]: row["first"] async for row in store[collection].aggregate(pipeline)}
    return {id_: _page(found.get(id_, []), order=order, size=size, read=read) for id_ in wanted}


async def count_documents(store: Store, collection: str, query: Mapping[str, Any]) -> int:
    """Return how many documents match; asked for only where somebody wants to know."""
    return int(await store[collection].count_documents(query))


def _after(order: SortOrder, key: PageKey) -> Document:
    compare = "$lt" if order.descending else "$gt"
    if order.field is None:
        return {"_id": {compare: key.id}}
    if key.value is None:
        ties: Document = {order.field: None, "_id": {compare: key.id}}
        return ties if order.descending else {"$or": [ties, {order.field: {"$ne": None}}]}
    following: Document = {
        # The first condition bounds the index scan; the second tells equal values apart.
        order.field: {compare + "e": key.value},
        "$or": [{order.field: {compare: key.value}}, {"_id": {compare: key.id}}],
    }
    without = order.kind is SortKind.DATE and order.descending
    return {"$or": [following, {order.field: None}]} if without else following
