import asyncio
import secrets

from ciclo.actions.clock import read_wall_clock
from ciclo.actions.dependencies import Deps
from ciclo.store.mongo.client import open_store
from ciclo.store.mongo.indexes import COLLECTIONS, prepare
from ciclo.store.mongo.retired_indexes import RETIRED, drop_retired
from tests.stack import settings_for


async def test_many_processes_may_prepare_an_empty_database_at_once(mongo_url: str, redis_url: str) -> None:
    name = f"ciclo_fresh_{secrets.token_hex(4)}"
    stores = [open_store(settings_for(mongo_url, redis_url, database=name, prefix=name)) for _ in range(8)]
    try:
        await asyncio.gather(*(prepare(store, now=read_wall_clock()) for store in stores))
        made = set(await stores[0].database.list_collection_names())
        assert made == set(COLLECTIONS)
        for collection, indexes in COLLECTIONS.items():
            found = await stores[0][collection].index_information()
            assert {index.document["name"] for index in indexes} <= set(found)
    finally:
        await stores[0].client.drop_database(name)
        for store in stores:
            store.close()


async def test_indexes_that_nothing_asks_for_any_more_are_dropped_once_and_never_made(deps: Deps) -> None:
    for collection, names in RETIRED.items():
        assert not {index.document["name"] for index in COLLECTIONS[collection]} & set(names)
        for name in names:
            await deps.store[collection].create_index("once", name=name)

    for _ in range(2):
        assert await drop_retired(deps.store, "") is None
        for collection, indexes in COLLECTIONS.items():
            found = await deps.store[collection].index_information()
            assert set(found) == {"_id_", *(index.document["name"] for index in indexes)}
