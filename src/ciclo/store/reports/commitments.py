"""What of today's MRR is set to end or shrink: read from the few subscriptions of which that is known."""

from typing import Final

import pymongo

from ciclo.domain.ids import SubscriptionId
from ciclo.domain.metrics.movement import commitment_of, mrr_of
from ciclo.domain.subscription import Subscription
from ciclo.store.codec import decode
from ciclo.store.mongo.client import Document, Store

READ_S_MAX: Final = 60.0
"""How long reading them may take: as long as a sum of the same report."""

SCHEDULED: Final[dict[str, Document]] = {
    "ending": {"cancel_at_period_end": True},
    "pausing": {"pause_at_period_end": True},
    "pausing_tomorrow": {"pause_on": {"$type": "string"}},
    "changing": {"pending_change": {"$type": "object"}},
}
"""What is scheduled, by the name of the index that has the subscriptions of which it is."""


async def sum_set_to_go(store: Store, currency: str) -> int:
    """Return the MRR in *currency* that is set to end, be paused or shrink, in minor units (rule 24)."""
    going: dict[SubscriptionId, int] = {}
    with pymongo.timeout(READ_S_MAX):
        for index, scheduled in SCHEDULED.items():
            query = {"terms.currency": currency, **scheduled}
            async for document in store["subscriptions"].find(query, hint=index):
                subscription = decode(document, Subscription)
                going[subscription.id] = mrr_of(subscription) - commitment_of(subscription)
    return sum(going.values())
