"""A store of its own for each test: a database of this process, emptied first."""

from collections.abc import AsyncIterator

import pytest

from ciclo.actions.dependencies import Deps, open_deps
from tests.stack import emptied, settings_for


@pytest.fixture
async def deps(mongo_url: str, redis_url: str, database_name: str, stream_prefix: str) -> AsyncIterator[Deps]:
    settings = settings_for(mongo_url, redis_url, database=database_name, prefix=stream_prefix)
    async with open_deps(settings) as opened:
        await emptied(opened)
        yield opened
