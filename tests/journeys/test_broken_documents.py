"""Whatever one customer's documents hold, every other customer's due work is done in that sweep."""

from collections.abc import AsyncIterator
from typing import Final

import pytest
from structlog.typing import EventDict

from ciclo.actions.processing.due_work import next_due_instant, run_due_work
from ciclo.settings.settings import Settings
from tests.journeys.broken_accounts import RENEWAL, breaks, copied, sound_accounts, spoilt, store_all
from tests.journeys.spoiling import faults
from tests.stack import Stack, running_stack

BROKEN: Final = 250
OTHERS_EACH: Final = 3


@pytest.fixture
async def unworked(settings: Settings, told: list[EventDict]) -> AsyncIterator[Stack]:
    """A stack without workers: what a sweep leaves behind stays as it is.

    Its database is its own: an index that has once met a list for a number covers no query any more.
    """
    own = settings.model_copy(update={"mongo_database": f"{settings.mongo_database}_broken"})
    async with running_stack(own, billing_workers=0, collection_workers=0, relaying=False) as running:
        yield running
        await running.deps.store.client.drop_database(own.mongo_database)


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_is_broken_of_some_all_others_are_served(unworked: Stack, seed: int) -> None:
    sound = sound_accounts()
    broken = [
        spoilt(copied(sound[one.kind], f"b{number}"), one)
        for number, one in enumerate(breaks(sound, number=BROKEN, seed=seed))
    ]
    others = [copied(account, f"o{number}") for account in sound.values() for number in range(OTHERS_EACH)]
    await store_all(unworked.deps, [*others, *broken])
    subscriptions = unworked.deps.store["subscriptions"]
    still_due = {"due_at": {"$type": "date", "$lte": RENEWAL}}
    due_before = {one["_id"] async for one in subscriptions.find(still_due, {"_id": 1})}
    wanted = {account["subscriptions"][0]["_id"] for account in others}
    assert wanted <= due_before

    await run_due_work(unworked.deps, now=RENEWAL)

    left = {one["_id"] async for one in subscriptions.find(still_due, {"_id": 1})}
    held = await faults(unworked)
    assert not left & wanted
    # Whatever is not done is held back, and nothing else is.
    assert left == held.keys()
    # Far from all that is odd is in the way: but of so much, some is.
    assert 0 < len(held) < BROKEN
    await next_due_instant(unworked.deps)
    for path in ("/readyz", "/metrics"):
        assert (await unworked.http.get(path)).status_code == 200, path
