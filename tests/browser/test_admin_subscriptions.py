"""Finding a subscription, and reading what happened to it."""

from datetime import date

from playwright.async_api import expect

from tests.browser.shop import ANA, MARCH_1, offer, subscriber
from tests.browser.windows import Windows
from tests.stack import Stack, local

BRUNO = "bruno@example.com"
APRIL_2 = date(2027, 4, 2)


async def test_a_subscription_is_found_by_the_beginning_of_an_address_or_by_its_state(
    windows: Windows, stack: Stack
) -> None:
    plans = await offer(stack)
    await subscriber(stack, plans["Aluno"], since=MARCH_1)
    await subscriber(stack, plans["Personal"], email=BRUNO, card="tok_charge_declined")
    page = await windows.as_operator("/admin/assinaturas")
    rows = page.get_by_role("table", name="Assinaturas").get_by_role("row")
    await expect(rows).to_have_count(3)

    await page.get_by_label("Cliente").fill("an")
    await expect(rows).to_have_count(2)
    await expect(rows.nth(1)).to_contain_text(ANA)
    assert page.url.endswith("/admin/assinaturas?cliente=an")

    await page.get_by_label("Situação").select_option("Suspensa")
    await expect(page.get_by_text("Nada com esses filtros")).to_be_visible()
    await page.get_by_role("button", name="Limpar filtros").click()
    await expect(rows).to_have_count(3)
    await expect(page.get_by_label("Cliente")).to_have_value("")

    await page.get_by_label("Situação").select_option("Ativa")
    await expect(rows).to_have_count(2)
    await expect(rows.nth(1)).to_have_text(f"{ANA}Aluno, mensal01 mar. 2027AtivaR$ 29,9001 abr. 2027")


async def test_its_timeline_tells_everything_that_happened_and_opens_each_event(
    windows: Windows, stack: Stack
) -> None:
    plans = await offer(stack)
    subscription = await subscriber(stack, plans["Aluno"], since=MARCH_1)
    await stack.advance(to=local(APRIL_2))
    await stack.idle()
    page = await windows.as_operator("/admin/assinaturas")

    await page.get_by_role("link", name=ANA).click()

    await expect(page.get_by_role("heading", name=ANA, level=1)).to_be_focused()
    timeline = page.get_by_role("table", name="Linha do tempo").get_by_role("row")
    await expect(timeline.filter(has_text="Pagamento confirmado")).to_have_count(2)
    await expect(timeline.filter(has_text="Período encerrado")).to_have_count(1)
    await expect(timeline.last).to_contain_text("Assinatura criadaAluno, mensal, Visa final 4242")
    # The last news of what is paid is that it is, and how much.
    await expect(timeline.nth(1)).to_contain_text("Pagamento confirmadoR$ 29,90")
    await expect(page.get_by_role("table", name="Faturas").get_by_role("row")).to_have_count(3)
    await expect(page.get_by_role("table", name="Pagamentos").get_by_role("row")).to_have_count(3)

    await timeline.filter(has_text="Assinatura criada").get_by_role("button").click()

    dialog = page.get_by_role("dialog", name="Assinatura criada")
    await expect(dialog.get_by_text(subscription).first).to_be_visible()
    await expect(dialog.locator("pre")).to_contain_text(plans["Aluno"])
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)


async def test_an_address_of_no_subscription_says_so(windows: Windows, stack: Stack) -> None:
    page = await windows.as_operator("/admin/assinaturas/sub_nothing")

    await expect(page.get_by_role("heading", name="Página não encontrada")).to_be_visible()
    await page.get_by_role("link", name="Ir para o início").click()
    await expect(page.get_by_text("Nenhuma assinatura ainda")).to_be_visible()
