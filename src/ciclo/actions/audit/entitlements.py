"""The audit of entitlements: each customer's kept set against what their subscriptions give."""

from ciclo.actions.dependencies import Deps
from ciclo.domain.replay import Difference
from ciclo.store.entitlements.sets import derive_set, find_stale_sets


async def find_wrong_sets(deps: Deps, *, repair: bool) -> list[Difference]:
    """Return the sets that are not what their customers' subscriptions give; derived anew if *repair*."""
    stale = await find_stale_sets(deps.store)
    if repair:
        for customer_id in stale:
            await derive_set(deps.store, customer_id)
    return [Difference(id_, "has entitlements that their subscriptions do not give") for id_ in stale]
