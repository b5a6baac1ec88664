"""Real bug reports of other billing systems, played on the whole stack by its public surface."""

from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from ciclo.settings.settings import Settings
from tests.journeys.bug_player import STRIPE_SECRET, Case, Played
from tests.journeys.bug_reports import CASES
from tests.stack import Stack, running_stack


@pytest.fixture
async def sandbox(settings: Settings) -> AsyncIterator[Stack]:
    """A sandbox that hears of Stripe's account, too."""
    known = {"stripe_api_key": SecretStr("sk_test_x"), "stripe_webhook_secrets": (SecretStr(STRIPE_SECRET),)}
    async with running_stack(settings.model_copy(update=known)) as running:
        yield running


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
async def test_what_was_wrong_elsewhere_is_right_here(sandbox: Stack, case: Case) -> None:
    played = Played(stack=sandbox, case=case.name.lower())
    for step in case.steps:
        await step(played)


def test_each_report_is_told_once() -> None:
    assert [case.name for case in CASES] == [f"B{number:02}" for number in range(1, 18)]
