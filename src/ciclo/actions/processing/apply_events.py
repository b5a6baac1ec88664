"""Applying events: load, decide, commit, publish what follows. The only caller of the store's commit."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import structlog

from ciclo import tracing
from ciclo.actions.contention import CONTENTION_ATTEMPTS_MAX, wait_after_conflict
from ciclo.actions.dependencies import Deps
from ciclo.actions.live_updates import broadcast_changes, changes_of
from ciclo.actions.mails.write import find_rules_of_mail
from ciclo.actions.processing.publish_events import find_telling_day, publish_events, publish_messages
from ciclo.actions.self_service.declines import forget_tries
from ciclo.domain.batch import AppliedEvent, FailedEvent, Refusal, apply_in_turn, apply_one
from ciclo.domain.ids import EventId, SubscriptionId
from ciclo.domain.lifecycle import Outcome, Review, change_drop_event
from ciclo.store.accounts import LoadedAccounts, load_accounts
from ciclo.store.events.outbox import Unprocessed, close_for_review, find_unprocessed
from ciclo.store.events.records import Records
from ciclo.store.ledger.beside import NOTHING, Beside
from ciclo.store.ledger.commit import Batch, commit_batch
from ciclo.store.mongo.bulk_write import DuplicateKey
from ciclo.store.mongo.contention import Contention

_log = structlog.get_logger(__name__)

DUPLICATE_KEY_ATTEMPTS_MAX: Final = 2
"""How often a batch is tried that meets a taken key: if it was no race, its halves tell which event it is."""

ERROR_CHARS_MAX: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchResult:
    """What became of a batch of recorded events. `faulty` ones failed by their own fault, and why."""

    entries: list[AppliedEvent] = field(default_factory=list)
    duplicates: int = 0
    faulty: list[tuple[EventId, str]] = field(default_factory=list)


async def apply_recorded(deps: Deps, event_ids: Sequence[EventId]) -> BatchResult:
    """Apply events that wait in the store, in this order; what was processed meanwhile is passed over.

    An event of an unknown subscription is set aside for review: nobody knows whose money it is. One that
    would begin a scheduled change to a plan that the customer has otherwise drops that change, if it is
    alone (rule 42). One that only a newer release knows is left to its workers.

    Raises:
        Contention: others kept changing the same accounts. Nothing was written.
        DuplicateKey: an event would write what is there already: it has to be tried alone.
    """
    for attempt in range(CONTENTION_ATTEMPTS_MAX):
        found = await find_unprocessed(deps.store, event_ids)
        async with deps.account_locks.of(event.subscription_id for event in found.events):
            try:
                entries, failures = await _apply(deps, found)
            except (Contention, DuplicateKey) as error:
                tries_max = (
                    DUPLICATE_KEY_ATTEMPTS_MAX
                    if isinstance(error, DuplicateKey) and len(found.events) > 1
                    else CONTENTION_ATTEMPTS_MAX
                )
                if attempt >= tries_max - 1:
                    raise
                if len(found.events) == 1 and is_plan_taken(error):
                    await drop_change(deps, found.events[0].subscription_id)
                await wait_after_conflict(attempt)
                continue
        await forget_tries(deps, entries)
        _log_faults(failures)
        return BatchResult(
            entries=entries,
            duplicates=len(event_ids) - len(found.events) - len(found.unreadable) - found.unknown,
            faulty=[(one.event_id, describe_error(one.error)) for one in found.unreadable]
            + [(failure.event.id, describe_error(failure.error)) for failure in failures],
        )
    raise AssertionError("unreachable")


async def _apply(deps: Deps, found: Unprocessed) -> tuple[list[AppliedEvent], list[Refusal | FailedEvent]]:
    """Load, decide and write once; return what was applied, and what was refused or failed."""
    loaded = await load_accounts(deps.store, found.events)
    known = [event for event in found.events if event.subscription_id in loaded.accounts]
    unknown = [event.id for event in found.events if event.subscription_id not in loaded.accounts]
    entries, failures = apply_in_turn(loaded.accounts, loaded.balances, known, deps.policy)
    async with deps.account_locks.writing():
        await commit_entries(deps, entries, loaded=loaded, recorded=found.records)
        await close_for_review(
            deps.store,
            unknown,
            outcome=Outcome.NEEDS_REVIEW,
            review=Review.UNKNOWN_SUBSCRIPTION,
            now=deps.wall(),
        )
    return entries, failures


async def commit_entries(
    deps: Deps,
    entries: Sequence[AppliedEvent],
    *,
    loaded: LoadedAccounts,
    recorded: Records | None,
    beside: Beside = NOTHING,
) -> None:
    """Commit *entries* and publish what follows; *recorded* are their records, if they were recorded before.

    Raises:
        Contention, ReviewTaken, ApprovalTaken, CouponExhausted, DuplicateKey: see `store.ledger.commit`.
    """
    if not entries:
        return
    now = deps.wall()
    batch = Batch(
        entries=entries,
        loaded=loaded,
        recorded=recorded,
        policy_id=deps.policy_id,
        rules=deps.rules_version,
        now=now,
        beside=beside,
        told_on=await find_telling_day(deps),
        mailed_by=await find_rules_of_mail(deps),
    )
    with tracing.span("commit", attributes={"ciclo.events": len(entries)}):
        messages = await commit_batch(deps.store, batch)
    orders = batch.follow_ups()
    traces = {order.id: trace for order, trace in orders}
    await publish_events(deps, [(order.id, order.type) for order, _ in orders], traces=traces)
    await publish_messages(deps, [(message["_id"], message["type"]) for message in messages])
    await broadcast_changes(deps.streams, changes_of(entries, messages))


def is_plan_taken(error: Exception | None) -> bool:
    """Return whether a write failed because its customer would have one plan by two subscriptions."""
    return isinstance(error, DuplicateKey) and error.collection == "subscriptions"


async def drop_change(deps: Deps, subscription_id: SubscriptionId) -> None:
    """Drop a subscription's scheduled change, if there is one still, dated on its day (rule 42).

    If somebody else was faster nothing is written: whoever asked looks again at what there is now.
    """
    loaded = await load_accounts(deps.store, (), ids=[subscription_id])
    account = loaded.accounts.get(subscription_id)
    event = change_drop_event(account, deps.policy) if account else None
    if account is None or event is None:
        return
    entry = apply_one(account, loaded.balances, event, deps.policy)
    try:
        await commit_entries(deps, [entry], loaded=loaded, recorded=None)
    except (Contention, DuplicateKey):
        _log.info("change_dropped_by_another", subscription_id=subscription_id)


def describe_error(error: Exception) -> str:
    """Return what an event's record says of its failure: the kind and text of our own error."""
    return f"{type(error).__name__}: {error}"[:ERROR_CHARS_MAX]


def _log_faults(failures: Sequence[Refusal | FailedEvent]) -> None:
    """Log where a rule failed: the event's record, and the dead letter that it may become, say only what."""
    for failure in failures:
        if isinstance(failure, FailedEvent):
            _log.error(
                "event_failed",
                event_id=failure.event.id,
                type=failure.event.type.value,
                exc_info=failure.error,
            )
