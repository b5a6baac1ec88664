"""The clock's work: what has fallen due, in batches. Any number of schedulers may run it side by side.

Whatever one customer's documents hold, every other customer's work is done in the same sweep: what
fails by its own fault is found by halving, held back for growing pauses, and shown to the operator.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import structlog

from ciclo.actions.applying import described, drop_change, is_held_twice, wait_after_conflict, write
from ciclo.actions.clock import wall_now
from ciclo.actions.deps import Deps
from ciclo.domain.account import Account
from ciclo.domain.books import BalanceKey, Entry, entered
from ciclo.domain.ids import SubscriptionId
from ciclo.domain.lifecycle import next_due
from ciclo.store.accounts import Loaded, load_accounts
from ciclo.store.commit import Contention
from ciclo.store.due_faults import find_due_faults, hold_back, release
from ciclo.store.failures import is_passing
from ciclo.store.subscriptions import due_subscriptions, next_due_at, still_due
from ciclo.store.write import Duplicate

_log = structlog.get_logger(__name__)

SUBSCRIPTIONS_MAX: Final = 1_000
"""Subscriptions of one sweep: they share one transaction."""

CATCH_UP_MAX: Final = 24
"""Events of one subscription in one sweep; what is left of a longer downtime follows in the next one."""

SUSPECTS_MAX: Final = 100
"""Subscriptions that failed before and are tried again in one sweep: each alone, after all others."""

BATCH_TRIES_MAX: Final = 3
"""How often a batch is tried that others may have been faster with, until it is halved."""

ALONE_TRIES_MAX: Final = 6
"""The same for one subscription: if nobody changed it between its tries, the fault is its own."""


class StaysDue(Exception):
    """A document says that something is due and the rules know of nothing: it would be found for ever."""

    def __init__(self, subscription_id: SubscriptionId) -> None:
        super().__init__(f"{subscription_id} is due by its document and not by the rules")


async def run_due(deps: Deps, *, now: datetime, subscriptions_max: int = SUBSCRIPTIONS_MAX) -> int:
    """Do one batch of what is due at *now*, each subscription's in the order of its dates.

    What failed before takes no place in the batch: it has its own turn, once its pause is over.

    Returns how many subscriptions were tried: fewer than *subscriptions_max* means that nothing is left
    but what is held back.

    Raises:
        Exception: MongoDB could not do it (`store.failures.is_passing`); the next sweep goes on.
    """
    faults = await find_due_faults(deps.store)
    held = [fault.subscription_id for fault in faults]
    ids = await due_subscriptions(deps.store, now=now, subscriptions_max=subscriptions_max, without=held)
    await _sweep(deps, ids, now=now)
    wall = wall_now()
    suspects = [fault.subscription_id for fault in faults if fault.retry_at <= wall][:SUSPECTS_MAX]
    for suspect in suspects:
        await _try_again(deps, suspect, now=now)
    return len(ids) + len(suspects)


async def _sweep(deps: Deps, ids: Sequence[SubscriptionId], *, now: datetime) -> None:
    """Do the work of *ids*, halving what fails until what is at fault stands alone."""
    waiting = [ids] if ids else []
    while waiting:
        batch = waiting.pop()
        error = await _tried(deps, batch, now=now)
        if error is None:
            continue
        if len(batch) == 1:
            await _hold_back(deps, batch[0], error)
            continue
        middle = len(batch) // 2
        waiting += [batch[middle:], batch[:middle]]


async def _try_again(deps: Deps, suspect: SubscriptionId, *, now: datetime) -> None:
    """Try what failed before; it is released when that is done, or is not due any more."""
    due = await still_due(deps.store, [suspect], now=now)
    error = await _tried(deps, due, now=now) if due else None
    if error is None:
        await release(deps.store, suspect)
    else:
        await _hold_back(deps, suspect, error)


async def next_due_instant(deps: Deps) -> datetime | None:
    """Return when the clock has something to do next that is not held back."""
    held = [fault.subscription_id for fault in await find_due_faults(deps.store)]
    return await next_due_at(deps.store, without=held)


async def _tried(deps: Deps, batch: Sequence[SubscriptionId], *, now: datetime) -> Exception | None:
    """Do the work of *batch* in one transaction; return the error that lies in one of it.

    Another scheduler, a worker or a caller may be faster: then what is still due is tried again.
    """
    is_alone = len(batch) == 1
    left, versions, error = batch, set[int](), None
    for attempt in range(ALONE_TRIES_MAX if is_alone else BATCH_TRIES_MAX):
        known = set(versions)
        try:
            if is_alone and is_held_twice(error):
                await drop_change(deps, batch[0])
            loaded = await load_accounts(deps.store, (), ids=left)
            versions |= {account.subscription.version for account in loaded.accounts.values()}
            await write(deps, _due_entries(deps, loaded, now=now), loaded=loaded, recorded=False)
        except (Contention, Duplicate) as overtaken:
            error = overtaken
            before, left = left, await still_due(deps.store, left, now=now)
            if not left:
                return None
            # A key that is taken, with nobody having been faster: waiting won't free it.
            is_unmoved = left == before and (not is_alone or versions == known)
            if isinstance(overtaken, Duplicate) and is_unmoved:
                return overtaken
            await wait_after_conflict(attempt)
        except Exception as fault:
            if is_passing(fault):
                raise
            return fault
        else:
            return None
    # One that others keep changing is at work, not at fault: the next sweep finds it again.
    return None if is_alone and len(versions) > 1 else error


async def _hold_back(deps: Deps, subscription_id: SubscriptionId, error: Exception) -> None:
    """Hold a subscription back and tell it: with all that is known at first, later that it is so still."""
    fault = await hold_back(deps.store, subscription_id, error=described(error), now=wall_now())
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


def _due_entries(deps: Deps, loaded: Loaded, *, now: datetime) -> list[Entry]:
    """Let time pass for every account up to *now*.

    Raises:
        Exception: one account's rules failed; who tries it alone learns which.
    """
    balances = dict(loaded.balances)
    entries: list[Entry] = []
    for account in loaded.accounts.values():
        done = _caught_up(deps, account, balances, now=now)
        due_at = account.subscription.due_at
        if not done and due_at is not None and due_at <= now:
            raise StaysDue(account.subscription.id)
        entries += done
    return entries


def _caught_up(
    deps: Deps, account: Account, balances: dict[BalanceKey, int], *, now: datetime
) -> list[Entry]:
    """Let time pass for one account; *balances* are those of all customers, and change with it."""
    entries: list[Entry] = []
    for _ in range(CATCH_UP_MAX):
        due = next_due(account, deps.policy)
        if due is None or due.at > now:
            break
        done, faults = entered(
            {account.subscription.id: account}, balances, [due.event(account)], deps.policy
        )
        if faults:
            raise faults[0].error
        entries += done
        account = done[0].decision.account
        balances[account.subscription.customer_id, account.subscription.terms.currency] = account.credit
    return entries
