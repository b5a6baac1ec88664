"""What a stack leaves in MongoDB and Redis is what docs/operations.md names, and no more."""

from datetime import UTC, datetime, timedelta

from ciclo.store.idempotency import KEPT_FOR
from ciclo.store.mongo.indexes import COLLECTIONS
from tests.docs.test_retention import rows
from tests.journeys.asking import CREATE_PLAN, a_plan, subscribe
from tests.stack import Stack, until
from workers.relay import keep_house


async def test_redis_keeps_only_what_the_table_names(stack: Stack) -> None:
    await subscribe(stack, await a_plan(stack, trialDays=0), "ana@example.com", card="tok_visa")

    prefix = f"{stack.deps.streams.prefix}:"
    keys = [key.decode() async for key in stack.deps.streams.redis.scan_iter(f"{prefix}*")]

    assert {key.removeprefix(prefix).partition(":")[0] for key in keys} <= set(rows())


async def test_mongodb_keeps_only_what_the_table_names(stack: Stack) -> None:
    await subscribe(stack, await a_plan(stack, trialDays=0), "ana@example.com", card="tok_visa")

    assert set(await stack.deps.store.database.list_collection_names()) <= set(COLLECTIONS)


async def test_of_a_stream_whose_groups_are_done_the_last_entry_stays(stack: Stack) -> None:
    await subscribe(stack, await a_plan(stack, trialDays=0), "ana@example.com", card="tok_visa")
    streams = stack.deps.streams

    async def trimmed() -> bool:
        await keep_house(stack.deps)
        return all([await streams.redis.xlen(streams.key(name)) <= 1 for name in ("billing", "collection")])

    await until(trimmed)


async def test_an_answer_to_a_key_says_when_it_goes(stack: Stack) -> None:
    plan = {"name": "One", "price": {"amount": "1.00"}, "billingCycle": "MONTHLY", "idempotencyKey": "a key"}
    await stack.data(CREATE_PLAN, {"input": plan})

    kept = await stack.deps.store["idempotency"].find_one({})

    assert kept is not None
    assert abs(kept["expires_at"] - datetime.now(UTC) - KEPT_FOR) < timedelta(minutes=1)
