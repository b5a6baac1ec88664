"""The audit of the operations log: nothing in it was altered, dropped or put in."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ciclo.actions.reviews import RESOLVE_REVIEW
from ciclo.domain.replay import Difference
from ciclo.store.access.operation_heads import BODIES_KEPT_FOR, OperationHead, read_heads
from ciclo.store.access.operations import (
    HEAD,
    body_digest,
    link_operation,
    read_operations_head,
    scan_operations,
    to_plain,
)
from ciclo.store.customer_erasure import find_anonymized
from ciclo.store.events.reviews import read_resolutions
from ciclo.store.mongo.client import Document, Store

ERASED_EARLY: Final = "what it says of before and after was erased before its time"
"""Only an act in the same log, which anonymized the customer that it was about, explains that."""

TOGETHER_MAX: Final = 1_000
"""Decisions of reviews that are compared with their events by one query."""


@dataclass(slots=True)
class OperationCounts:
    """How many operations an audit has read."""

    operations: int = 0


async def audit_operations(
    store: Store, counts: OperationCounts, *, now: datetime
) -> AsyncIterator[Difference]:
    """Yield where the log is not what its chain of digests says at *now*; read it from one snapshot."""
    place, link, decisions = 0, "", list[Document]()
    heads, anonymized = await read_heads(store), await find_anonymized(store)
    async for document in scan_operations(store):
        counts.operations += 1
        place += 1
        head = heads.pop(document["seq"], None)
        differences = _differences(document, place=place, link=link, head=head, now=now)
        for difference in differences:
            if not (difference.what == ERASED_EARLY and document["target"] in anonymized):
                yield difference
        place = document["seq"]
        # By what is stored, so that one operation that was altered is one difference.
        link = document["link"]
        decisions += [document] if document["action"] == RESOLVE_REVIEW else []
        if len(decisions) == TOGETHER_MAX:
            async for difference in _audit_decisions(store, decisions):
                yield difference
            decisions = []
    async for difference in _audit_decisions(store, decisions):
        yield difference
    for head in heads.values():
        yield Difference(f"operation_heads/{head.day}", f"no operation has the place {head.operations}")
    if (place, link) != await read_operations_head(store):
        yield Difference(f"counters/{HEAD}", "the log ends with another operation")


def _differences(
    document: Document, *, place: int, link: str, head: OperationHead | None, now: datetime
) -> Iterator[Difference]:
    """Yield what is wrong with one operation, that has *place* and follows *link*."""
    id_ = document["_id"]
    if document["seq"] != place:
        yield Difference(id_, f"seq is {document['seq']}, expected {place}")
    if not document.get("erased"):
        if body_digest(document) != document["body"]:
            yield Difference(id_, "what it says of before and after is not what its digest says")
    elif document["at"] > now - BODIES_KEPT_FOR:
        yield Difference(id_, ERASED_EARLY)
    if link_operation(link, document) != document["link"]:
        yield Difference(id_, "is not what its digest says, or does not follow the one before it")
    if head is not None and head.link != document["link"]:
        yield Difference(id_, f"is not what the log's head of {head.day} says")


async def _audit_decisions(store: Store, decisions: list[Document]) -> AsyncIterator[Difference]:
    """Yield the reviews of which something else is stored than what a person was logged to decide."""
    stored = await read_resolutions(store, [document["target"] for document in decisions])
    for document in decisions:
        kept = to_plain(stored.get(document["target"])) or {}
        logged = document["after"] or {}
        if any(kept.get(name) != value for name, value in logged.items()):
            yield Difference(document["target"], "its resolution is not what was logged when it was decided")
