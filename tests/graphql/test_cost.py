"""What a request costs: each command to MongoDB is a round trip, and the caller waits for all of them."""

from collections.abc import AsyncIterator

import pytest
from pymongo import monitoring

from tests.journeys.asking import SUBSCRIBE, a_plan
from tests.stack import Stack, running_stack, settings_for


class Heard(monitoring.CommandListener):
    """The commands of all clients that are made after this is registered, without those of the clock."""

    def __init__(self) -> None:
        self.commands: list[str] = []

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        about = event.command[event.command_name]
        if about != "settings":
            self.commands.append(f"{event.command_name} {about}")

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None: ...

    def failed(self, event: monitoring.CommandFailedEvent) -> None: ...


HEARD = Heard()
monitoring.register(HEARD)


@pytest.fixture
async def quiet(
    mongo_url: str, redis_url: str, database_name: str, stream_prefix: str
) -> AsyncIterator[Stack]:
    """A stack whose workers rest, so that all commands are the request's own."""
    settings = settings_for(mongo_url, redis_url, database=database_name, prefix=stream_prefix)
    async with running_stack(settings, billing_workers=0, collection_workers=0, relaying=False) as running:
        yield running


async def test_a_creation_looks_four_times_and_writes_once_and_a_repeat_of_it_only_looks(
    quiet: Stack,
) -> None:
    plan_id = await a_plan(quiet)
    given = {"planId": plan_id, "customerEmail": "ana@example.com", "idempotencyKey": "k-1"}
    HEARD.commands.clear()
    created = await quiet.data(SUBSCRIBE, {"input": given})
    assert HEARD.commands == [
        "find plans",
        "find idempotency",
        "find customers",
        "find trials",
        "insert idempotency",
        "insert customers",
        "insert trials",
        "insert subscriptions",
        "insert events",
        "update plan_counts",
        "commitTransaction 1",
    ]

    HEARD.commands.clear()
    assert await quiet.data(SUBSCRIBE, {"input": given}) == created
    assert HEARD.commands == ["find plans", "find idempotency", "find subscriptions"]
