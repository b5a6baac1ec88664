"""A code at checkout: what it comes to is said before, outlives a reload, is charged and on the invoice."""

from playwright.async_api import expect

from tests.browser.shop import ANA, CARD, fill, offer
from tests.browser.windows import Windows
from tests.journeys.test_coupons import create
from tests.stack import Stack


async def test_a_code_says_what_it_comes_to_and_is_on_the_invoice(windows: Windows, stack: Stack) -> None:
    plans = await offer(stack, trialDays=7)
    await create(stack)
    page = await windows.as_customer(ANA, f"/checkout/{plans['Personal']}")
    await page.get_by_label("Assinar agora").check()

    await page.get_by_label("Cupom").fill("nada")
    await page.get_by_role("button", name="Aplicar cupom").click()
    await expect(page.get_by_text("Não há cupom com este código.")).to_be_visible()
    await page.get_by_label("Cupom").fill("Verao")
    await page.get_by_role("button", name="Aplicar cupom").click()
    await expect(page.get_by_text("R$ 63,92 por 3 meses, depois R$ 79,90 por mês")).to_be_visible()
    await page.get_by_label("Pix", exact=True).check()
    await page.reload()
    await expect(page.get_by_label("Assinar agora")).to_be_checked()
    await expect(page.get_by_role("button", name="Assinar e gerar Pix de R$ 63,92")).to_be_visible()
    await page.get_by_label("Cartão", exact=True).check()
    await fill(page, CARD)
    await page.get_by_role("button", name="Assinar e pagar R$ 63,92").click()

    await expect(page.get_by_text("Recebemos R$ 63,92.")).to_be_visible()
    found = await stack.data("{ invoices(first: 1) { edges { node { id } } } }")
    await page.goto(f"{stack.url}/faturas/{found['invoices']['edges'][0]['node']['id']}")
    await expect(page.get_by_text("R$ 79,90, menos R$ 15,98 (20%, cupom VERAO, 1 de 3)")).to_be_visible()
    await expect(page.get_by_text("Emitida por")).to_be_visible()
    await expect(page.locator("dl").get_by_text(ANA)).to_be_visible()
