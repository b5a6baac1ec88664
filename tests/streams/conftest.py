"""Streams with a prefix of their own on the shared server, and servers of one test's own."""

import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from ciclo.streams.connection import Streams, open_streams
from tests.streams.server import Server, a_server


@pytest.fixture
async def streams(redis_url: str) -> AsyncIterator[Streams]:
    opened = open_streams(redis_url, prefix=f"test-{secrets.token_hex(6)}")
    yield opened
    await opened.aclose()


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Server]:
    """A server that the test may empty, stop and restart."""
    with a_server(tmp_path) as server:
        yield server


@pytest.fixture
async def own_streams(own_server: Server) -> AsyncIterator[Streams]:
    opened = open_streams(own_server.url, prefix="test")
    yield opened
    await opened.aclose()
