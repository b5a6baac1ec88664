"""A database of its own for each test, with a kept ledger in it."""

from collections.abc import AsyncIterator

import pytest

from ciclo.settings.settings import Settings
from ciclo.store.mongo.client import Store, open_store
from tests.stack import settings_for


@pytest.fixture
def settings(mongo_url: str, redis_url: str, worker_id: str) -> Settings:
    name = f"ciclo_ledger_{worker_id}"
    return settings_for(mongo_url, redis_url, database=name, prefix=f"ciclo-ledger-{worker_id}")


@pytest.fixture
async def store(settings: Settings) -> AsyncIterator[Store]:
    opened = open_store(settings)
    yield opened
    await opened.client.drop_database(opened.database.name)
    opened.close()
