"""A stack to be watched."""

from collections.abc import AsyncIterator

import pytest

from ciclo.settings.settings import Settings
from tests.stack import Stack, running_stack, settings_for


@pytest.fixture
def settings(mongo_url: str, redis_url: str, database_name: str, stream_prefix: str) -> Settings:
    return settings_for(mongo_url, redis_url, database=database_name, prefix=stream_prefix)


@pytest.fixture
async def stack(settings: Settings) -> AsyncIterator[Stack]:
    async with running_stack(settings) as running:
        yield running
