"""Servers that stay up for all tests of the providers, and a fresh fake on them for each."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from starlette.applications import Starlette

from tests.gateways.fake_abacatepay import FakeAbacatePay
from tests.gateways.fake_door import FakeDoor
from tests.gateways.fake_stripe import FakeStripe
from tests.gateways.serving import Faulty, serving
from tests.gateways.worlds import AbacatePayWorld, SandboxWorld, Served, StripeWorld, World


@pytest_asyncio.fixture(scope="session")
async def door_server() -> AsyncIterator[Served]:
    server = Faulty(Starlette())
    async with serving(server) as url:
        yield Served(server, url)


@pytest_asyncio.fixture(scope="session")
async def provider_server() -> AsyncIterator[Served]:
    server = Faulty(Starlette())
    async with serving(server) as url:
        yield Served(server, url)


@pytest.fixture
def door(door_server: Served) -> FakeDoor:
    door = FakeDoor()
    door_server.server.restart(door.app())
    return door


@pytest_asyncio.fixture
async def sandbox(door: FakeDoor, door_server: Served) -> AsyncIterator[SandboxWorld]:
    world = SandboxWorld(door, door_server)
    yield world
    await world.aclose()


@pytest_asyncio.fixture
async def stripe(provider_server: Served, door: FakeDoor, door_server: Served) -> AsyncIterator[StripeWorld]:
    fake = FakeStripe()
    provider_server.server.restart(fake.app())
    world = StripeWorld(fake, provider_server, door=door, door_at=door_server)
    yield world
    await world.aclose()


@pytest_asyncio.fixture
async def abacatepay(
    provider_server: Served, door: FakeDoor, door_server: Served
) -> AsyncIterator[AbacatePayWorld]:
    fake = FakeAbacatePay()
    provider_server.server.restart(fake.app())
    world = AbacatePayWorld(fake, provider_server, door=door, door_at=door_server)
    yield world
    await world.aclose()


@pytest.fixture
def world(request: pytest.FixtureRequest) -> World:
    """The world that a test's parameter names."""
    found = request.getfixturevalue(request.param)
    assert isinstance(found, World)
    return found
