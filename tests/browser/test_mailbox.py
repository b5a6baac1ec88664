"""The sandbox's mailbox: a month passes, and what the customer would have got is there to read."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import ViewportSize, expect

from ciclo.settings.mail import MailDelivery
from tests.browser.seeing import assert_fit_for_all
from tests.browser.shop import ANA, MARCH_1
from tests.browser.test_clock_bar import clock
from tests.browser.windows import DESKTOP, PHONE, Windows, enter
from tests.journeys.asking import a_plan, subscribe
from tests.mails.test_year import PIX
from tests.stack import Stack, local, running_stack, settings_for, token

MONTH_MS_MAX = 60_000
TABLET = ViewportSize(width=768, height=1024)


@pytest.fixture
async def stack(
    mongo_url: str, redis_url: str, database_name: str, stream_prefix: str, portal: object
) -> AsyncIterator[Stack]:
    settings = settings_for(
        mongo_url,
        redis_url,
        database=database_name,
        prefix=stream_prefix,
        mail_delivery=MailDelivery.MAILBOX,
        webhook_audience_ms=0,
    )
    async with running_stack(settings) as running:
        yield running


async def test_a_month_passes_and_its_mails_are_read_at_any_width(windows: Windows, stack: Stack) -> None:
    await stack.advance(to=local(MARCH_1))
    plan = await a_plan(stack, name="Aluno <b>")
    await subscribe(stack, plan, ANA, paymentMethod=PIX)
    page = await windows.as_operator("/admin")
    await clock(page).get_by_role("button", name="+1 mês").click()
    await page.get_by_role("dialog").get_by_role("button", name="+1 mês").click()
    await expect(clock(page)).to_contain_text("Hoje é 1 abr. 2027", timeout=MONTH_MS_MAX)

    await clock(page).get_by_role("link", name="E-mails").click()
    await expect(page.get_by_role("heading", name="Caixa de e-mails")).to_be_visible()
    issued = page.get_by_role("link", name="Fatura INV-000001: R$ 29,99, vence em 8 de março de 2027")
    await expect(issued).to_be_visible()
    for size in (DESKTOP, TABLET, PHONE):
        await page.set_viewport_size(size)
        await assert_fit_for_all(page)
    await issued.click()

    shown = page.frame_locator("iframe.mail-page")
    await expect(shown.get_by_text("A fatura INV-000001 do plano Aluno <b> foi emitida.")).to_be_visible()
    await expect(shown.get_by_role("heading", name="Fatura INV-000001")).to_have_css("font-size", "22px")
    await expect(shown.get_by_role("link", name="Ver e pagar a fatura")).to_have_attribute("target", "_blank")
    await expect(shown.get_by_role("img", name="Código QR do Pix")).to_be_visible()
    await page.get_by_text("Versão em texto").click()
    await expect(page.get_by_text("Pix copia e cola").last).to_be_visible()
    for size in (DESKTOP, TABLET, PHONE):
        await page.set_viewport_size(size)
        await assert_fit_for_all(page)


async def test_the_mailbox_speaks_english_too(windows: Windows) -> None:
    page = await windows.open()
    await page.add_init_script("localStorage.setItem('ciclo.language', 'en')")
    await enter(page, "/sandbox/mail", bearer=token())
    await expect(page.get_by_role("heading", name="Mailbox")).to_be_visible()
    await expect(page.get_by_text("No mail yet")).to_be_visible()
