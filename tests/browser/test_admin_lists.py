"""Lists that operators work through: what was chosen and loaded is there again when they come back."""

from datetime import date
from typing import Final

from playwright.async_api import Page, expect

from tests.browser.seeing import assert_fit_for_all
from tests.browser.shop import MARCH_1, offer, subscriber
from tests.browser.windows import Windows
from tests.stack import Stack, local

DEPTH: Final = "window.scrollY"
HEAD_PX: Final = "document.querySelector('.table th').getBoundingClientRect().top"


async def depth(page: Page) -> int:
    """Return how far down the page is read."""
    return int(await page.evaluate(DEPTH))


async def test_who_comes_back_to_a_list_finds_it_as_it_was_left(windows: Windows, stack: Stack) -> None:
    plans = await offer(stack)
    await subscriber(stack, plans["Aluno"], since=MARCH_1)
    await stack.advance(to=local(date(2029, 5, 2)))
    page = await windows.as_operator("/admin/faturas")
    rows = page.get_by_role("table", name="Faturas").get_by_role("row")
    await expect(page.get_by_text("20 de 27")).to_be_visible()

    await page.get_by_label("Situação").select_option("PAID")
    await page.get_by_label("Ordem").select_option("Vencimento")
    await page.get_by_role("button", name="Carregar mais").click()
    await expect(rows).to_have_count(28)
    await page.get_by_role("link", name="Aluno").nth(24).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Fatura INV-000003")
    assert await depth(page) == 0

    await page.go_back()
    await expect(rows).to_have_count(28)
    await page.wait_for_function(f"{DEPTH} > 300")
    # The head stays in sight.
    assert await page.evaluate(HEAD_PX) == 0
    assert page.url.endswith("/admin/faturas?situacao=PAID&ordem=DUE_DATE")
    await assert_fit_for_all(page)

    await page.go_forward()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Fatura INV-000003")
    await page.get_by_role("link", name="Faturas", exact=True).click()
    await expect(page.get_by_text("20 de 27")).to_be_visible()
    assert await depth(page) == 0
    await page.goto(f"{stack.url}/admin/faturas?situacao=BOGUS&ordem=BOGUS")
    await expect(rows).to_have_count(21)


async def test_what_is_listed_is_counted_and_sorted_by_what_the_address_says(
    windows: Windows, stack: Stack
) -> None:
    plans = await offer(stack)
    await subscriber(stack, plans["Estúdio"])
    for name in ("bia", "caio"):
        await subscriber(stack, plans["Aluno"], email=f"{name}@example.com")
    page = await windows.as_operator("/admin/pagamentos")
    payments = page.get_by_role("table", name="Pagamentos").get_by_role("row")
    await expect(payments.nth(1)).to_contain_text("caio@example.com")
    await expect(page.get_by_text("3 de 3")).to_be_visible()

    await page.get_by_label("Ordem").select_option("Maior valor")
    await expect(payments.nth(1)).to_contain_text("R$ 199,90")
    assert page.url.endswith("/admin/pagamentos?ordem=AMOUNT")

    await page.goto("/admin/eventos?ordem=ASC&tipo=BOGUS")
    events = page.get_by_role("table", name="Eventos", exact=True).get_by_role("row")
    await expect(page.get_by_text("18 de 18")).to_be_visible()
    await page.get_by_label("Evento", exact=True).select_option("Pagamento confirmado")
    await expect(page.get_by_text("3 de 3")).to_be_visible()
    await expect(events.nth(1)).to_contain_text("R$ 199,90")

    await page.goto("/admin/planos?ordem=PRICE")
    offered = page.get_by_role("table", name="Planos").get_by_role("row")
    await expect(offered.nth(1)).to_contain_text("Estúdio")
    await expect(page.get_by_text("3 de 3")).to_be_visible()
