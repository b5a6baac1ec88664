"""Events, how far the workers are, and dead letters, each made by a notice that was broken on the way."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from playwright.async_api import Browser, Page, expect

from ciclo.settings.settings import Settings
from tests.browser.guard import Guard
from tests.browser.shop import MARCH_1, offer, subscriber
from tests.browser.windows import Windows, opened
from tests.chaos.notices import pay_all, total_active, unpaid_subscriptions
from tests.stack import Stack, running_stack, settings_for, until
from tests.webhooks.posting import NOBODY, NOTICE


@pytest.fixture
def settings(mongo_url: str, redis_url: str, database_name: str, stream_prefix: str) -> Settings:
    return settings_for(mongo_url, redis_url, database=database_name, prefix=stream_prefix)


@dataclass(frozen=True, kw_only=True)
class Poisoned:
    """A stack in which notices of payment died, and an operator's window of it."""

    stack: Stack
    page: Page
    letters: list[str]

    async def repair(self) -> None:
        """Give the stored notices their amounts back."""
        events = self.stack.deps.store["events"]
        await events.update_many({"_id": {"$in": self.letters}}, {"$set": {"data.amount": 2999}})


@asynccontextmanager
async def poisoned(
    settings: Settings, browser: Browser, guard: Guard, *, number: int
) -> AsyncIterator[Poisoned]:
    """Let *number* notices die, and open the list of dead letters."""
    async with running_stack(settings) as stack:
        subscriptions = await unpaid_subscriptions(stack, number)
    async with running_stack(settings, keep=True, billing_workers=0) as stack:
        await pay_all(stack, subscriptions)
        events = stack.deps.store["events"]
        await events.update_many({"type": "payment_success"}, {"$set": {"data.amount": "twenty-nine"}})
    async with running_stack(settings, keep=True) as stack, opened(browser, stack, guard) as windows:

        async def have_died() -> bool:
            return await stack.deps.store["events"].count_documents({"dead": True}) == number

        await until(have_died)
        letters = [one["_id"] async for one in stack.deps.store["events"].find({"dead": True})]
        page = await windows.as_operator("/admin")
        yield Poisoned(stack=stack, page=page, letters=letters)


async def test_a_dead_letter_is_read_and_replayed(settings: Settings, browser: Browser, guard: Guard) -> None:
    async with poisoned(settings, browser, guard, number=1) as lost:
        page = lost.page
        await page.get_by_role("link", name="1 com falha").click()
        await page.get_by_role("button", name="Pagamento confirmado").click()
        dialog = page.get_by_role("dialog", name="Pagamento confirmado")
        await expect(dialog.get_by_text(lost.letters[0])).to_be_visible()
        await expect(dialog.locator("pre")).to_contain_text('"amount": "twenty-nine"')
        await dialog.get_by_role("button", name="Fechar").last.click()
        await lost.repair()

        await page.get_by_role("button", name="Reprocessar").click()

        await expect(page.get_by_text("Nenhum evento com falha")).to_be_visible()
        await lost.stack.idle()
        assert await total_active(lost.stack) == 1


async def test_all_of_them_are_replayed_together(settings: Settings, browser: Browser, guard: Guard) -> None:
    async with poisoned(settings, browser, guard, number=3) as lost:
        page = lost.page
        await page.goto("/admin/eventos/falhas")
        await lost.repair()

        await page.get_by_role("button", name="Reprocessar 3 eventos").click()
        dialog = page.get_by_role("dialog", name="Reprocessar 3 eventos")
        await dialog.get_by_role("button", name="Reprocessar").click()

        await expect(page.get_by_text("Nenhum evento com falha")).to_be_visible()
        await lost.stack.idle()
        assert await total_active(lost.stack) == 3


async def test_a_dead_letter_is_discarded_only_after_a_second_thought(
    settings: Settings, browser: Browser, guard: Guard
) -> None:
    async with poisoned(settings, browser, guard, number=1) as lost:
        page = lost.page
        await page.goto("/admin/eventos/falhas")
        await page.get_by_role("button", name="Descartar").click()
        dialog = page.get_by_role("dialog", name="Descartar o evento")
        await dialog.get_by_role("button", name="Voltar").click()
        await expect(page.get_by_role("button", name="Pagamento confirmado")).to_be_visible()

        await page.get_by_role("button", name="Descartar").click()
        await dialog.get_by_label("Motivo").fill("enviado por engano")
        await dialog.get_by_role("button", name="Descartar").click()

        await expect(page.get_by_text("Nenhum evento com falha")).to_be_visible()
        kept = await lost.stack.deps.store["events"].find_one({"_id": lost.letters[0]})
        assert kept is not None
        assert (kept["outcome"], kept["interventions"][0]["reason"]) == ("DISCARDED", "enviado por engano")
        assert await total_active(lost.stack) == 0


async def test_events_are_listed_by_what_happened_beside_the_groups_that_work(
    windows: Windows, stack: Stack
) -> None:
    plans = await offer(stack)
    await subscriber(stack, plans["Aluno"], since=MARCH_1)
    page = await windows.as_operator("/admin/eventos")
    billing = page.get_by_role("listitem").filter(has_text="Cobranças e estados")
    await expect(billing).to_contain_text("Processos1")
    await expect(billing).to_contain_text("Na fila0")

    await page.get_by_label("Evento", exact=True).select_option("Pagamento confirmado")

    rows = page.get_by_role("table", name="Eventos").get_by_role("row")
    await expect(rows).to_have_count(2)
    await expect(rows.nth(1)).to_contain_text("Pagamento registrado")
    await rows.nth(1).get_by_role("link").click()
    await expect(page.get_by_role("heading", name="Linha do tempo")).to_be_visible()


async def test_a_payment_for_nobody_is_to_be_reviewed_and_leads_nowhere(
    windows: Windows, stack: Stack
) -> None:
    assert (await stack.notify(NOTICE, webhook_id="msg_stray")).status_code == 202
    await stack.idle()
    page = await windows.as_operator("/admin/eventos/revisao")

    row = page.get_by_role("row").filter(has_text="Assinatura desconhecida")
    await expect(row).to_be_visible()
    await expect(row.get_by_role("link")).to_have_count(0)
    await row.get_by_role("button", name="Pagamento confirmado").click()
    dialog = page.get_by_role("dialog", name="Pagamento confirmado")
    await expect(dialog.get_by_text(NOBODY)).to_be_visible()
    await expect(dialog.get_by_role("link")).to_have_count(0)
