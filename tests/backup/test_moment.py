"""A backup while customers come and pay, restored to a moment: all of before is there, nothing of after."""

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, Self

from ciclo.actions.audit.ledger import AuditCounts, audit_ledger
from ciclo.actions.clock import read_wall_clock
from ciclo.domain.replay import Difference
from ciclo.settings.settings import Settings
from ciclo.store.backup.archive import Archive
from ciclo.store.backup.copying import CopyOptions
from ciclo.store.backup.restoring import restore
from ciclo.store.mongo.client import Store
from tests.backup.saving import content, save, without_empty
from tests.journeys.asking import SUBSCRIBE, a_plan
from tests.stack import Stack, running_stack, until

SMALL = CopyOptions(snapshot_s_max=0.0, page_documents=7)
"""Each page is a slice of its own snapshot."""


@dataclass(frozen=True)
class Acknowledged:
    """Something that was answered: what came of it, when it was sent and when the answer was there."""

    id: str
    sent_at: datetime
    answered_at: datetime


class Workload:
    """Customers who subscribe by card, and senders of notices, until they are told to stop."""

    def __init__(self, stack: Stack, plan_id: str) -> None:
        self.stack = stack
        self.plan_id = plan_id
        self.subscriptions: list[Acknowledged] = []
        self.notices: list[Acknowledged] = []
        self._numbers = count()
        self._stop = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(self._subscribe()) for _ in range(3)]
        self._tasks.append(asyncio.create_task(self._notify()))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stop.set()
        await asyncio.gather(*self._tasks)

    async def more(self, number: int) -> None:
        """Wait until so many more customers have come."""
        wanted = len(self.subscriptions) + number

        async def came() -> bool:
            return len(self.subscriptions) >= wanted

        await until(came, seconds=60)

    async def _subscribe(self) -> None:
        while not self._stop.is_set():
            sent_at = datetime.now(UTC)
            given = {
                "planId": self.plan_id,
                "customerEmail": f"customer{next(self._numbers)}@example.com",
                "paymentMethod": {"cardToken": "tok_visa"},
            }
            answer = await self.stack.data(SUBSCRIBE, {"input": given})
            id_ = answer["createSubscription"]["subscription"]["id"]
            self.subscriptions.append(Acknowledged(id_, sent_at, datetime.now(UTC)))

    async def _notify(self) -> None:
        while not self._stop.is_set():
            sent_at = datetime.now(UTC)
            body: dict[str, Any] = {
                "subscription_id": "sub_01h455vb4pex5vsknk084sn02q",
                "event": "payment_success",
                "amount": 1.00,
                "date": sent_at.date().isoformat(),
            }
            answer = await self.stack.notify(body, webhook_id=f"msg_{next(self._numbers)}")
            assert answer.status_code == 202
            self.notices.append(Acknowledged(answer.json()["event_id"], sent_at, datetime.now(UTC)))
            await asyncio.sleep(0.01)


async def differences(stack: Stack, store: Store) -> list[Difference]:
    deps = replace(stack.deps, store=store)
    return [one async for one in audit_ledger(deps, AuditCounts())]


async def missing_and_extra(
    store: Store, collection: str, told: list[Acknowledged], moment: datetime
) -> tuple[set[str], set[str]]:
    """Return what was answered by the moment and is not there, and what was sent after it and is."""
    there = {document["_id"] async for document in store[collection].find({}, {"_id": 1})}
    before = {one.id for one in told if one.answered_at <= moment}
    later = {one.id for one in told if one.sent_at > moment}
    assert before
    assert later
    return before - there, later & there


async def test_all_of_before_a_moment_is_restored_and_nothing_of_after(
    stack: Stack, empty: Store, tmp_path: Path
) -> None:
    async with Workload(stack, await a_plan(stack, trialDays=0)) as workload:
        await workload.more(10)
        await save(stack.deps.store, tmp_path, options=SMALL)
        await workload.more(10)
        await save(stack.deps.store, tmp_path)
        await asyncio.sleep(0.002)  # an instant between two writes, by the clock of both
        moment = read_wall_clock()
        await workload.more(10)
        await save(stack.deps.store, tmp_path)
        await workload.more(5)
        reach = (await save(stack.deps.store, tmp_path)).reach
    assert reach.earliest < moment < reach.latest

    restored = await restore(empty, Archive(tmp_path), to=moment, now=read_wall_clock())

    assert restored.moment == moment
    assert await missing_and_extra(empty, "subscriptions", workload.subscriptions, moment) == (set(), set())
    assert await missing_and_extra(empty, "events", workload.notices, moment) == (set(), set())
    assert await differences(stack, empty) == []


async def test_without_a_moment_the_last_state_is_restored_to_the_last_field(
    stack: Stack, empty: Store, tmp_path: Path
) -> None:
    async with Workload(stack, await a_plan(stack, trialDays=0)) as workload:
        await workload.more(10)
        await save(stack.deps.store, tmp_path, options=SMALL)
        await workload.more(10)
    await stack.advance(by="P1M")
    await stack.idle()
    await save(stack.deps.store, tmp_path)

    restored = await restore(empty, Archive(tmp_path), to=None, now=read_wall_clock())

    assert restored.changes > 0
    assert without_empty(await content(empty)) == without_empty(await content(stack.deps.store))
    for name in await empty.database.list_collection_names():
        assert (await empty[name].index_information()).keys() == (
            await stack.deps.store[name].index_information()
        ).keys()
    assert await differences(stack, empty) == []


async def test_what_was_not_applied_by_the_moment_is_applied_after_the_restore_with_empty_streams(
    settings: Settings, other: Settings, empty: Store, tmp_path: Path
) -> None:
    async with running_stack(settings, billing_workers=0, relaying=False) as stack:
        async with Workload(stack, await a_plan(stack, trialDays=0)) as workload:
            await workload.more(5)
        await save(stack.deps.store, tmp_path)
        await stack.deps.store.client.drop_database(settings.mongo_database)

    await restore(empty, Archive(tmp_path), to=None, now=read_wall_clock())

    async with running_stack(other, keep=True) as stack:
        await stack.idle()
        statuses = {document["status"] async for document in stack.deps.store["subscriptions"].find()}
        assert statuses == {"ACTIVE"}
        assert [one async for one in audit_ledger(stack.deps, AuditCounts())] == []


async def test_every_moment_is_whole(stack: Stack, empty: Store, tmp_path: Path) -> None:
    async with Workload(stack, await a_plan(stack, trialDays=0)) as workload:
        await workload.more(3)
        first = await save(stack.deps.store, tmp_path, options=SMALL)
        await workload.more(12)
        last = await save(stack.deps.store, tmp_path)

    for tenth in range(11):
        moment = first.reach.earliest + (last.reach.latest - first.reach.earliest) * tenth / 10
        await empty.client.drop_database(empty.database.name)

        await restore(empty, Archive(tmp_path), to=moment, now=read_wall_clock())

        assert await differences(stack, empty) == []
