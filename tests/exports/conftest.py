"""Exports are read from a running stack in which a few things have happened."""

from collections.abc import AsyncIterator
from datetime import date

import pytest

from tests.journeys.asking import a_plan, subscribe
from tests.stack import Stack, local, running_stack, settings_for

CANCEL = """
mutation($input: CancelSubscriptionInput!) { cancelSubscription(input: $input) { userErrors { code } } }"""


@pytest.fixture(scope="module")
async def stack(
    mongo_url: str, redis_url: str, database_name: str, stream_prefix: str
) -> AsyncIterator[Stack]:
    settings = settings_for(mongo_url, redis_url, database=database_name, prefix=stream_prefix)
    async with running_stack(settings) as running:
        await _a_little_business(running)
        yield running


async def _a_little_business(stack: Stack) -> None:
    """Two months of three customers; what two of them wrote is made to be run by a spreadsheet."""
    await stack.advance(to=local(date(2028, 1, 10)))
    plan_id = await a_plan(stack, name='=HYPERLINK("http://evil","x")')
    yearly = await a_plan(stack, name="Yearly", billingCycle="ANNUAL", price={"amount": "299.90"})
    await subscribe(stack, plan_id, "ana@example.com", card="tok_visa", skipTrial=True)
    leaving = await subscribe(stack, plan_id, "=bia@example.com", card="tok_visa", skipTrial=True)
    await subscribe(stack, yearly, "caio@example.com", card="tok_charge_declined", skipTrial=True)
    await stack.advance(to=local(date(2028, 2, 15)))
    given = {"subscriptionId": leaving, "cancelImmediately": True, "reason": "caro;=1+1"}
    await stack.data(CANCEL, {"input": given})
    await stack.idle()
