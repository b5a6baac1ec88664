"""Makes a local mongod the only member of a replica set, since transactions need one."""

import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import AutoReconnect, OperationFailure

LOOPBACK: Final = "127.0.0.1"
PRIMARY_S_MAX: Final = 60.0
POLL_S: Final = 0.02
ANSWER_MS_MAX: Final = 5_000

_ALREADY_INITIALIZED: Final = 23
_NOT_YET: Final = frozenset({94, 109, 11602})
"""NotYetInitialized, ConfigurationInProgress, InterruptedDueToReplStateChange: ask again."""

Document = dict[str, Any]


class NotOurMongo(Exception):
    """Something else answers on the port."""


def initiate(
    port: int,
    *,
    name: str,
    dbpath: Path,
    check: Callable[[], None] = lambda: None,
    wait_s_max: float = PRIMARY_S_MAX,
) -> str:
    """Block until the mongod on *port* is the primary of replica set *name*; return its version.

    Safe to repeat, and on a new port: the one member's address is then rewritten.

    Args:
        port: Where mongod listens on 127.0.0.1.
        name: The replica set's name, as given to mongod.
        dbpath: The data folder of the mongod that is meant.
        check: Called while waiting; raises when waiting is pointless (mongod has died).
        wait_s_max: The longest wait in all.

    Raises:
        NotOurMongo: the server on *port* keeps its data elsewhere.
        TimeoutError: no primary in time.
    """
    deadline = time.monotonic() + wait_s_max
    _wait_for_port(port, check=check, deadline=deadline)
    direct: MongoClient[Document]
    with MongoClient(
        LOOPBACK, port, directConnection=True, serverSelectionTimeoutMS=ANSWER_MS_MAX, timeoutMS=ANSWER_MS_MAX
    ) as direct:
        _prove_identity(direct.admin, dbpath)
        while not _is_primary(direct.admin, name):
            check()
            _pause(deadline, f"mongod on port {port} did not become primary within {wait_s_max:.0f} s")
            _configure(direct.admin, name=name, host=f"{LOOPBACK}:{port}")
    # The client above learned before the initiation that sessions are unknown: a new one must see them.
    proof: MongoClient[Document]
    with MongoClient(
        LOOPBACK, port, replicaSet=name, serverSelectionTimeoutMS=ANSWER_MS_MAX, timeoutMS=ANSWER_MS_MAX
    ) as proof:
        return str(proof.admin.command("buildInfo")["version"])


def _wait_for_port(port: int, *, check: Callable[[], None], deadline: float) -> None:
    """Wait until something listens; the driver itself would look only every half second."""
    while True:
        check()
        try:
            socket.create_connection((LOOPBACK, port), timeout=1.0).close()
        except OSError:
            _pause(deadline, f"nothing listens on port {port}")
        else:
            return


def _prove_identity(admin: Database[Document], dbpath: Path) -> None:
    options = admin.command("getCmdLineOpts")["parsed"]
    theirs = options.get("storage", {}).get("dbPath", "unknown")
    if Path(theirs).resolve() != dbpath.resolve():
        raise NotOurMongo(f"a mongod with data in {theirs} answers, not the one in {dbpath}")


def _is_primary(admin: Database[Document], name: str) -> bool:
    hello = admin.command("hello")
    return hello.get("setName") == name and hello.get("isWritablePrimary") is True


def _configure(admin: Database[Document], *, name: str, host: str) -> None:
    """Initiate the set, or move its only member to *host*; a node that is not ready yet is left alone."""
    try:
        admin.command("replSetInitiate", {"_id": name, "members": [{"_id": 0, "host": host}]})
    except AutoReconnect:
        return
    except OperationFailure as error:
        if error.code in _NOT_YET:
            return
        if error.code != _ALREADY_INITIALIZED:
            raise
        _move(admin, host=host)


def _move(admin: Database[Document], *, host: str) -> None:
    try:
        config = admin.command("replSetGetConfig")["config"]
    except OperationFailure as error:
        if error.code in _NOT_YET:
            return
        raise
    member = config["members"][0]
    if member["host"] == host:
        return
    member["host"] = host
    config["version"] += 1
    # Forced: the node knows itself only by its old address, so nobody could agree.
    admin.command("replSetReconfig", config, force=True)


def _pause(deadline: float, complaint: str) -> None:
    if time.monotonic() >= deadline:
        raise TimeoutError(complaint)
    time.sleep(POLL_S)
