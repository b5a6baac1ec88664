"""What is attacked: one stack for all attacks of a module, with a customer who has a history.

No longer than that: its workers would go on beside whatever is tested next.
"""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from itertools import count

import pytest

from ciclo.actions.dependencies import generate_id
from tests.attacks.target import Target, Waits, a_target
from tests.journeys.asking import a_plan, subscribe
from tests.stack import Stack, running_stack, settings_for, token

MALLORY = "mallory@example.com"
INVOICES = 40
"""So many has the customer who attacks."""
CODES = 10
"""As many PIX codes."""

_numbers = count()


@pytest.fixture(scope="module")
async def target(
    mongo_url: str, redis_url: str, database_name: str, stream_prefix: str
) -> AsyncIterator[Target]:
    settings = settings_for(
        mongo_url,
        redis_url,
        database=f"{database_name}_attacks",
        prefix=f"{stream_prefix}-attacks",
        requests_per_minute=1_200,
    )
    async with running_stack(settings) as stack:
        by_card, by_pix = await a_plan(stack, trialDays=0), await a_plan(stack, name="By PIX", trialDays=0)
        await subscribe(stack, by_card, MALLORY, card="tok_visa")
        pix = {"pix": {"payerName": "Mallory"}}
        await subscribe(stack, by_pix, MALLORY, paymentMethod=pix)
        await multiply(stack, "invoices", {"status": "PAID"}, times=INVOICES)
        await multiply(stack, "payments", {"method.kind": "PIX"}, times=CODES)
        async with a_target(stack, settings) as target:
            yield target


async def multiply(stack: Stack, name: str, query: dict[str, str], *, times: int) -> None:
    """Store copies of a document until there are so many: a history of years, in no time."""
    original = await stack.deps.store[name].find_one(query)
    assert original is not None
    prefix, created = original["_id"].partition("_")[0], await stack.deps.clock.now()
    for number in range(1, times):
        copy = {**original, "_id": generate_id(prefix, created - timedelta(days=number))}
        if "number" in copy:
            copy["number"] = f"COPY-{number:06}"
        if copy.get("pix"):
            copy["pix"] = {**copy["pix"], "copy_paste": f"{copy['pix']['copy_paste']}{number}"}
        await stack.deps.store[name].insert_one(copy)


@pytest.fixture(scope="module")
async def quiet(target: Target) -> Waits:
    return await target.quiet()


@pytest.fixture
def tokens() -> Iterator[str]:
    """Tokens of the customer, each with an allowance of its own, as if they had several ways in."""
    return (token(role="customer", email=MALLORY, subject=f"mallory-{number}") for number in _numbers)
