"""Ports are free when they are handed out, and a busy one is explained."""

import socket
from collections.abc import Iterator

import pytest

from ciclo.localstack.errors import LocalStackError
from ciclo.localstack.ports import free_port, is_free, open_listener


@pytest.fixture
def busy() -> Iterator[int]:
    """A port that this process listens on."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        yield taken.getsockname()[1]


@pytest.fixture
def busy_everywhere() -> Iterator[int]:
    """A port that this process listens on at all addresses."""
    with socket.create_server(("0.0.0.0", 0)) as taken:
        yield taken.getsockname()[1]


def test_a_free_port_is_kept(busy: int) -> None:
    other = free_port(0)

    assert other != busy
    assert free_port(other) == other


def test_a_busy_port_is_replaced(busy: int) -> None:
    assert free_port(busy) not in {busy, 0}


def test_a_port_taken_at_all_addresses_is_busy(busy_everywhere: int) -> None:
    assert not is_free(busy_everywhere)


def test_a_listener_takes_a_neighbour_of_a_busy_port(busy: int) -> None:
    with open_listener(busy, exactly=False) as held:
        assert held.getsockname()[1] != busy


def test_a_port_asked_for_by_number_is_taken_or_refused(busy: int) -> None:
    with pytest.raises(LocalStackError) as refused:
        open_listener(busy, exactly=True)

    assert refused.value.cause == f"port {busy} is in use"
    assert refused.value.remedy is not None
    assert refused.value.remedy.startswith("ciclo up --port ")


def test_a_held_port_is_nobody_elses_before_anyone_serves() -> None:
    with open_listener(0, exactly=False) as held:
        assert not is_free(held.getsockname()[1])
