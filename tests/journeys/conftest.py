"""Journeys run on the whole stack, one at a time in each test process."""

from collections.abc import AsyncIterator, Iterator

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from ciclo.actions.audit.ledger import AuditCounts, audit_ledger
from ciclo.settings.settings import Settings
from tests.stack import Stack, running_stack, settings_for


@pytest.fixture
def settings(mongo_url: str, redis_url: str, database_name: str, stream_prefix: str) -> Settings:
    return settings_for(mongo_url, redis_url, database=database_name, prefix=stream_prefix)


@pytest.fixture
def told() -> Iterator[list[EventDict]]:
    """What is logged meanwhile, as values: nobody draws the tracebacks of very many faults."""
    with capture_logs() as lines:
        yield lines


@pytest.fixture
async def spoilt(settings: Settings, told: list[EventDict]) -> AsyncIterator[Stack]:
    """A stack whose documents a test may break: no audit follows."""
    async with running_stack(settings) as running:
        yield running


@pytest.fixture
async def stack(settings: Settings) -> AsyncIterator[Stack]:
    async with running_stack(settings) as running:
        yield running
        # Whatever a journey went through, the ledger can be replayed to the cent.
        await running.idle()
        assert [one async for one in audit_ledger(running.deps, AuditCounts())] == []
