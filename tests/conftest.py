"""What every test may use: one MongoDB and one Valkey per run, and names of its own in them per process."""

import fcntl
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pymongo
import pytest
import structlog

from tests.servers import Servers, scratch, start

PURE: Final = tuple(
    Path(__file__).parent / name
    for name in ("actions", "documents", "domain", "gateways", "install", "supply_chain", "web")
)
"""Folders whose tests need no server."""

_SERVERS: Final = pytest.StashKey[Servers]()
_FOLDER: Final = pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    # A shell that has seen `eval "$(ciclo env)"` must not lead the tests to its stack.
    for name in [name for name in os.environ if name.startswith("CICLO_")]:
        del os.environ[name]
    if _gives_out_work(config) and not _only_pure(config):
        _start(config)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    servers = node.config.stash.get(_SERVERS, None)
    if servers is not None:
        node.workerinput["mongo_url"] = servers.mongo_url
        node.workerinput["redis_url"] = servers.redis_url


def pytest_unconfigure(config: pytest.Config) -> None:
    servers = config.stash.get(_SERVERS, None)
    if servers is not None:
        servers.stop()
        shutil.rmtree(config.stash[_FOLDER], ignore_errors=True)


@pytest.fixture(scope="session")
def servers(pytestconfig: pytest.Config) -> Servers:
    """A MongoDB replica set and a Valkey, shared by the whole run: use names of your own in them."""
    given: dict[str, Any] | None = getattr(pytestconfig, "workerinput", None)
    if given is not None:
        return Servers(mongo_url=given["mongo_url"], redis_url=given["redis_url"], stop=lambda: None)
    return pytestconfig.stash.get(_SERVERS, None) or _start(pytestconfig)


@pytest.fixture(scope="session")
def mongo_url(servers: Servers) -> str:
    return servers.mongo_url


@pytest.fixture(scope="session")
def redis_url(servers: Servers) -> str:
    return servers.redis_url


@pytest.fixture
def logging_put_back() -> Iterator[None]:
    """Put logging back as it was: what configures it is meant for a process that ends."""
    root = logging.getLogger()
    kept_handlers, kept_level = root.handlers, root.level
    yield
    root.handlers, root.level = kept_handlers, kept_level
    structlog.reset_defaults()


@pytest.fixture
def failpoints_alone(mongo_url: str) -> Iterator[None]:
    """Let tests of other processes wait: a server has one failpoint of a kind."""
    port = pymongo.uri_parser.parse_uri(mongo_url)["nodelist"][0][1]
    with (Path(tempfile.gettempdir()) / f"ciclo-failpoint-{port}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def database_name(worker_id: str) -> str:
    """A database that no other process of this run uses."""
    return f"ciclo_{worker_id}"


@pytest.fixture(scope="session")
def stream_prefix(worker_id: str) -> str:
    """A stream prefix that no other process of this run uses."""
    return f"ciclo-{worker_id}"


def _gives_out_work(config: pytest.Config) -> bool:
    """Return whether this process is xdist's controller."""
    return (
        not hasattr(config, "workerinput")
        and config.getoption("dist", "no") != "no"
        and not config.option.collectonly
    )


def _only_pure(config: pytest.Config) -> bool:
    """Return whether all that was asked for lies in the folders that need no server."""
    asked = [
        (config.invocation_params.dir / argument.partition("::")[0]).resolve() for argument in config.args
    ]
    return all(any(one.is_relative_to(folder) for folder in PURE) for one in asked)


def _start(config: pytest.Config) -> Servers:
    config.stash[_FOLDER] = scratch()
    config.stash[_SERVERS] = start(config.stash[_FOLDER])
    return config.stash[_SERVERS]
