"""Webhooks on the operators' pages: an endpoint and its secret, the log, a replay, in both languages."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from playwright.async_api import Page, expect
from starlette.responses import Response

from tests.browser.shop import ANA
from tests.browser.windows import PHONE, Windows, enter
from tests.deliveries.asking import an_endpoint, everything_delivered
from tests.deliveries.receiver import Receiver, receiving
from tests.journeys.asking import a_plan, subscribe
from tests.stack import FAST, Stack, until
from workers.delivery import deliver_webhooks

PAGE = "/admin/eventos/webhooks"


@pytest.fixture
async def receiver(stack: Stack) -> AsyncIterator[Receiver]:
    """A seller's system, and a worker that tells it."""
    async with receiving() as server, AsyncExitStack() as ending:
        stop = asyncio.Event()
        worker = asyncio.create_task(deliver_webhooks(stack.deps, consumer=None, options=FAST, stop=stop))
        ending.push_async_callback(lambda: worker)
        ending.callback(stop.set)
        yield server


async def row(page: Page, text: str) -> None:
    await page.get_by_role("row").filter(has_text=text).get_by_role("link").click()


async def test_an_endpoint_is_created_and_its_secret_shown_once(
    windows: Windows, stack: Stack, receiver: Receiver
) -> None:
    page = await windows.as_operator(PAGE)
    await expect(page.get_by_text("Nenhum endereço ainda")).to_be_visible()
    await page.get_by_role("button", name="Novo endereço").click()
    dialog = page.get_by_role("dialog", name="Novo endereço")
    await dialog.get_by_role("button", name="Criar endereço").click()
    await expect(dialog.get_by_label("Endereço")).to_have_accessible_description(
        "Informe um endereço como https://app.exemplo/webhooks."
    )
    await dialog.get_by_label("Endereço").fill("http://10.0.0.1/hooks")
    await dialog.get_by_role("button", name="Criar endereço").click()
    await expect(dialog.get_by_label("Endereço")).to_have_accessible_description("Este valor não é aceito.")

    await dialog.get_by_label("Endereço").fill(receiver.url)
    await dialog.get_by_label("subscription.created").check()
    await dialog.get_by_role("button", name="Criar endereço").click()
    shown = page.get_by_role("dialog", name="Segredo do endereço")
    secret = await shown.get_by_label("Segredo", exact=True).input_value()
    await shown.get_by_role("button", name="Fechar").last.click()

    await row(page, receiver.url)
    await expect(page.get_by_text(f"…{secret.rstrip('=')[-4:]}")).to_be_visible()
    await expect(page.get_by_text(secret)).to_have_count(0)
    await page.get_by_role("button", name="Enviar teste").click()
    await page.get_by_role("dialog", name="Enviar teste").get_by_role("button", name="Enviar teste").click()

    async def told() -> bool:
        return len(receiver.told) == 1

    await until(told)
    receiver.told[0].verify(secret)
    assert receiver.told[0].body["test"] is True


async def test_what_was_not_taken_is_found_in_the_log_and_sent_again(
    windows: Windows, stack: Stack, receiver: Receiver
) -> None:
    endpoint, _ = await an_endpoint(stack, receiver.url, types=["SUBSCRIPTION_CREATED"])
    receiver.answer = lambda _: Response("sem lugar", status_code=410)
    await asyncio.sleep(stack.deps.settings.webhook_audience_ms / 1_000)
    subscription = await subscribe(stack, await a_plan(stack), ANA)
    await everything_delivered(stack)

    page = await windows.as_operator(f"{PAGE}/{endpoint}")
    await expect(page.get_by_text("Desativado: respondeu que não existe mais")).to_be_visible()
    await page.get_by_role("button", name="Ativar").click()
    await expect(page.get_by_role("button", name="Desativar")).to_be_visible()
    await page.get_by_label("Situação").select_option("Desistiu")
    await page.get_by_label("Objeto").fill(subscription)
    table = page.get_by_role("table", name="Entregas")
    await expect(table.get_by_role("row")).to_have_count(2)
    await expect(table).to_contain_text("HTTP 410")
    await table.get_by_role("button", name="subscription.created").click()
    dialog = page.get_by_role("dialog", name="subscription.created")
    await expect(dialog.get_by_text("sem lugar")).to_be_visible()
    await expect(dialog.get_by_text('"type": "subscription.created"')).to_be_visible()

    receiver.answer = lambda _: None
    await dialog.get_by_role("button", name="Reenviar").click()
    await everything_delivered(stack)
    await page.get_by_label("Situação").select_option("Entregue")
    await expect(table).to_contain_text("HTTP 204")
    assert [one.id for one in receiver.told] == [receiver.told[0].id] * 2


async def test_the_pages_speak_english_and_fit_a_phone(
    windows: Windows, stack: Stack, receiver: Receiver
) -> None:
    endpoint, _ = await an_endpoint(stack, receiver.url)
    page = await windows.open(size=PHONE, has_touch=True, is_mobile=True)
    await page.add_init_script("localStorage.setItem('ciclo.language', 'en')")
    await enter(page, f"{PAGE}/{endpoint}", bearer=stack.operator)
    await expect(page.get_by_role("button", name="Replace secret")).to_be_visible()
    await expect(page.get_by_text("No delivery yet")).to_be_visible()
    width = await page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["width"]
    await page.get_by_role("button", name="Replace secret").click()
    await (
        page.get_by_role("dialog", name="Replace secret").get_by_role("button", name="Replace secret").click()
    )
    await expect(page.get_by_role("dialog", name=re.compile("secret$"))).to_be_visible()
