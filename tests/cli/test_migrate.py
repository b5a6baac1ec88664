"""`ciclo migrate`: what it says and does, and its exit code."""

from collections.abc import Iterator
from pathlib import Path

import pymongo
import pytest

from tests.cli.test_commands import ciclo
from tests.servers import Servers

STEPS = [
    "1  seal the histories of before there were digests",
    "2  make plans that differ by price only prices of a product",
    "3  give customers the words by which they are found",
    "4  drop indexes that nothing is found by any more",
    "5  give customers the pairs of words by which they are found",
    "6  keep the price that subscriptions are sorted by",
    "7  let addresses that nobody has proved stand beside others",
]


@pytest.fixture
def environment(servers: Servers, database_name: str) -> Iterator[dict[str, str]]:
    """A database of an older release, by its settings: nothing says that a migration was done."""
    database = f"{database_name}_migrated"
    with pymongo.MongoClient(servers.mongo_url) as client:
        client.drop_database(database)
        client[database].create_collection("subscriptions")
        yield {
            "CICLO_MONGO_URL": servers.mongo_url,
            "CICLO_REDIS_URL": servers.redis_url,
            "CICLO_MONGO_DATABASE": database,
            "CICLO_JWT_SECRET": "a secret of the tests, long enough for HS256",
            "CICLO_WEBHOOK_SECRETS": "whsec_YSB3ZWJob29rIHNlY3JldCBvZiB0aGUgdGVzdHMuLi4=",
        }
        client.drop_database(database)


def test_what_is_to_be_done_is_told_done_once_and_told_again(
    environment: dict[str, str], tmp_path: Path
) -> None:
    def migrate(*options: str) -> tuple[int, list[str]]:
        code, said, _ = ciclo("migrate", *options, folder=tmp_path, environment=environment)
        return code, said.splitlines()

    done = [f"{step}: done" for step in STEPS]
    assert migrate("--check") == (1, [f"{step}: to be done" for step in STEPS])
    assert migrate() == (0, [*(f"{step}: batch 1" for step in STEPS), *done])
    assert migrate() == (0, done)
    assert migrate("--check") == (0, done)


def test_a_step_of_a_newer_release_is_told(
    environment: dict[str, str], servers: Servers, tmp_path: Path
) -> None:
    ciclo("migrate", folder=tmp_path, environment=environment)
    with pymongo.MongoClient(servers.mongo_url) as client:
        steps = client[environment["CICLO_MONGO_DATABASE"]]["migrations"]
        first = steps.find_one({"_id": 1})
        assert first is not None
        steps.insert_one({**first, "_id": 99})

    code, said, _ = ciclo("migrate", "--check", folder=tmp_path, environment=environment)

    assert (code, said.splitlines()[-1]) == (0, "99  a step of a newer release: done")
