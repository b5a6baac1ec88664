"""Proves that the Redis on a local port is the one that was started, before anything is entrusted to it."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, BusyLoadingError, RedisError
from redis.exceptions import ConnectionError as NoConnection
from redis.exceptions import TimeoutError as NoAnswer
from redis.retry import Retry

LOOPBACK: Final = "127.0.0.1"
READY_S_MAX: Final = 60.0
ANSWER_S_MAX: Final = 2.0
POLL_S: Final = 0.02


class NotOurRedis(Exception):
    """Something else answers on the port."""


def prove(
    port: int,
    *,
    folder: Path,
    password: str,
    check: Callable[[], None] = lambda: None,
    wait_s_max: float = READY_S_MAX,
) -> None:
    """Block until the server on 127.0.0.1:*port* takes commands.

    Args:
        port: Where it listens.
        folder: The data folder of the server that is meant.
        password: What it asks for.
        check: Called while waiting; raises when waiting is pointless (it has died).
        wait_s_max: The longest wait in all.

    Raises:
        NotOurRedis: another one answers: it knows another password, or keeps its data elsewhere.
        TimeoutError: none answers in time.
    """
    deadline = time.monotonic() + wait_s_max
    with Redis(
        host=LOOPBACK,
        port=port,
        password=password,
        protocol=2,
        decode_responses=True,
        socket_timeout=ANSWER_S_MAX,
        retry=Retry(NoBackoff(), 0),
    ) as server:
        while True:
            check()
            try:
                data = server.config_get("dir")["dir"]
                server.ping()  # is refused while it still loads its data
            except AuthenticationError as error:
                raise NotOurRedis(f"another server is on port {port}: {error}") from error
            except (BusyLoadingError, NoConnection, NoAnswer):
                pass  # not yet
            except RedisError as error:
                raise NotOurRedis(f"another server is on port {port}: {error}") from error
            else:
                if Path(data) == folder.resolve():
                    return
                raise NotOurRedis(f"the server on port {port} keeps its data elsewhere")
            if time.monotonic() >= deadline:
                raise TimeoutError(f"no Valkey on port {port} within {wait_s_max:.0f} s")
            time.sleep(POLL_S)
