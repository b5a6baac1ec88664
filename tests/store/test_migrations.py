"""Migrations: in their order, once, by one runner at a time, and on from where a killed one was."""

import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from ciclo.actions.dependencies import Deps, open_deps
from ciclo.store.mongo.client import Document, Store
from ciclo.store.mongo.migrations import (
    LEASE,
    MIGRATIONS,
    MigratedElsewhere,
    Migration,
    MigrationState,
    migrate,
    read_migration_state,
)
from tests.stack import settings_for
from tests.store.test_customer_plans import customer

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


class Steps:
    """Two steps that note what they do: the first in three batches, the second in one."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.dies_at = ""
        self.all = (
            Migration(number=1, what="one", step=self.first),
            Migration(number=2, what="two", step=self.second),
        )

    async def first(self, _: Store, after: str) -> str | None:
        following = {"": "a", "a": "b", "b": None}[after]
        if after == self.dies_at != "":
            raise ConnectionError
        self.done.append(f"1 after {after!r}")
        return following

    async def second(self, _: Store, after: str) -> str | None:
        self.done.append(f"2 after {after!r}")
        return None


@pytest.fixture
async def store(deps: Deps) -> AsyncIterator[Store]:
    done = await deps.store["migrations"].find().to_list(None)
    await deps.store["migrations"].delete_many({})
    yield deps.store
    # Other tests share the database, which is to be up to date.
    await deps.store["migrations"].delete_many({})
    await deps.store["migrations"].insert_many(done)


async def run(store: Store, steps: Steps, *, holder: str = "us", at: datetime = NOW) -> list[tuple[int, int]]:
    taken = migrate(store, holder=holder, now=lambda: at, migrations=steps.all)
    return [(migration.number, batches) async for migration, batches in taken]


async def test_every_step_is_done_in_its_order_and_once(store: Store) -> None:
    steps = Steps()
    assert await read_migration_state(store, steps.all) == MigrationState(behind=steps.all, ahead=())

    assert await run(store, steps) == [(1, 1), (1, 2), (1, 3), (2, 1)]
    assert steps.done == ["1 after ''", "1 after 'a'", "1 after 'b'", "2 after ''"]
    assert await read_migration_state(store, steps.all) == MigrationState(behind=(), ahead=())
    assert await run(store, steps) == []


async def test_a_step_that_was_ended_goes_on_where_it_was(store: Store) -> None:
    steps = Steps()
    steps.dies_at = "b"
    with pytest.raises(ConnectionError):
        await run(store, steps)
    assert (await read_migration_state(store, steps.all)).behind == steps.all
    steps.dies_at, steps.done = "", []

    assert await run(store, steps, holder="the next") == [(1, 3), (2, 1)]
    assert steps.done == ["1 after 'b'", "2 after ''"]


async def test_one_runner_works_at_a_time_until_its_lease_is_over(store: Store) -> None:
    steps = Steps()
    begun = migrate(store, holder="silent", now=lambda: NOW, migrations=steps.all)
    assert await anext(begun) == (steps.all[0], 1)

    with pytest.raises(MigratedElsewhere):
        await run(store, steps, holder="hasty", at=NOW + LEASE - timedelta(seconds=1))
    assert await run(store, steps, holder="patient", at=NOW + LEASE) == [(1, 2), (1, 3), (2, 1)]
    await begun.aclose()


async def test_a_runner_that_fell_silent_ends_when_another_has_its_place(store: Store) -> None:
    steps, later = Steps(), Steps()
    begun = migrate(store, holder="silent", now=lambda: NOW, migrations=steps.all)
    await anext(begun)
    other = migrate(store, holder="other", now=lambda: NOW + LEASE, migrations=later.all)
    await anext(other)

    with pytest.raises(MigratedElsewhere):
        await anext(begun)
    assert [one.number async for one, _ in other] == [1, 2]


async def test_a_database_of_a_newer_release_is_ahead(store: Store) -> None:
    steps = Steps()
    await run(store, steps)

    assert await read_migration_state(store, steps.all[:1]) == MigrationState(behind=(), ahead=(2,))


async def test_a_new_database_needs_none(mongo_url: str, redis_url: str) -> None:
    name = f"ciclo_new_{secrets.token_hex(4)}"
    async with open_deps(settings_for(mongo_url, redis_url, database=name, prefix=name)) as deps:
        try:
            assert await read_migration_state(deps.store) == MigrationState(behind=(), ahead=())
        finally:
            await deps.store.client.drop_database(name)


async def test_opening_to_read_makes_nothing(mongo_url: str, redis_url: str) -> None:
    name = f"ciclo_unread_{secrets.token_hex(4)}"
    settings = settings_for(mongo_url, redis_url, database=name, prefix=name)
    async with open_deps(settings, read_only=True) as deps:
        assert await deps.store.database.list_collection_names() == []
        assert (await read_migration_state(deps.store)).behind == MIGRATIONS


async def test_what_lists_are_read_by_is_given_to_documents_of_before(deps: Deps) -> None:
    customers, subscriptions = deps.store["customers"], deps.store["subscriptions"]
    ana, bia = customer(1, name="Ana Souza"), customer(2, name="Bia Souza")
    await customers.insert_many(
        [
            {name: value for name, value in ana.items() if name != "search_pairs"},
            {
                name: value
                for name, value in bia.items()
                if name not in {"name_key", "search", "search_pairs"}
            },
        ]
    )
    terms: Document = {"unit_price": 1_000, "currency": "BRL"}
    await subscriptions.insert_many(
        [
            {"_id": "sub_1", "customer_id": "cus_1", "terms": terms | {"plan_id": "plan_1"}},
            {"_id": "sub_2", "customer_id": "cus_2", "terms": terms | {"plan_id": "plan_1", "quantity": 3}},
        ]
    )

    for migration in MIGRATIONS[2:]:
        position: str | None = ""
        while position is not None:
            position = await migration.step(deps.store, position)

    found = [one["search_pairs"] async for one in customers.find({}).sort("_id", 1)]
    assert found == [["ana+sou", "ana+use", "sou+use"], ["bia+sou", "bia+use", "sou+use"]]
    assert [one["price"] async for one in subscriptions.find({}).sort("_id", 1)] == [1_000, 3_000]
