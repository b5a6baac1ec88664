"""Applying events: load, decide, commit, publish what follows. The only caller of the store's commit."""

import asyncio
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import structlog

from ciclo.actions.clock import wall_now
from ciclo.actions.deps import Deps
from ciclo.actions.live import changes_of, tell
from ciclo.actions.publishing import announce_work
from ciclo.domain.books import Entry, entered
from ciclo.domain.errors import AlreadySubscribed, Conflict
from ciclo.domain.events import Event, PlanChanged
from ciclo.domain.ids import EventId, SubscriptionId
from ciclo.domain.lifecycle import Outcome, Review, change_drop
from ciclo.store.accounts import Loaded, load_accounts
from ciclo.store.client import Document
from ciclo.store.commit import Batch, Contention, commit
from ciclo.store.events import is_known, to_event
from ciclo.store.outbox import find_waiting, set_aside
from ciclo.store.write import Duplicate

_log = structlog.get_logger(__name__)

CONFLICTS_MAX: Final = 8
"""How often a batch starts again because somebody else changed its accounts first."""

TAKEN_TRIES_MAX: Final = 2
"""The same for a batch that meets a taken key: if that was no race, its halves tell which event it is."""

CONFLICT_WAIT_S_MAX: Final = 0.2
ERROR_CHARS_MAX: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What became of a batch of recorded events. `faulty` ones failed by their own fault, and why."""

    entries: list[Entry] = field(default_factory=list)
    duplicates: int = 0
    faulty: list[tuple[EventId, str]] = field(default_factory=list)


async def apply_recorded(deps: Deps, event_ids: Sequence[EventId]) -> Applied:
    """Apply events that wait in the store, in this order; what was processed meanwhile is passed over.

    An event of an unknown subscription is set aside for review: nobody knows whose money it is. One that
    would begin a scheduled change to a plan that the customer has otherwise drops that change, if it is
    alone (rule 42). One that only a newer release knows is left to its workers.

    Raises:
        Contention: others kept changing the same accounts. Nothing was written.
        Duplicate: an event would write what is there already: it has to be tried alone.
    """
    for attempt in range(CONFLICTS_MAX):
        waiting = await find_waiting(deps.store, event_ids)
        documents = [document for document in waiting if is_known(document)]
        events, faulty = _decoded(documents, event_ids)
        loaded = await load_accounts(deps.store, events)
        known = [event for event in events if event.subscription_id in loaded.accounts]
        unknown = [event.id for event in events if event.subscription_id not in loaded.accounts]
        entries, faults = entered(loaded.accounts, loaded.balances, known, deps.policy)
        try:
            records = {EventId(document["_id"]): document for document in documents}
            await write(deps, entries, loaded=loaded, recorded=records)
            await set_aside(
                deps.store,
                unknown,
                outcome=Outcome.NEEDS_REVIEW,
                review=Review.UNKNOWN_SUBSCRIPTION,
                now=wall_now(),
            )
        except (Contention, Duplicate) as error:
            tries_max = TAKEN_TRIES_MAX if isinstance(error, Duplicate) and len(known) > 1 else CONFLICTS_MAX
            if attempt >= tries_max - 1:
                raise
            if len(known) == 1 and is_held_twice(error):
                await drop_change(deps, known[0].subscription_id)
            await wait_after_conflict(attempt)
            continue
        _tell_unknown(waiting)
        return Applied(
            entries=entries,
            duplicates=len(event_ids) - len(waiting),
            faulty=faulty + [(fault.event.id, described(fault.error)) for fault in faults],
        )
    raise AssertionError("unreachable")


async def write(
    deps: Deps,
    entries: Sequence[Entry],
    *,
    loaded: Loaded,
    recorded: Mapping[EventId, Document] | None,
    also: Sequence[tuple[str, Document]] = (),
) -> None:
    """Commit *entries* and publish what follows; *recorded* are their records, if they were recorded before.

    Raises:
        Contention, Duplicate: see `store.commit`.
    """
    if not entries:
        return
    batch = Batch(
        entries=entries,
        loaded=loaded,
        recorded=recorded,
        policy_id=deps.policy_id,
        rules=deps.rules_version,
        now=wall_now(),
        also=also,
    )
    await commit(deps.store, batch)
    await announce_work(deps, [(event.id, event.type) for event in batch.follow_ups()])
    await tell(deps.streams, changes_of(entries))


async def apply_command(deps: Deps, event: Event, *, also: Sequence[tuple[str, Document]] = ()) -> Entry:
    """Apply what a person asks for, in the request.

    Raises:
        BillingError: the rules refuse it; nothing was written.
        Conflict: others kept changing the same subscription.
        AlreadySubscribed: the customer has the new plan by another subscription.
        Duplicate: a document of *also* is there.
        KeyError: the subscription does not exist.
    """
    for attempt in range(CONFLICTS_MAX):
        loaded = await load_accounts(deps.store, [event])
        entries, faults = entered(loaded.accounts, loaded.balances, [event], deps.policy)
        if faults:
            raise faults[0].error
        try:
            await write(deps, entries, loaded=loaded, recorded=None, also=also)
        except Contention:
            await wait_after_conflict(attempt)
            continue
        except Duplicate as duplicate:
            if not is_held_twice(duplicate):
                raise
            if isinstance(event.payload, PlanChanged):
                raise AlreadySubscribed from duplicate
            await drop_change(deps, event.subscription_id)
            await wait_after_conflict(attempt)
            continue
        return entries[0]
    raise Conflict


def is_held_twice(error: Exception | None) -> bool:
    """Return whether a write failed because its customer would have one plan by two subscriptions."""
    return isinstance(error, Duplicate) and error.collection == "subscriptions"


async def drop_change(deps: Deps, subscription_id: SubscriptionId) -> None:
    """Drop a subscription's scheduled change, if there is one still, dated on its day (rule 42).

    If somebody else was faster nothing is written: whoever asked looks again at what there is now.
    """
    loaded = await load_accounts(deps.store, (), ids=[subscription_id])
    account = loaded.accounts.get(subscription_id)
    event = change_drop(account, deps.policy) if account else None
    if event is None:
        return
    entries, _ = entered(loaded.accounts, loaded.balances, [event], deps.policy)
    try:
        await write(deps, entries, loaded=loaded, recorded=None)
    except (Contention, Duplicate):
        _log.info("change_dropped_by_another", subscription_id=subscription_id)


async def wait_after_conflict(attempt: int) -> None:
    """Pause for a random while, longer with every attempt, so that two do not meet again."""
    await asyncio.sleep(random.uniform(0, min(CONFLICT_WAIT_S_MAX, 0.01 * 2**attempt)))  # noqa: S311 - jitter


def described(error: Exception) -> str:
    """Return what an event's record says of its failure: the kind and text of our own error."""
    return f"{type(error).__name__}: {error}"[:ERROR_CHARS_MAX]


def _tell_unknown(waiting: Sequence[Document]) -> None:
    """Say that a batch had events of a newer release, which this one leaves alone."""
    unknown = [document for document in waiting if not is_known(document)]
    if unknown:
        types = sorted({document["type"] for document in unknown})
        _log.warning("events_of_a_newer_release", events=len(unknown), types=types)


def _decoded(
    documents: Sequence[Document], event_ids: Sequence[EventId]
) -> tuple[list[Event], list[tuple[EventId, str]]]:
    """Read documents in the order of *event_ids*; one that can't be read is at fault itself."""
    place = {event_id: index for index, event_id in enumerate(event_ids)}
    events: list[Event] = []
    faulty: list[tuple[EventId, str]] = []
    for document in sorted(documents, key=lambda one: place[one["_id"]]):
        try:
            events.append(to_event(document))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            faulty.append((document["_id"], described(error)))
    return events, faulty
