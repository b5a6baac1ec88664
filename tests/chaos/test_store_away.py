"""MongoDB says nothing, or has no primary: everybody is told so in time, and in the same words."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any, Final

import pytest
import structlog
from structlog.testing import LogCapture
from structlog.typing import EventDict

from ciclo.actions.dependencies import open_deps
from ciclo.store.mongo.breaker import DOUBT_S
from ciclo.store.mongo.client import StoreUnavailable
from tests.chaos.frozen import ANSWER_S_MAX, Timed, answering, frozen_mongo, own_servers, timed
from tests.graphql.documents import SCHEMA, document, root_fields
from tests.stack import Stack, running_stack, settings_for, token, until
from tests.webhooks.posting import NOBODY, NOTICE, assert_problem

JSON: Final = "application/json"
GRAPHQL: Final = "application/graphql-response+json"
NOBODYS: Final = NOBODY.partition("_")[2]

ROUTES: Final = (
    ("GET", f"/invoices/inv_{NOBODYS}.pdf", None),
    ("GET", "/exports/payments.csv?from=2026-01-01&to=2026-02-01", None),
    ("POST", f"/sandbox/payments/pay_{NOBODYS}/settle", None),
    ("POST", "/sandbox/tokens", {}),
    ("GET", "/sandbox/sessions", None),
    ("POST", "/sandbox/sessions", {"email": "somebody@example.com"}),
)
"""Every route beside GraphQL and webhooks that asks the store."""

OPERATIONS: Final = {
    name: document(kind, name, field)
    for kind, root in (("query", SCHEMA.query_type), ("mutation", SCHEMA.mutation_type))
    for name, field in root_fields(root).items()
}


SLOW_MS: Final = 3_000
"""Below every time-out of its own; two in a row are more than a caller waits."""

CROWD: Final = 250
"""More than are posted at a time: who comes later waits behind those who wait already."""


@pytest.fixture
def logged() -> Iterator[list[EventDict]]:
    capture = LogCapture()
    structlog.configure(processors=[capture])
    yield capture.entries
    structlog.reset_defaults()


@pytest.fixture(scope="module")
async def stack() -> AsyncIterator[Stack]:
    with own_servers() as servers:
        settings = settings_for(servers.mongo_url, servers.redis_url, database="away", prefix="away")
        async with running_stack(
            settings, billing_workers=0, collection_workers=0, relaying=False
        ) as running:
            yield running


async def ask(stack: Stack, query: str, *, accept: str = JSON) -> Timed:
    """Ask as an operator."""
    headers = {"authorization": f"Bearer {token()}", "accept": accept}
    return await timed(stack.http.post("/graphql", json={"query": query}, headers=headers))


async def call(stack: Stack, method: str, path: str, body: object) -> Timed:
    """Call another route as an operator."""
    headers = {"authorization": f"Bearer {token()}"}
    return await timed(stack.http.request(method, path, json=body, headers=headers))


def assert_unavailable(got: Timed, *, media_type: str) -> None:
    """Check that an answer says that the store is away, and says it in time."""
    answer = got.answer
    assert answer.status_code == 503, answer.text
    assert answer.headers["content-type"].partition(";")[0] == media_type
    assert answer.headers["retry-after"] == "5"
    body = answer.json()
    code = body["code"] if "code" in body else [error["extensions"]["code"] for error in body["errors"]]
    assert code in ("UNAVAILABLE", ["UNAVAILABLE"])
    assert got.seconds < ANSWER_S_MAX, answer.request.url


@pytest.mark.parametrize("accept", [JSON, GRAPHQL])
async def test_every_operation_hears_in_time_that_the_store_is_away(stack: Stack, accept: str) -> None:
    async with frozen_mongo(stack):
        answers = await asyncio.gather(
            *(ask(stack, query, accept=accept) for query in OPERATIONS.values()),
        )
        for got in answers:
            assert_unavailable(got, media_type=accept)


async def test_every_route_hears_in_time_that_the_store_is_away(stack: Stack) -> None:
    async with frozen_mongo(stack):
        for got in await asyncio.gather(*(call(stack, *route) for route in ROUTES)):
            assert_unavailable(got, media_type="application/problem+json")


async def test_while_the_store_is_known_to_be_away_nobody_waits_for_it(stack: Stack) -> None:
    async with frozen_mongo(stack):
        first = await ask(stack, "{ plans { totalCount } }")
        after = [await ask(stack, query) for query in list(OPERATIONS.values())[:10]]
        metrics = await stack.http.get("/metrics")

    assert_unavailable(first, media_type=JSON)
    for got in after:
        assert_unavailable(got, media_type=JSON)
    assert sum(got.seconds for got in after) < ANSWER_S_MAX
    assert "ciclo_store_away 1.0" in metrics.text
    assert "ciclo_store_away 0.0" in (await stack.http.get("/metrics")).text


async def test_without_a_primary_the_answer_is_the_same(stack: Stack) -> None:
    admin = stack.deps.store.client.admin
    await admin.command("replSetStepDown", 8, force=True)
    got = await ask(stack, "{ plans { totalCount } }")
    await answering(stack)

    assert_unavailable(got, media_type=JSON)


async def test_what_was_done_already_is_no_refusal_of_all(stack: Stack) -> None:
    """The first mutation is done; the second waits for workers, and there are none."""
    assert (await stack.notify(NOTICE, webhook_id="msg_waits")).status_code == 202
    input_ = 'name: "First", price: {amount: "1.00", currency: "BRL"}, billingCycle: MONTHLY, trialDays: 0'
    query = f"""mutation {{
        first: createPlan(input: {{{input_}}}) {{ plan {{ id }} userErrors {{ code }} }}
        second: advanceClock(input: {{by: "P1D"}}) {{ clock {{ now }} userErrors {{ code }} }}
    }}"""
    asking = asyncio.create_task(ask(stack, query))
    await until(lambda: _is_there(stack, {"name": "First"}))
    ends_at = time.monotonic() + 1.5 * DOUBT_S

    async def was_doubted_once() -> bool:
        return time.monotonic() > ends_at

    await until(was_doubted_once)

    async with frozen_mongo(stack):
        got = await asking

    assert got.answer.status_code == 200, got.answer.text
    body: dict[str, Any] = got.answer.json()
    assert body["data"] is None
    assert [error["extensions"]["code"] for error in body["errors"]] == ["UNAVAILABLE"]


async def _is_there(stack: Stack, plan: dict[str, str]) -> bool:
    return await stack.deps.store["plans"].find_one(plan) is not None


async def test_a_notice_hears_in_time_however_many_wait_before_it(
    stack: Stack, logged: list[EventDict]
) -> None:
    async with frozen_mongo(stack):
        notices = (stack.notify(NOTICE, webhook_id=f"msg_away_{number}") for number in range(CROWD))
        crowd = await asyncio.gather(*map(timed, notices))
        late = await timed(stack.notify(NOTICE, webhook_id="msg_late"))
    again = await stack.notify(NOTICE, webhook_id="msg_late")

    for got in (*crowd, late):
        assert_problem(got.answer, 503, "UNAVAILABLE")
        assert got.answer.headers["retry-after"] == "5"
        assert got.seconds < ANSWER_S_MAX
    assert again.status_code in {200, 202}
    told = [line["event"] for line in logged]
    assert (told.count("store_away"), told.count("store_back")) == (1, 1)
    [over] = [line for line in logged if line["event"] == "webhook_put_off_no_more"]
    assert (told.count("webhook_put_off"), over["times"]) == (1, CROWD + 1)


@asynccontextmanager
async def slow_writes(stack: Stack, *, to: str) -> AsyncIterator[Callable[[], Awaitable[object]]]:
    """Let each insert into a collection take long, while all else is answered; give what waits for one."""
    admin = stack.deps.store.client.admin
    where = f"{stack.deps.store.database.name}.{to}"
    data = {"failCommands": ["insert"], "namespace": where, "blockConnection": True, "blockTimeMS": SLOW_MS}
    found = await admin.command("configureFailPoint", "failCommand", mode="alwaysOn", data=data)

    def one_has_begun() -> Awaitable[object]:
        entered = {"timesEntered": found["count"] + 1, "maxTimeMS": SLOW_MS}
        return admin.command("waitForFailPoint", "failCommand", **entered)

    try:
        yield one_has_begun
    finally:
        await admin.command("configureFailPoint", "failCommand", mode="off")


async def test_who_waits_behind_a_slow_write_and_then_for_his_own_hears_in_time(stack: Stack) -> None:
    async with slow_writes(stack, to="events") as one_has_begun:
        first = asyncio.create_task(timed(stack.notify(NOTICE, webhook_id="msg_slow_1")))
        await one_has_begun()
        behind = await timed(stack.notify(NOTICE, webhook_id="msg_slow_2"))
        assert (await first).answer.status_code == 202
    again = await stack.notify(NOTICE, webhook_id="msg_slow_2")

    assert_problem(behind.answer, 503, "UNAVAILABLE")
    assert behind.answer.headers["retry-after"] == "5"
    assert behind.seconds < ANSWER_S_MAX
    assert again.status_code in {200, 202}


async def test_a_mutation_of_slow_steps_hears_in_time_and_a_move_of_the_clock_is_waited_for(
    stack: Stack,
) -> None:
    """Each field takes long; the move waits for workers, of whom there are none, by its nature."""
    assert (await stack.notify(NOTICE, webhook_id="msg_patient")).status_code in {200, 202}
    moving = asyncio.create_task(
        ask(stack, 'mutation { advanceClock(input: {by: "P1D"}) { userErrors { code } } }')
    )
    await until(lambda: _is_held(stack))
    input_ = 'name: "Slow", price: {amount: "1.00", currency: "BRL"}, billingCycle: MONTHLY, trialDays: 0'
    fields = " ".join(
        f"{name}: createPlan(input: {{{input_}}}) {{ userErrors {{ code }} }}" for name in ("a", "b")
    )
    async with slow_writes(stack, to="plans"):
        got = await ask(stack, f"mutation {{ {fields} }}")
        later = await ask(stack, f"mutation {{ {fields} }}")

    assert {error["extensions"]["code"] for error in got.answer.json()["errors"]} == {"UNAVAILABLE"}
    for one in (got, later):
        assert one.seconds < ANSWER_S_MAX
    assert not moving.done()
    await stack.deps.store["events"].update_many({}, {"$set": {"processed": True}})
    moved = await moving
    assert moved.answer.json() == {"data": {"advanceClock": {"userErrors": []}}}
    assert moved.seconds > ANSWER_S_MAX


async def _is_held(stack: Stack) -> bool:
    return await stack.deps.store["settings"].find_one({"held_by": {"$ne": None}}) is not None


async def test_while_redis_hangs_a_process_is_ready_and_says_so_in_time(stack: Stack) -> None:
    found = await stack.deps.streams.redis.info("server")
    os.kill(found["process_id"], signal.SIGSTOP)
    try:
        ready, metrics = await asyncio.gather(
            timed(stack.http.get("/readyz")), timed(stack.http.get("/metrics"))
        )
    finally:
        os.kill(found["process_id"], signal.SIGCONT)

    assert (ready.answer.status_code, ready.answer.json()["redis"]) == (200, "degraded")
    assert "ciclo_streams_away 1.0" in metrics.answer.text
    assert max(ready.seconds, metrics.seconds) < ANSWER_S_MAX


async def test_a_process_that_starts_meanwhile_waits_for_the_store(
    stack: Stack, logged: list[EventDict]
) -> None:
    impatient = stack.deps.settings.model_copy(update={"mongo_timeout_ms": 500})
    started = asyncio.Event()

    async def start() -> None:
        async with open_deps(impatient, store_s_max=60.0):
            started.set()

    async def awaits() -> bool:
        return "store_awaited" in [line["event"] for line in logged]

    async with frozen_mongo(stack):
        with pytest.raises(StoreUnavailable):
            async with open_deps(impatient):
                pass
        starting = asyncio.create_task(start())
        await until(awaits)
        assert not started.is_set()
    await starting
    assert started.is_set()
