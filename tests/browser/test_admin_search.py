"""Finding anything from anywhere: by keys on a desk, by a button on a phone."""

from playwright.async_api import expect

from tests.browser.seeing import assert_fit_for_all
from tests.browser.shop import MARCH_1, offer, subscriber
from tests.browser.windows import PHONE, Windows
from tests.journeys.asking import mutate
from tests.stack import Stack

ANA = "ana.costa@example.com"


async def test_an_operator_finds_anything_from_anywhere(windows: Windows, stack: Stack) -> None:
    plans = await offer(stack)
    assert await mutate(stack, "createCustomer", email=ANA, name="Ana São João", taxId="529.982.247-25") == []
    subscription = await subscriber(stack, plans["Aluno"], email=ANA, since=MARCH_1)
    await subscriber(stack, plans["Personal"], email="bia@example.com")
    page = await windows.as_operator("/admin/pagamentos")
    await expect(page.get_by_role("row").nth(1)).to_be_visible()

    await page.keyboard.press("Control+k")
    await expect(page.get_by_role("searchbox")).to_be_focused()
    await page.keyboard.type("joao")
    dialog = page.get_by_role("dialog", name="Busca geral")
    found = dialog.get_by_role("link")
    await expect(found).to_have_count(2)
    await expect(dialog.get_by_role("region", name="Clientes")).to_contain_text(f"Ana São João{ANA}")
    await expect(dialog.get_by_role("region", name="Assinaturas")).to_contain_text(
        "Aluno, mensal, ativa, Visa final 4242"
    )
    await assert_fit_for_all(page)
    await page.keyboard.press("ArrowUp")
    await expect(found.nth(1)).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"{stack.url}/admin/assinaturas/{subscription}")
    await expect(page.get_by_role("heading", level=1)).to_be_focused()

    # Whoever knows what they want does not wait for the answer.
    await page.keyboard.press("Control+k")
    await page.keyboard.type("inv-2")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Fatura INV-000002")
    await page.keyboard.press("Control+k")
    await page.keyboard.type("nobody")
    await expect(dialog.get_by_text("Nada encontrado")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)

    phone = await windows.as_operator("/admin/planos", size=PHONE, is_mobile=True, has_touch=True)
    await phone.get_by_role("button", name="Busca geral").tap()
    await phone.get_by_role("searchbox").fill("52998224725")
    await assert_fit_for_all(phone)
    await phone.get_by_role("region", name="Clientes").get_by_role("link").tap()
    await expect(phone.get_by_role("heading", level=1)).to_have_text("Ana São João")
