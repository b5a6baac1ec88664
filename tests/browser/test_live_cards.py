"""Live mode: cards by the provider's form, banks that ask (3-D Secure), a number that never reaches us."""

from collections.abc import AsyncIterator
from typing import Final
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, FrameLocator, Page, Request, expect

from tests.browser.guard import Guard
from tests.browser.seeing import assert_fit_for_all, recorded
from tests.browser.shop import ANA, newest_payment, offer
from tests.browser.stripe_stand_in import live_by_stripe, stripe_stand_in
from tests.browser.windows import PHONE, Windows, opened
from tests.gateways.fake_stripe import FakeStripe
from tests.stack import Stack, running_stack, settings_for

ASKS_ALWAYS: Final = "4000002760003184"
"""Its bank asks when it is kept, and at every charge."""
NO_FUNDS: Final = "4000000000009995"


@pytest.fixture
async def stripe() -> AsyncIterator[FakeStripe]:
    async with stripe_stand_in() as account:
        yield account


@pytest.fixture
async def stack(
    stripe: FakeStripe, mongo_url: str, redis_url: str, database_name: str, stream_prefix: str
) -> AsyncIterator[Stack]:
    """A live stack whose cards go to the stand-in."""
    live = live_by_stripe(stripe)
    settings = settings_for(mongo_url, redis_url, database=database_name, prefix=stream_prefix, **live)
    async with running_stack(settings) as running:
        yield running


@pytest.fixture
async def windows(browser: Browser, stack: Stack, guard: Guard) -> AsyncIterator[Windows]:
    async with opened(browser, stack, guard) as windows:
        yield windows


def form_of(page: Page) -> FrameLocator:
    return page.frame_locator('iframe[title="Secure payment input frame"]')


async def pay_by(page: Page, number: str) -> None:
    await form_of(page).get_by_label("Card number").fill(number)
    await page.get_by_role("button", name="Assinar e pagar").click()


def to(url: str, requests: list[Request]) -> list[Request]:
    return [one for one in requests if urlsplit(one.url).netloc == urlsplit(url).netloc]


async def test_a_card_whose_bank_asks_pays_and_its_number_reaches_the_provider_only(
    windows: Windows, stack: Stack, stripe: FakeStripe
) -> None:
    plans = await offer(stack)
    page = await windows.as_customer(ANA, f"/checkout/{plans['Aluno']}", size=PHONE)
    requests = recorded(page)
    await expect(form_of(page).get_by_label("Card number")).to_be_visible()
    await expect(page.get_by_label("Número do cartão")).to_have_count(0)
    await expect(page.get_by_text("vão direto para a Stripe")).to_be_visible()
    await assert_fit_for_all(page)

    # The bank asks before the card is kept, in a frame above the page.
    await pay_by(page, ASKS_ALWAYS)
    await page.frame_locator('iframe[title="Your bank"]').get_by_role("button", name="Complete").click()

    # It asks again when the card is charged, since nobody was there: on a page of its own.
    await page.get_by_role("button", name="Confirmar no banco").click()
    await expect(page.get_by_role("heading", name="Your bank asks")).to_be_visible()
    await page.get_by_role("button", name="Complete").click()

    # Back, and paid: what the provider says now is recorded, whether or not its notice comes.
    await expect(page.get_by_role("heading", name="Fatura paga")).to_be_visible()
    assert "secret" not in page.url
    assert (await newest_payment(stack))["status"] == "COMPLETED"
    await stripe.deliver(stack.url)
    await stack.idle()
    await page.goto("/assinatura")
    await expect(page.get_by_text("Ativa", exact=True)).to_be_visible()
    await expect(page.get_by_text("Visa final 3184")).to_be_visible()

    ours, theirs = to(stack.url, requests), to(stripe.url, requests)
    assert len(ours) + len(theirs) == len([one for one in requests if one.url.startswith("http")])
    assert not [one.url for one in ours if ASKS_ALWAYS in f"{one.url} {one.post_data} {one.headers}"]
    assert [urlsplit(one.url).path for one in theirs if ASKS_ALWAYS in (one.post_data or "")] == [
        "/form/tokens"
    ]
    assert not [one.url for one in ours if "sandbox-form" in one.url]
    refused = await stack.http.post("/sandbox/tokens", json={"number": ASKS_ALWAYS})
    assert refused.status_code == 404


async def test_a_declined_card_says_why_and_another_one_pays(windows: Windows, stack: Stack) -> None:
    plans = await offer(stack)
    page = await windows.as_customer(ANA, f"/checkout/{plans['Aluno']}")

    await pay_by(page, NO_FUNDS)
    await expect(page.get_by_text("Saldo ou limite insuficiente. Use outro cartão")).to_be_visible()

    await pay_by(page, "4242424242424242")
    await expect(page.get_by_role("heading", name="Tudo certo")).to_be_visible()
