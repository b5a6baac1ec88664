"""The clock's work: what has fallen due, in batches. Any number of schedulers may run it side by side.

Whatever one customer's documents hold, every other customer's work is done in the same sweep: what
fails by its own fault is found by halving, held back for growing pauses, and shown to the operator.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import structlog

from ciclo.actions.contention import wait_after_conflict
from ciclo.actions.dependencies import Deps
from ciclo.actions.processing.apply_events import commit_entries, describe_error, drop_change, is_plan_taken
from ciclo.domain.batch import AppliedEvent, apply_due_events, balance_key
from ciclo.domain.ids import SubscriptionId
from ciclo.store.accounts import LoadedAccounts, load_accounts
from ciclo.store.events.due_faults import find_due_faults, forget_due_fault, hold_back
from ciclo.store.mongo.bulk_write import DuplicateKey
from ciclo.store.mongo.contention import Contention
from ciclo.store.mongo.transient_errors import is_transient
from ciclo.store.subscriptions import find_due_subscriptions, find_next_due_at, find_still_due

_log = structlog.get_logger(__name__)

SUBSCRIPTIONS_MAX: Final = 1_000
"""Subscriptions of one sweep: they share one transaction."""

CATCH_UP_MAX: Final = 24
"""Events of one subscription in one sweep; what is left of a longer downtime follows in the next one."""

SUSPECTS_MAX: Final = 100
"""Subscriptions that failed before and are tried again in one sweep: each alone, after all others."""

BATCH_ATTEMPTS_MAX: Final = 3
"""How often a batch is tried that others may have been faster with, until it is halved."""

SINGLE_ATTEMPTS_MAX: Final = 4
"""The same for one subscription: if nobody changed it between its tries, the fault is its own."""

ALONE_AT_ONCE_MAX: Final = 20
"""How many of them are tried at a time."""

ALONE_WAIT_S: Final = 0.1
"""Between those tries: what somebody has just committed takes a moment until it can be loaded."""


class StaysDue(Exception):
    """A document says that something is due and the rules know of nothing: it would be found for ever."""

    def __init__(self, subscription_id: SubscriptionId) -> None:
        super().__init__(f"{subscription_id} is due by its document and not by the rules")


async def run_due_work(deps: Deps, *, now: datetime, subscriptions_max: int = SUBSCRIPTIONS_MAX) -> int:
    """Do one batch of what is due at *now*, each subscription's in the order of its dates.

    What failed before takes no place in the batch: it has its own turn, once its pause is over.

    Returns how many subscriptions were tried: fewer than *subscriptions_max* means that nothing is left
    but what is held back.

    Raises:
        Exception: MongoDB could not do it, and may later (`is_transient`); the next sweep goes on.
    """
    faults = await find_due_faults(deps.store)
    held = [fault.subscription_id for fault in faults]
    ids = await find_due_subscriptions(deps.store, now=now, subscriptions_max=subscriptions_max, without=held)
    await _sweep(deps, ids, now=now)
    wall = deps.wall()
    suspects = [fault.subscription_id for fault in faults if fault.retry_at <= wall][:SUSPECTS_MAX]
    await _try_each(deps, suspects, now=now)
    return len(ids) + len(suspects)


async def _sweep(deps: Deps, ids: Sequence[SubscriptionId], *, now: datetime) -> None:
    """Do the work of *ids*, halving what fails until what is at fault stands alone.

    One that fails alone is looked at last, with patience: others may have been faster with it, or have
    changed it between the reading of its documents. Nobody waits for it.
    """
    waiting, alone = [ids] if ids else [], list[SubscriptionId]()
    while waiting:
        batch = waiting.pop()
        if await _is_done_together(deps, batch, now=now):
            continue
        if len(batch) > 1:
            middle = len(batch) // 2
            waiting += [batch[middle:], batch[:middle]]
        else:
            alone += batch
    await _try_each(deps, alone, now=now)


async def _try_each(deps: Deps, suspects: Sequence[SubscriptionId], *, now: datetime) -> None:
    """Try each by itself, some at a time. What is done, or not due any more, is held back no longer."""
    turns = asyncio.Semaphore(ALONE_AT_ONCE_MAX)

    async def attempt(suspect: SubscriptionId) -> None:
        async with turns:
            error = await _try_alone(deps, suspect, now=now)
            if error is None:
                await forget_due_fault(deps.store, suspect)
            else:
                await _hold_back(deps, suspect, error)

    for outcome in await asyncio.gather(*map(attempt, suspects), return_exceptions=True):
        if outcome is not None:
            raise outcome


async def next_due_instant(deps: Deps) -> datetime | None:
    """Return when the clock has something to do next that is not held back."""
    held = [fault.subscription_id for fault in await find_due_faults(deps.store)]
    return await find_next_due_at(deps.store, without=held)


async def _is_done_together(deps: Deps, batch: Sequence[SubscriptionId], *, now: datetime) -> bool:
    """Do the work of *batch* in one transaction; say no if the fault lies in one of it.

    Another scheduler, a worker or a caller may have been faster with some: the rest is tried again.
    """
    left = list(batch)
    for attempt in range(BATCH_ATTEMPTS_MAX):
        try:
            await _do(deps, left, now=now)
        except (Contention, DuplicateKey):
            there = await find_still_due(deps.store, left, now=now)
            if len(there) == len(left):
                return False
            left = [subscription_id for subscription_id in left if subscription_id in there]
            if not left:
                return True
            await wait_after_conflict(attempt)
        except Exception as fault:
            if is_transient(fault):
                raise
            return False
        else:
            return True
    return False


async def _try_alone(deps: Deps, subscription_id: SubscriptionId, *, now: datetime) -> Exception | None:
    """Do one subscription's work; return the error if it is its own fault.

    It is not as long as somebody changes the subscription between the tries: then they are at work on
    it, and its documents may have been read while they changed.
    """
    error: Exception | None = None
    versions: list[str] = []
    for _ in range(SINGLE_ATTEMPTS_MAX):
        due = await find_still_due(deps.store, [subscription_id], now=now)
        if not due:
            return None
        versions.append(due[subscription_id])
        if versions[-2:-1] == versions[-1:] and not isinstance(error, Contention | DuplicateKey):
            return error
        try:
            if is_plan_taken(error):
                await drop_change(deps, subscription_id)
            await _do(deps, [subscription_id], now=now)
        except (Contention, DuplicateKey) as overtaken:
            error = overtaken
            await asyncio.sleep(ALONE_WAIT_S)
        except Exception as fault:
            if is_transient(fault):
                raise
            error = fault
        else:
            return None
    return error if all(version == versions[0] for version in versions) else None


async def _do(deps: Deps, ids: Sequence[SubscriptionId], *, now: datetime) -> None:
    """Let time pass for *ids* in one transaction.

    Raises:
        Contention, DuplicateKey: somebody else was faster, or a document stands in the way for good.
        Exception: one of them can't be read or decided, or the store is away.
    """
    loaded = await load_accounts(deps.store, (), ids=ids)
    await commit_entries(deps, _apply_due_events(deps, loaded, now=now), loaded=loaded, recorded=None)


async def _hold_back(deps: Deps, subscription_id: SubscriptionId, error: Exception) -> None:
    """Hold a subscription back and tell it: with all that is known at first, later that it is so still."""
    fault = await hold_back(deps.store, subscription_id, error=describe_error(error), now=deps.wall())
    if fault is None:
        return
    tell = _log.error if fault.tries == 1 else _log.warning
    tell(
        "due_held_back",
        subscription_id=subscription_id,
        tries=fault.tries,
        error=fault.error,
        retry_at=fault.retry_at.isoformat(),
        exc_info=error if fault.tries == 1 else None,
    )


def _apply_due_events(deps: Deps, loaded: LoadedAccounts, *, now: datetime) -> list[AppliedEvent]:
    """Let time pass for every account up to *now*.

    Raises:
        Exception: one account's rules failed; who tries it alone learns which.
    """
    balances = dict(loaded.balances)
    entries: list[AppliedEvent] = []
    for account in loaded.accounts.values():
        done = apply_due_events(account, balances, deps.policy, until=now, events_max=CATCH_UP_MAX)
        due_at = account.subscription.due_at
        if not done and due_at is not None and due_at <= now:
            raise StaysDue(account.subscription.id)
        if done:
            balances[balance_key(account.subscription)] = done[-1].decision.account.balance
        entries += done
    return entries
