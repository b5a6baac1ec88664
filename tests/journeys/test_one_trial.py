"""Rule 10: a trial is a person's, whatever form of their address they write, and whoever shows their card."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

import pytest

from ciclo.settings.settings import Settings
from tests.chaos.cards import by_stripe
from tests.gateways.fake_stripe import FakeStripe
from tests.gateways.serving import serving
from tests.journeys.asking import a_plan
from tests.stack import Stack, running_stack, settings_for

CREATE: Final = """mutation($input: CreateSubscriptionInput!) {
  createSubscription(input: $input) { subscription { id trialEndsOn } userErrors { code } } }"""
PREVIEW: Final = """query($input: PreviewCreationInput!) { previewCreation(input: $input) { trialEndsOn } }"""


@pytest.fixture
def settings(mongo_url: str, redis_url: str, database_name: str, stream_prefix: str) -> Settings:
    return settings_for(mongo_url, redis_url, database=database_name, prefix=stream_prefix)


@pytest.fixture
async def stack(settings: Settings) -> AsyncIterator[Stack]:
    async with running_stack(settings) as running:
        yield running


async def has_trial(stack: Stack, plan_id: str, email: str, **more: Any) -> bool:
    """Subscribe somebody; return whether it begins with a trial."""
    given = {"planId": plan_id, "customerEmail": email} | more
    created = (await stack.data(CREATE, {"input": given}))["createSubscription"]
    assert created["userErrors"] == []
    return created["subscription"]["trialEndsOn"] is not None


@pytest.mark.parametrize(
    ("email", "again"),
    [
        ("ana+2@example.com", False),
        ("ana+@example.com", False),
        ("anna@example.com", True),
        ("ana@example.org", True),
        ("+ana@example.com", True),
    ],
)
async def test_another_form_of_an_address_gets_no_second_trial(stack: Stack, email: str, again: bool) -> None:  # noqa: FBT001 - a table's column
    plan_id = await a_plan(stack)

    assert await has_trial(stack, plan_id, "ana@example.com")
    preview = await stack.data(PREVIEW, {"input": {"planId": plan_id, "customerEmail": email}})

    assert (preview["previewCreation"]["trialEndsOn"] is not None) == again
    assert await has_trial(stack, plan_id, email) == again


async def test_of_many_who_come_at_once_one_has_the_trial(stack: Stack) -> None:
    plan_id = await a_plan(stack)

    begun = await asyncio.gather(
        *(has_trial(stack, plan_id, f"ana+{number}@example.com") for number in range(8))
    )

    assert sorted(begun) == [False] * 7 + [True]


async def test_a_plan_without_a_trial_uses_none(stack: Stack) -> None:
    with_trial, without = await a_plan(stack), await a_plan(stack, name="Plain", trialDays=0)

    assert not await has_trial(stack, without, "ana@example.com")
    assert await has_trial(stack, with_trial, "ana+2@example.com")


@pytest.mark.parametrize(
    ("first", "second", "again"), [("fp_1", "fp_1", False), ("fp_1", "fp_2", True), (None, None, True)]
)
async def test_the_same_card_gets_no_second_trial(
    settings: Settings,
    first: str | None,
    second: str | None,
    again: bool,  # noqa: FBT001 - a table's column
) -> None:
    stripe = FakeStripe()
    async with serving(stripe.app()) as url, running_stack(by_stripe(settings, url)) as stack:
        plan_id = await a_plan(stack)
        by_card = [{"cardToken": stripe.method(fingerprint=card).id} for card in (first, second)]

        assert await has_trial(stack, plan_id, "ana@example.com", paymentMethod=by_card[0])
        assert await has_trial(stack, plan_id, "bia@example.com", paymentMethod=by_card[1]) == again
