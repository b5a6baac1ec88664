"""Journeys run on the whole stack, one at a time in each test process."""

from collections.abc import AsyncIterator

import pytest

from ciclo.actions.audit import Audited, audit
from tests.stack import Stack, running_stack, settings_for


@pytest.fixture
async def stack(
    mongo_url: str, redis_url: str, database_name: str, stream_prefix: str
) -> AsyncIterator[Stack]:
    settings = settings_for(mongo_url, redis_url, database=database_name, prefix=stream_prefix)
    async with running_stack(settings) as running:
        yield running
        # Whatever a journey went through, the ledger can be replayed to the cent.
        await running.idle()
        assert [one async for one in audit(running.deps, Audited())] == []
