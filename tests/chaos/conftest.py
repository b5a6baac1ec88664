"""Chaos runs on stacks that a test starts and breaks by itself."""

import pytest

from ciclo.settings.settings import Settings
from tests.stack import settings_for


@pytest.fixture
def settings(mongo_url: str, redis_url: str, database_name: str, stream_prefix: str) -> Settings:
    return settings_for(mongo_url, redis_url, database=database_name, prefix=stream_prefix)
