"""The runner against a real server that fails on purpose: whatever happens at the commit, one row or none."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pymongo.errors import PyMongoError

from ciclo.store.mongo.bulk_write import DuplicateKey, insert, update
from ciclo.store.mongo.client import Store, open_store
from ciclo.store.mongo.contention import Contention
from ciclo.store.mongo.transaction import Session, run_transaction
from tests.stack import settings_for

CLOSE = {"closeConnection": True}
NOT_PRIMARY = {"errorCode": 91}
SNAPSHOT_GONE = {"errorCode": 251, "errorLabels": ["TransientTransactionError"]}
CONFLICT = {"errorCode": 112, "errorLabels": ["TransientTransactionError"]}
BLOCKED_MS = 2_000
UNSURE = {"writeConcernError": {"code": 64, "errmsg": "waiting for replication timed out"}}


@pytest.fixture
async def store(
    mongo_url: str, redis_url: str, database_name: str, failpoints_alone: None
) -> AsyncIterator[Store]:
    settings = settings_for(mongo_url, redis_url, database=f"{database_name}_rows", prefix="unused")
    opened = open_store(settings, name=f"breakable-{secrets.token_hex(4)}")
    await opened["rows"].delete_many({})
    await opened["rows"].insert_one({"_id": "first"})
    yield opened
    await opened.client.admin.command("configureFailPoint", "failCommand", mode="off")
    opened.close()


async def fail_commits(store: Store, fault: dict[str, Any], *, times: int) -> None:
    name = store.client.options.pool_options.appname
    await store.client.admin.command(
        "configureFailPoint",
        "failCommand",
        mode={"times": times},
        data={"failCommands": ["commitTransaction"], "appName": name, **fault},
    )


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("fault", [CLOSE, NOT_PRIMARY, SNAPSHOT_GONE, CONFLICT, UNSURE])
async def test_a_commit_that_fails_is_done_once_in_the_end(
    store: Store, fault: dict[str, Any], times: int
) -> None:
    row = {"_id": secrets.token_hex(8)}

    async def body(session: Session) -> str:
        await insert(store, "rows", [row], session)
        return "done"

    await fail_commits(store, fault, times=times)
    assert await run_transaction(store, body) == "done"
    assert await store["rows"].count_documents(row) == 1


async def test_who_writes_what_was_read_before_hears_at_once_that_somebody_else_does(store: Store) -> None:
    ran = 0

    async def change(session: Session) -> None:
        nonlocal ran
        ran += 1
        await update(store, "rows", [{"q": {"_id": "first"}, "u": {"$inc": {"count": 1}}}], session)

    async def change_meanwhile(session: Session) -> None:
        await change(session)
        with pytest.raises(Contention):
            await run_transaction(store, change, overtaken=Contention)

    await run_transaction(store, change_meanwhile)

    assert ran == 2
    assert await store["rows"].find_one({"_id": "first"}) == {"_id": "first", "count": 1}


async def test_a_commit_that_never_succeeds_ends_at_the_deadline(store: Store) -> None:
    async def body(session: Session) -> None:
        await insert(store, "rows", [{"_id": "never"}], session)

    await fail_commits(store, CONFLICT, times=1_000)
    with pytest.raises(PyMongoError):
        await run_transaction(store, body, deadline_s=0.5)
    await store.client.admin.command("configureFailPoint", "failCommand", mode="off")
    assert await store["rows"].count_documents({"_id": "never"}) == 0


async def test_a_commit_whose_caller_went_away_keeps_nobody_waiting(store: Store) -> None:
    begun = asyncio.Event()

    async def body(session: Session) -> None:
        await insert(store, "rows", [{"_id": "left"}], session)
        begun.set()

    await store.client.admin.command(
        "configureFailPoint",
        "failCommand",
        mode="alwaysOn",
        data={
            "failCommands": ["commitTransaction", "abortTransaction"],
            "appName": store.client.options.pool_options.appname,
            "blockConnection": True,
            "blockTimeMS": BLOCKED_MS,
        },
    )
    left = asyncio.create_task(run_transaction(store, body))
    await begun.wait()
    left.cancel()

    assert await store["rows"].count_documents({"_id": "first"}) == 1
    assert not left.done()
    await store.client.admin.command("configureFailPoint", "failCommand", mode="off")
    with pytest.raises(asyncio.CancelledError):
        await left


async def test_what_a_body_raises_aborts_and_is_passed_on(store: Store) -> None:
    async def body(session: Session) -> None:
        await insert(store, "rows", [{"_id": "aborted"}], session)
        raise LookupError("the body's own")

    with pytest.raises(LookupError, match="the body's own"):
        await run_transaction(store, body)
    assert await store["rows"].count_documents({"_id": "aborted"}) == 0


async def test_a_taken_key_is_told_by_its_index_and_is_not_tried_again(store: Store) -> None:
    runs = 0

    async def body(session: Session) -> None:
        nonlocal runs
        runs += 1
        await insert(store, "rows", [{"_id": "first"}], session)

    with pytest.raises(DuplicateKey) as taken:
        await run_transaction(store, body)
    assert (taken.value.collection, taken.value.keys, runs) == ("rows", ("_id",), 1)


async def test_transactions_that_meet_at_a_counter_all_count(store: Store) -> None:
    async def count(session: Session) -> None:
        await store["rows"].update_one({"_id": "first"}, {"$inc": {"count": 1}}, session=session)

    await asyncio.gather(*(run_transaction(store, count) for _ in range(20)))
    assert (await store["rows"].find_one({"_id": "first"})) == {"_id": "first", "count": 20}
