"""`ciclo listen` and `ciclo trigger`: a receiver at a desk hears what really happens."""

import asyncio
from datetime import UTC, datetime

import pytest

from ciclo.actions.webhooks.secrets import generate_secret
from ciclo.domain.webhooks.message import MessageType
from ciclo.localstack.errors import LocalStackError
from ciclo.simulation.api import Api
from ciclo.simulation.listen import ListenOptions, listen
from ciclo.simulation.trigger import ACTS, trigger
from tests.deliveries.receiver import Receiver
from tests.stack import Stack, token, until


@pytest.mark.parametrize("type_", list(ACTS), ids=lambda one: one.value)
async def test_what_is_triggered_is_heard_at_the_desk(
    stack: Stack, receiver: Receiver, type_: MessageType
) -> None:
    secret, lines = generate_secret(), list[str]()
    options = ListenOptions(
        url=stack.url, token=stack.operator, forward_to=receiver.url, types=[type_], secret=secret
    )
    hearing = asyncio.create_task(listen(options, show=lines.append, now=lambda: datetime.now(UTC)))

    async def listened_to() -> bool:
        return await stack.deps.store["webhook_listeners"].find_one({}) is not None

    try:
        await until(listened_to)
        async with Api(stack.url, token=stack.operator) as api:
            await trigger(api, type_)

        async def heard() -> bool:
            return len(lines) > 1

        await until(heard)
    finally:
        hearing.cancel()
        await asyncio.wait({hearing})
    assert set(receiver.types()) == {type_.value}
    receiver.told[0].verify(secret)
    assert lines[1].endswith("204")


async def test_customers_can_not_listen(stack: Stack) -> None:
    customer = token(role="customer", email="ana@example.com")
    options = ListenOptions(url=stack.url, token=customer, forward_to=None, types=[], secret="")
    with pytest.raises(LocalStackError, match="operators only"):
        await listen(options, show=lambda _: None, now=lambda: datetime.now(UTC))


async def test_who_listens_to_nobody_hears_so() -> None:
    options = ListenOptions(url="http://127.0.0.1:9", token="", forward_to=None, types=[], secret="")
    with pytest.raises(LocalStackError, match="can't be listened to"):
        await listen(options, show=lambda _: None, now=lambda: datetime.now(UTC))
