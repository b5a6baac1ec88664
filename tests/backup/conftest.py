"""A stack to be backed up, and databases to restore into."""

import secrets
from collections.abc import AsyncIterator

import pytest

from ciclo.settings.settings import Settings
from ciclo.store.mongo.client import Store, open_store
from tests.stack import Stack, running_stack, settings_for


@pytest.fixture
def settings(mongo_url: str, redis_url: str) -> Settings:
    """Settings for a database that no backup has seen before."""
    name = f"ciclo_saved_{secrets.token_hex(4)}"
    return settings_for(mongo_url, redis_url, database=name, prefix=name)


@pytest.fixture
async def stack(settings: Settings) -> AsyncIterator[Stack]:
    async with running_stack(settings) as running:
        yield running
        await running.deps.store.client.drop_database(settings.mongo_database)


@pytest.fixture
def other(settings: Settings) -> Settings:
    """Settings for an empty database and streams of its own."""
    name = f"ciclo_restored_{secrets.token_hex(4)}"
    return settings.model_copy(update={"mongo_database": name, "stream_prefix": name})


@pytest.fixture
async def empty(other: Settings) -> AsyncIterator[Store]:
    store = open_store(other)
    yield store
    await store.client.drop_database(other.mongo_database)
    store.close()
