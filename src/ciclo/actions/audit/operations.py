"""The audit of the operations log: nothing in it was altered, dropped or put in."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from ciclo.domain.replay import Difference
from ciclo.store.access.operations import (
    HEAD,
    body_digest,
    link_operation,
    read_operations_head,
    scan_operations,
)
from ciclo.store.mongo.client import Store


@dataclass(slots=True)
class OperationCounts:
    """How many operations an audit has read."""

    operations: int = 0


async def audit_operations(store: Store, counts: OperationCounts) -> AsyncIterator[Difference]:
    """Yield where the log is not what its chain of digests says; read it from one snapshot."""
    place, link = 0, ""
    async for document in scan_operations(store):
        counts.operations += 1
        place += 1
        if document["seq"] != place:
            yield Difference(document["_id"], f"seq is {document['seq']}, expected {place}")
            place = document["seq"]
        if body_digest(document) != document["body"]:
            yield Difference(document["_id"], "what it says of before and after is not what its digest says")
        if link_operation(link, document) != document["link"]:
            yield Difference(
                document["_id"], "is not what its digest says, or does not follow the one before it"
            )
        # By what is stored, so that one operation that was altered is one difference.
        link = document["link"]
    if (place, link) != await read_operations_head(store):
        yield Difference(f"counters/{HEAD}", "the log ends with another operation")
