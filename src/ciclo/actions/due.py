"""The clock's work: what has fallen due, in batches. Any number of schedulers may run it side by side."""

from datetime import datetime
from typing import Final

from ciclo.actions.applying import write
from ciclo.actions.deps import Deps
from ciclo.domain.account import Account
from ciclo.domain.books import Entry, entered
from ciclo.domain.lifecycle import next_due
from ciclo.store.accounts import Loaded, load_accounts
from ciclo.store.commit import Contention
from ciclo.store.subscriptions import due_subscriptions
from ciclo.store.write import Duplicate

SUBSCRIPTIONS_MAX: Final = 1_000
"""Subscriptions of one sweep: they share one transaction."""

CATCH_UP_MAX: Final = 24
"""Events of one subscription in one sweep; what is left of a longer downtime follows in the next one."""


class Overtaken(Exception):
    """Somebody else did the same work first; there may be more to do."""


async def run_due(deps: Deps, *, now: datetime) -> int:
    """Do one batch of what is due at *now*, each subscription's in the order of its dates.

    Returns how many subscriptions were due: fewer than SUBSCRIPTIONS_MAX means that nothing is left.

    Raises:
        Overtaken: another scheduler, a worker or a caller changed one of them meanwhile; nothing was
            written.
    """
    ids = await due_subscriptions(deps.store, now=now, subscriptions_max=SUBSCRIPTIONS_MAX)
    if not ids:
        return 0
    loaded = await load_accounts(deps.store, (), ids=ids)
    try:
        await write(deps, _due_entries(deps, loaded, now=now), loaded=loaded, recorded=False)
    except (Contention, Duplicate) as error:
        raise Overtaken from error
    return len(ids)


def _due_entries(deps: Deps, loaded: Loaded, *, now: datetime) -> list[Entry]:
    """Let time pass for every account up to *now*."""
    balances = dict(loaded.balances)
    entries: list[Entry] = []
    for account in loaded.accounts.values():
        current: Account = account
        for _ in range(CATCH_UP_MAX):
            due = next_due(current, deps.policy)
            if due is None or due.at > now:
                break
            done, faults = entered(
                {current.subscription.id: current}, balances, [due.event(current)], deps.policy
            )
            if faults:
                raise faults[0].error
            entries += done
            current = done[0].decision.account
            balances[current.subscription.customer_id, current.subscription.terms.currency] = current.credit
    return entries
