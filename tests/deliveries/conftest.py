"""A whole stack with a delivery worker, and a seller's system that it tells."""

from collections.abc import AsyncIterator

import pytest

from ciclo.settings.settings import Settings
from tests.deliveries.receiver import Receiver, receiving
from tests.stack import Stack, running_stack, settings_for


@pytest.fixture
def settings(mongo_url: str, redis_url: str, database_name: str, stream_prefix: str) -> Settings:
    return settings_for(
        mongo_url, redis_url, database=database_name, prefix=stream_prefix, webhook_audience_ms=0
    )


@pytest.fixture
async def stack(settings: Settings) -> AsyncIterator[Stack]:
    async with running_stack(settings, delivery_workers=1) as running:
        yield running


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as server:
        yield server
