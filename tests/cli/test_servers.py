"""Real servers come up as the stack needs them, keep their data, and are never taken for others."""

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pymongo
import pytest
import redis

from ciclo.localstack.errors import LocalStackError
from ciclo.localstack.folder import StackFolder, lock_folder, read_json
from ciclo.localstack.keys import keys_of
from ciclo.localstack.programs import Program, Unfit, examine, find_mongod, find_valkey
from ciclo.localstack.servers import Server, external_server, local_valkey, remember_ports, servers_for
from ciclo.localstack.supervisor import Supervisor
from ciclo.store.mongo.replica_set import NotOurMongo, initiate
from ciclo.streams import local_server
from tests.servers import ANY_PORT, Servers


@contextmanager
def running(root: Path, *, ports: Mapping[str, int] = ANY_PORT) -> Iterator[tuple[Server, Server]]:
    """Run both servers with their data in *root*."""
    folder = StackFolder(root)
    with lock_folder(folder), Supervisor(logs=folder.logs) as supervisor:
        servers = servers_for(folder, keys_of(folder), given={}, ports=ports)
        for server in servers:
            assert server.process is not None
            supervisor.start(server.process)
        remember_ports(folder, *servers)
        for server in servers:
            server.prove(supervisor.require_all_alive)
        yield servers


def taken(port: int) -> socket.socket:
    """Return a socket that keeps *port* from everyone else."""
    held = socket.socket()
    held.bind(("127.0.0.1", port))
    return held


def documents(url: str) -> list[dict[str, Any]]:
    with pymongo.MongoClient[dict[str, Any]](url, serverSelectionTimeoutMS=5_000) as client:
        return list(client["kept"]["things"].find({}, {"_id": True}))


def insert_in_transaction(url: str, name: str) -> None:
    with (
        pymongo.MongoClient[dict[str, Any]](url, serverSelectionTimeoutMS=5_000) as client,
        client.start_session() as session,
        session.start_transaction(),
    ):
        client["kept"]["things"].insert_one({"_id": name}, session=session)


def test_transactions_work_and_data_outlives_a_restart_on_other_ports(tmp_path: Path) -> None:
    root = tmp_path / "data"
    with running(root) as (mongo, valkey):
        insert_in_transaction(mongo.url, "first")
        with redis.Redis.from_url(valkey.url, decode_responses=True) as client:
            client.xadd("events", {"id": "evt_1"}, "1-0")
            policies = client.config_get("append*", "maxmemory-policy", "save", "bind")
    before = read_json(StackFolder(root).ports)

    # The old ports are taken meanwhile: the replica set follows its mongod to a new one.
    with (
        taken(before["mongo"]),
        taken(before["valkey"]),
        running(root) as (mongo, valkey),
    ):
        after = read_json(StackFolder(root).ports)
        insert_in_transaction(mongo.url, "second")
        with redis.Redis.from_url(valkey.url, decode_responses=True) as client:
            entries = client.xrange("events")

    assert {"appendonly": "yes", "appendfsync": "everysec", "save": ""}.items() <= policies.items()
    assert (policies["maxmemory-policy"], policies["bind"]) == ("noeviction", "127.0.0.1")
    assert entries == [("1-0", {"id": "evt_1"})]
    assert after["mongo"] != before["mongo"]
    assert after["valkey"] != before["valkey"]
    with running(root) as (mongo, _):
        assert read_json(StackFolder(root).ports) == after
        assert documents(mongo.url) == [{"_id": "first"}, {"_id": "second"}]


def test_a_server_of_another_folder_is_not_talked_to(servers: Servers, tmp_path: Path) -> None:
    folder = StackFolder(tmp_path / "data")
    with lock_folder(folder):
        keys = keys_of(folder)
    mongo_port, valkey_port = (urlsplit(url).port for url in (servers.mongo_url, servers.redis_url))
    assert mongo_port is not None
    assert valkey_port is not None

    with pytest.raises(NotOurMongo, match="a mongod with data in"):
        initiate(mongo_port, name=keys.replica_set, dbpath=folder.mongo)
    ours = local_valkey(folder, keys, port=valkey_port, program=find_valkey())
    with pytest.raises(
        LocalStackError, match=f"another server is on port {valkey_port}: invalid username-password"
    ):
        ours.prove(lambda: None)


