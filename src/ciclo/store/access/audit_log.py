"""The audit log: operations, and the events that somebody asked for, as one list by the wall clock."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from ciclo.redaction import redact_value, without_tokens
from ciclo.store.access.operations import OperationRecord, to_operation
from ciclo.store.events.records import KNOWN
from ciclo.store.mongo.client import Document, Store
from ciclo.store.mongo.paging import Page, PageKey, SortOrder, count_documents, fetch_page
from ciclo.viewer import via_of

NEWEST_FIRST: Final = SortOrder(field="at")
_EVENTS_NEWEST_FIRST: Final = SortOrder(field="recorded_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Conditions on acts; None: it does not matter. `since` is included, `until` is not."""

    actor: str | None = None
    action: str | None = None
    target: str | None = None
    since: datetime | None = None
    until: datetime | None = None


async def list_acts(
    store: Store, chosen: AuditFilter, *, after: PageKey | None, size: int
) -> Page[OperationRecord]:
    """Return a page of operations and of events that somebody asked for, the newest first."""
    operations = await fetch_page(
        store,
        "operations",
        _operation_query(chosen),
        order=NEWEST_FIRST,
        after=after,
        size=size,
        read=to_operation,
    )
    events = await fetch_page(
        store,
        "events",
        _event_query(chosen),
        order=_EVENTS_NEWEST_FIRST,
        after=after,
        size=size,
        read=_of_event,
    )
    found = [*operations.items, *events.items]
    acts = sorted(found, key=lambda act: (act.at, act.id), reverse=True)[:size]
    return Page(
        items=acts,
        keys=[PageKey(act.at, act.id) for act in acts],
        has_next=len(found) > size or operations.has_next or events.has_next,
    )


async def count_acts(store: Store, chosen: AuditFilter) -> int:
    """Return how many acts match."""
    operations = await count_documents(store, "operations", _operation_query(chosen))
    return operations + await count_documents(store, "events", _event_query(chosen))


def _operation_query(chosen: AuditFilter) -> Document:
    named = {"actor": chosen.actor, "action": chosen.action, "target": chosen.target}
    return {name: value for name, value in named.items() if value is not None} | _within("at", chosen)


def _event_query(chosen: AuditFilter) -> Document:
    by = {} if chosen.actor is None else {"$eq": chosen.actor}
    query: Document = {**KNOWN, "actor": {"$type": "string", **by}, **_within("recorded_at", chosen)}
    if chosen.action is not None:
        query["type"] = chosen.action
    if chosen.target is not None:
        query["subscription_id"] = chosen.target
    return query


def _within(field: str, chosen: AuditFilter) -> Document:
    bounds = {"$gte": chosen.since, "$lt": chosen.until}
    given = {name: instant for name, instant in bounds.items() if instant is not None}
    return {field: given} if given else {}


def _of_event(document: Document) -> OperationRecord:
    """Return an event that somebody asked for as the act that it is."""
    after: Any = redact_value(without_tokens(document["data"]))
    return OperationRecord(
        id=document["_id"],
        seq=None,
        at=document["recorded_at"],
        actor=document["actor"],
        via=via_of(document["actor"]).value,
        address="",
        request_id="",
        action=document["type"],
        target=document["subscription_id"],
        before=None,
        after=after,
        link=document.get("chain", ""),
    )
