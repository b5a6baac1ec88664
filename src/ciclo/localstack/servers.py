"""MongoDB and Valkey for one data folder: given by address, or started here and proved to be ours."""

import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

from ciclo.localstack.errors import LocalStackError
from ciclo.localstack.folder import StackFolder, read_json, write_private
from ciclo.localstack.keys import Keys
from ciclo.localstack.ports import PORT_MAX, free_port
from ciclo.localstack.processes import Process, StopStage
from ciclo.localstack.programs import Program, find_mongod, find_valkey

USUAL_PORTS: Final = MappingProxyType({"mongo": 27_117, "valkey": 6_390})
"""Not the products' own ports, which servers that are already here may have."""
REACH_S_MAX: Final = 5.0
CACHE_GB: Final = "0.5"
OPLOG_MB: Final = "512"

Check = Callable[[], None]
"""Raises when waiting on is pointless."""


@dataclass(frozen=True, kw_only=True)
class Server:
    """A server that the stack uses."""

    label: str
    url: str
    where: str
    """For people: address and data, without a password."""
    process: Process | None
    """None: it was given, and is not ours to start or stop."""
    prove: Callable[[Check], None]
    """Waits until it is ready, and makes sure that it is the one that was started."""


def servers_for(
    folder: StackFolder, keys: Keys, *, given: Mapping[str, str], ports: Mapping[str, int] = USUAL_PORTS
) -> tuple[Server, Server]:
    """Return the MongoDB and the Redis to use.

    Args:
        folder: Where servers of our own keep their data.
        keys: Their secrets.
        given: The environment. An address in it wins, unless it is that of an earlier run here, as after
            `eval "$(ciclo env)"`.
        ports: Which ports to prefer where no earlier run has noted any; 0 for any.

    Raises:
        Fault: a server must be started and none is installed.
    """
    mongo_url, redis_url = given.get("CICLO_MONGO_URL", ""), given.get("CICLO_REDIS_URL", "")
    wanted = dict(ports) | read_json(folder.ports)
    mongo = (
        external_server("MongoDB", mongo_url, variable="CICLO_MONGO_URL")
        if mongo_url and keys.replica_set not in mongo_url
        else local_mongo(folder, keys, port=_port(wanted["mongo"]), program=find_mongod())
    )
    redis = (
        external_server("Redis", redis_url, variable="CICLO_REDIS_URL")
        if redis_url and keys.valkey not in redis_url
        else local_valkey(folder, keys, port=_port(wanted["valkey"]), program=find_valkey())
    )
    return mongo, redis


def remember_ports(folder: StackFolder, *servers: Server) -> None:
    """Note the ports of our own servers, so that the next start uses them again where they are free."""
    ports = {server.process.name: urlsplit(server.url).port for server in servers if server.process}
    names = {"mongod": "mongo", "valkey": "valkey"}
    noted = read_json(folder.ports) | {names[process]: port for process, port in ports.items()}
    lines = ",\n  ".join(f'"{name}": {port}' for name, port in sorted(noted.items()))
    write_private(folder.ports, f"{{\n  {lines}\n}}\n")


def local_mongo(folder: StackFolder, keys: Keys, *, port: int, program: Program) -> Server:
    """Return a mongod on 127.0.0.1:*port* that is the only member of its replica set."""
    dbpath = folder.mongo.resolve()
    command = (
        str(program.path),
        *("--replSet", keys.replica_set, "--bind_ip", "127.0.0.1", "--port", str(port), "--nounixsocket"),
        *("--dbpath", str(dbpath), "--wiredTigerCacheSizeGB", CACHE_GB, "--oplogSize", OPLOG_MB, "--quiet"),
    )

    def prove(check: Check) -> None:
        # pymongo takes a third of a second to import, while the server comes up.
        from ciclo.store.mongo.replica_set import NotOurMongo, initiate  # noqa: PLC0415 - see the line above

        try:
            initiate(port, name=keys.replica_set, dbpath=dbpath, check=check)
        except (NotOurMongo, TimeoutError) as error:
            raise LocalStackError(str(error), remedy=f"see {folder.logs / 'mongod.log'}") from error

    return Server(
        label=f"{program.product} {program.version}",
        url=f"mongodb://127.0.0.1:{port}/?replicaSet={keys.replica_set}",
        where=f"127.0.0.1:{port}, replica set {keys.replica_set}, data in {folder.mongo}",
        process=Process(name="mongod", command=command, environment=_plain(), stage=StopStage.MONGO),
        prove=prove,
    )


def local_valkey(folder: StackFolder, keys: Keys, *, port: int, program: Program) -> Server:
    """Return a Valkey or Redis on 127.0.0.1:*port* with an append-only file; writes its configuration."""
    configuration = folder.valkey / "valkey.conf"
    write_private(
        configuration, _valkey_configuration(folder.valkey.resolve(), port=port, password=keys.valkey)
    )
    command = (str(program.path), str(configuration.resolve()))

    def prove(check: Check) -> None:
        # redis-py takes a quarter of a second to import, while the server comes up.
        from ciclo.streams import local_server  # noqa: PLC0415 - see above

        try:
            local_server.prove(port, folder=folder.valkey, password=keys.valkey, check=check)
        except (local_server.NotOurRedis, TimeoutError) as error:
            raise LocalStackError(str(error), remedy=f"see {folder.logs / 'valkey.log'}") from error

    return Server(
        label=f"{program.product} {program.version}",
        url=f"redis://:{keys.valkey}@127.0.0.1:{port}/0",
        where=f"127.0.0.1:{port}, append-only file in {folder.valkey}",
        process=Process(name="valkey", command=command, environment=_plain(), stage=StopStage.REDIS),
        prove=prove,
    )


def external_server(label: str, url: str, *, variable: str) -> Server:
    """Return the server at *url*, which *variable* gave; it is looked for but not proved to be anyone's."""
    hosts = url.partition("://")[2].rpartition("@")[2].partition("/")[0]

    def prove(_check: Check) -> None:
        address = urlsplit(f"//{hosts.partition(',')[0]}")
        if address.port is None or address.hostname is None:
            return  # a service name (mongodb+srv) or a usual port: the driver knows what to do
        try:
            socket.create_connection((address.hostname, address.port), timeout=REACH_S_MAX).close()
        except OSError as error:
            raise LocalStackError(
                f"{variable} names {hosts}, where nothing answers: {error}",
                remedy=f"unset {variable}, and a server is started here",
            ) from error

    return Server(
        label=label,
        url=url,
        where=f"{hosts}, as {variable} says: not started here",
        process=None,
        prove=prove,
    )


def _port(wanted: object) -> int:
    return free_port(wanted if isinstance(wanted, int) and 0 < wanted <= PORT_MAX else 0)


def _plain() -> dict[str, str]:
    """Return the environment for servers: they need none of our secrets."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "TZ", "TMPDIR") if name in os.environ}


def _valkey_configuration(data: Path, *, port: int, password: str) -> str:
    escaped = str(data).replace("\\", "\\\\").replace('"', '\\"')
    return f"""\
bind 127.0.0.1
port {port}
requirepass {password}
dir "{escaped}"
appendonly yes
appendfsync everysec
save ""
maxmemory-policy noeviction
daemonize no
"""
