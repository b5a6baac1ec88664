"""Notices that come in at the same time: read together, stored together, and each with its own answer."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final

import httpx
import orjson
import pytest
import structlog
from structlog.testing import LogCapture
from structlog.typing import EventDict

from ciclo import logs
from ciclo.actions.clock import read_wall_clock
from ciclo.actions.dependencies import open_deps
from ciclo.actions.processing.inbox import Inbox, InboxFull
from ciclo.actions.processing.notices import notice_event
from ciclo.domain.events.event import Event
from ciclo.domain.events.facts import PaymentSucceeded
from ciclo.domain.ids import SubscriptionId
from ciclo.localstack.ports import free_port
from tests.stack import Stack, running_stack, settings_for
from tests.webhooks.posting import NOBODY, NOTICE, OTHER_SECRET, assert_problem, events, posted

TIMES_OF_EACH: Final = 20
CROWD: Final = 60
OVERDUE: Final = {"errorCode": 50}
"""MaxTimeMSExpired: the insert is not done."""

UNSURE: Final = {"writeConcernError": {"code": 64, "errmsg": "waiting for replication timed out"}}
"""The insert is done, but nobody knows whether it will last."""


async def test_each_of_many_at_once_gets_its_own_answer(stack: Stack) -> None:
    before = await events(stack)

    async def good(number: int) -> None:
        answer = await posted(
            stack, orjson.dumps(NOTICE | {"amount": number + 1}), webhook_id=f"msg_g{number}"
        )
        stored = await stack.deps.store["events"].find_one({"_id": answer.json()["event_id"]})
        assert answer.status_code == 202
        assert stored is not None
        assert (stored["dedupe_key"], stored["data"]["amount"]) == (f"hook:msg_g{number}", (number + 1) * 100)

    async def forged(number: int) -> None:
        answer = await posted(stack, orjson.dumps(NOTICE), webhook_id=f"msg_f{number}", secret=OTHER_SECRET)
        assert_problem(answer, 401, "SIGNATURE_REJECTED")

    async def torn(number: int) -> None:
        assert_problem(await posted(stack, b"{", webhook_id=f"msg_t{number}"), 400, "MALFORMED_JSON")

    async def wrong(number: int) -> None:
        body = orjson.dumps(NOTICE | {"amount": 29.999})
        assert_problem(await posted(stack, body, webhook_id=f"msg_w{number}"), 422, "TOO_MANY_DECIMALS")

    kinds = (good, forged, torn, wrong)
    await asyncio.gather(*(kind(number) for number in range(TIMES_OF_EACH) for kind in kinds))

    assert await events(stack) - before == TIMES_OF_EACH


@asynccontextmanager
async def failing_once(stack: Stack, fault: dict[str, Any]) -> AsyncIterator[None]:
    """Let the next insert of events fail."""
    admin = stack.deps.store.client.admin
    where = f"{stack.deps.store.database.name}.events"
    data = {"failCommands": ["insert"], "namespace": where, **fault}
    await admin.command("configureFailPoint", "failCommand", mode={"times": 1}, data=data)
    try:
        yield
    finally:
        await admin.command("configureFailPoint", "failCommand", mode="off")


@pytest.mark.usefixtures("failpoints_alone")
@pytest.mark.parametrize(("fault", "then"), [(OVERDUE, 202), (UNSURE, 200)], ids=["not stored", "unsure"])
async def test_what_is_not_surely_stored_is_not_accepted(
    stack: Stack, fault: dict[str, Any], then: int
) -> None:
    before = await events(stack)
    body, webhook_id = orjson.dumps(NOTICE), f"msg_fault_{then}"

    async with failing_once(stack, fault):
        refused = await posted(stack, body, webhook_id=webhook_id)
    again = await posted(stack, body, webhook_id=webhook_id)

    assert_problem(refused, 503, "UNAVAILABLE")
    assert refused.headers["retry-after"] == "5"
    assert again.status_code == then
    assert await events(stack) - before == 1


async def test_more_than_may_wait_are_asked_to_come_again(
    mongo_url: str, redis_url: str, database_name: str, stream_prefix: str
) -> None:
    settings = settings_for(
        mongo_url, redis_url, database=f"{database_name}_crowd", prefix=f"{stream_prefix}-crowd"
    )
    async with running_stack(settings, inbox=partial(Inbox, waiting_max=2)) as stack:

        async def one(number: int) -> httpx.Response:
            return await posted(stack, orjson.dumps(NOTICE), webhook_id=f"msg_{number}")

        answers = await asyncio.gather(*map(one, range(CROWD)))
        refused = [number for number, answer in enumerate(answers) if answer.status_code == 429]

        assert 0 < len(refused) < CROWD
        for number in refused:
            assert_problem(answers[number], 429, "TOO_MANY_NOTICES")
            assert answers[number].headers["retry-after"] == "1"
        assert await events(stack) == CROWD - len(refused)
        assert [(await one(number)).status_code for number in refused] == [202] * len(refused)
        assert await events(stack) == CROWD


async def test_more_bytes_than_may_wait_are_refused_and_room_comes_back(stack: Stack) -> None:
    inbox, now = Inbox(stack.deps, waiting_bytes_max=10), read_wall_clock()

    def event_of(number: int) -> Event:
        return notice_event(
            PaymentSucceeded(amount=2_990, currency="BRL"),
            subscription_id=SubscriptionId(NOBODY),
            occurred_at=now,
            received_at=now,
            dedupe_key=f"hook:msg_bytes_{number}",
        )

    first = asyncio.create_task(inbox.take(lambda **_: event_of(1), b"12345678"))
    await asyncio.sleep(0)
    with pytest.raises(InboxFull):
        await inbox.take(lambda **_: event_of(2), b"123")

    assert not (await first).duplicate
    assert not (await inbox.take(lambda **_: event_of(2), b"123")).duplicate
    await inbox.aclose()


@pytest.fixture
def logged() -> Iterator[list[EventDict]]:
    capture = LogCapture()
    structlog.configure(processors=[logs.with_facts, capture])
    yield capture.entries
    structlog.reset_defaults()


async def test_what_is_logged_of_many_notices_is_not_laid_to_one_request(
    mongo_url: str, database_name: str, stream_prefix: str, logged: list[EventDict]
) -> None:
    nobody = f"redis://127.0.0.1:{free_port(0)}/0"
    settings = settings_for(mongo_url, nobody, database=f"{database_name}_unheard", prefix=stream_prefix)
    async with open_deps(settings) as deps:
        inbox, now = Inbox(deps), read_wall_clock()
        event = notice_event(
            PaymentSucceeded(amount=2_990, currency="BRL"),
            subscription_id=SubscriptionId(NOBODY),
            occurred_at=now,
            received_at=now,
            dedupe_key="hook:msg_unheard",
        )
        with logs.about(request_id="req-1"):
            await inbox.take(lambda **_: event, b"")
        await inbox.aclose()
        await deps.store.client.drop_database(settings.mongo_database)

    [line] = [one for one in logged if one["event"] == "publication_put_off"]
    assert "request_id" not in line