def test_waiting_for_a_server_that_does_not_come_is_bounded(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    with pytest.raises(TimeoutError, match=f"nothing listens on port {port}"):
        initiate(port, name="rs0", dbpath=tmp_path, wait_s_max=0.1)


def test_an_address_from_the_environment_starts_nothing(servers: Servers, tmp_path: Path) -> None:
    folder = StackFolder(tmp_path / "data")
    given = {"CICLO_MONGO_URL": servers.mongo_url, "CICLO_REDIS_URL": servers.redis_url}
    with lock_folder(folder):
        found = servers_for(folder, keys_of(folder), given=given)

    assert [(server.url, server.process) for server in found] == [
        (servers.mongo_url, None),
        (servers.redis_url, None),
    ]
    assert not any("@" in server.where for server in found)


def test_the_address_of_an_earlier_run_here_is_no_foreign_server(tmp_path: Path) -> None:
    folder = StackFolder(tmp_path / "data")
    with lock_folder(folder):
        keys = keys_of(folder)
        first = servers_for(folder, keys, given={}, ports=ANY_PORT)
        evaluated = dict(zip(("CICLO_MONGO_URL", "CICLO_REDIS_URL"), (one.url for one in first), strict=True))

        again = servers_for(folder, keys, given=evaluated, ports=ANY_PORT)

    assert all(server.process is not None for server in again)


def test_an_address_where_nothing_answers_is_refused_by_the_name_of_its_variable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    server = external_server(
        "MongoDB", f"mongodb://u:secret@127.0.0.1:{port}/?a=b", variable="CICLO_MONGO_URL"
    )

    with pytest.raises(LocalStackError) as refused:
        server.prove(lambda: None)

    assert refused.value.cause.startswith(f"CICLO_MONGO_URL names 127.0.0.1:{port}, where nothing answers")
    assert refused.value.remedy == "unset CICLO_MONGO_URL, and a server is started here"


@pytest.mark.parametrize("url", ["mongodb+srv://cluster.example.com/ciclo", "redis://cache.example.com"])
def test_an_address_without_a_port_is_left_to_the_driver(url: str) -> None:
    external_server("MongoDB", url, variable="CICLO_MONGO_URL").prove(lambda: None)


def test_the_servers_of_the_extra_run_here() -> None:
    mongod, valkey = find_mongod(), find_valkey()

    assert (mongod.product, valkey.product in {"Valkey", "Redis"}) == ("MongoDB", True)


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("echo 'Redis server v=6.0.16 sha=0'", "version 6.0.16 is too old, 6.2 is needed"),
        ("echo 'libcurl.so.4: cannot open shared object file' >&2; exit 127", "libcurl.so.4: cannot open"),
        ("echo hello", "hello"),
    ],
)
def test_a_server_that_will_not_do_is_passed_over_with_a_reason(
    tmp_path: Path, script: str, reason: str
) -> None:
    program = tmp_path / "redis-server"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")

    judged = examine(program, "PATH", product="Valkey", least=(6, 2))

    assert isinstance(judged, Unfit)
    assert judged.reason.startswith(reason)


def test_a_server_without_its_run_bit_is_given_one(tmp_path: Path) -> None:
    program = tmp_path / "redis-server"
    program.write_text("#!/bin/sh\necho 'Redis server v=7.0.15 sha=0'\n", encoding="utf-8")

    assert examine(program, "PATH", product="Valkey", least=(6, 2)) == Program(
        path=program, product="Redis", version="7.0.15", origin="PATH"
    )


def test_a_redis_that_keeps_its_data_elsewhere_is_not_ours(servers: Servers, tmp_path: Path) -> None:
    address = urlsplit(servers.redis_url)
    assert address.port is not None

    with pytest.raises(local_server.NotOurRedis, match="keeps its data elsewhere"):
        local_server.prove(address.port, folder=tmp_path, password=str(address.password))


def test_an_answer_in_another_language_is_not_a_redis(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        other.settimeout(5)
        port = other.getsockname()[1]

        def answer() -> None:
            connection, _ = other.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(local_server.NotOurRedis, match="another server is on port"):
            local_server.prove(port, folder=tmp_path, password="any")
        thread.join()


def test_a_redis_that_never_comes_is_not_waited_for_longer_than_that(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    with pytest.raises(TimeoutError, match="no Valkey on port"):
        local_server.prove(port, folder=tmp_path, password="any", wait_s_max=0.1)
