"""One stack for each module of webhook tests."""

from collections.abc import AsyncIterator

import pytest

from tests.stack import Stack, running_stack, settings_for


@pytest.fixture(scope="module")
async def stack(
    mongo_url: str, redis_url: str, database_name: str, stream_prefix: str
) -> AsyncIterator[Stack]:
    settings = settings_for(mongo_url, redis_url, database=database_name, prefix=stream_prefix)
    async with running_stack(settings) as running:
        yield running
