"""Plans: put on offer, given a new price for new subscribers, closed; a name is only ever text."""

from playwright.async_api import Page, expect

from tests.browser.shop import ANA, MARCH_1, fill, offer, subscriber
from tests.browser.windows import Windows
from tests.journeys.asking import a_plan
from tests.stack import Stack

PLANS = """
{ plans { edges { node {
  name version active price { amount } billingCycle userType trialDays features limits { name value }
} } } }"""
PRICE = "query($id: ID!) { subscription(id: $id) { price { amount } } }"
MARKUP = "<img src=x onerror=alert(1)>"


async def saved(page: Page) -> None:
    await expect(page.get_by_role("heading", name="Planos", level=1)).to_be_visible()


async def test_a_plan_is_put_on_offer(windows: Windows, stack: Stack) -> None:
    page = await windows.as_operator("/admin/planos")
    await expect(page.get_by_text("Nenhum plano ainda")).to_be_visible()
    await page.get_by_role("link", name="Novo plano").click()

    await page.get_by_role("button", name="Criar plano").click()
    await expect(page.get_by_label("Nome")).to_have_accessible_description("Informe o nome do plano.")
    await expect(page.get_by_label("Preço em BRL")).to_have_accessible_description(
        "Informe um valor como 29,90."
    )
    fields = {
        "Nome": "Equipe",
        "Preço em BRL": "1.299,90",
        "Público": "PERSONAL",
        "Recursos": "Agenda\nSuporte",
    }
    await fill(page, fields)
    await page.get_by_role("button", name="Adicionar limite").click()
    await page.get_by_label("Limite", exact=True).fill("alunos")
    await page.get_by_label("Periodicidade").select_option("Anual")
    await page.get_by_role("button", name="Criar plano").click()
    await expect(page.get_by_label("Máximo")).to_have_accessible_description("Informe nome e número, ou *.")
    await page.get_by_label("Máximo").fill("30")
    await page.get_by_role("button", name="Criar plano").click()

    await saved(page)
    await expect(page.get_by_role("row").nth(1)).to_contain_text("Equipe, anual")
    [edge] = (await stack.data(PLANS))["plans"]["edges"]
    assert edge["node"] == {
        "name": "Equipe",
        "version": 1,
        "active": True,
        "price": {"amount": "1299.90"},
        "billingCycle": "ANNUAL",
        "userType": "PERSONAL",
        "trialDays": 7,
        "features": ["Agenda", "Suporte"],
        "limits": [{"name": "alunos", "value": 30}],
    }


async def test_a_new_price_is_for_new_subscribers(windows: Windows, stack: Stack) -> None:
    plans = await offer(stack)
    subscription = await subscriber(stack, plans["Aluno"], since=MARCH_1)
    page = await windows.as_operator("/admin/planos")
    await page.get_by_role("link", name="Aluno, mensal").click()
    await expect(page.get_by_label("Preço em BRL")).to_have_value("29,90")
    await expect(page.get_by_label("Máximo")).to_have_value("30")

    # A form that nobody saved asks before it is left, by a link or a step back.
    await page.get_by_label("Preço em BRL").fill("3")
    for leave in (page.get_by_role("link", name="Clientes").click, page.go_back):
        page.once("dialog", lambda asked: asked.dismiss())
        async with page.expect_event("dialog"):
            await leave()
        await expect(page.get_by_label("Preço em BRL")).to_have_value("3")

    await page.get_by_label("Preço em BRL").fill("39,90")
    await page.get_by_role("button", name="Salvar plano").click()

    await saved(page)
    row = page.get_by_role("row").filter(has_text="Aluno, mensal")
    await expect(row).to_contain_text("Versão 2")
    await expect(row).to_contain_text("R$ 39,90")
    assert (await stack.data(PRICE, {"id": subscription}))["subscription"] == {"price": {"amount": "29.90"}}
    newcomer = await windows.as_customer("bruno@example.com")
    await expect(newcomer.get_by_text("R$ 39,90")).to_be_visible()


async def test_an_archived_plan_is_not_sold_any_more(windows: Windows, stack: Stack) -> None:
    await offer(stack)
    page = await windows.as_operator("/admin/planos")
    await page.get_by_role("link", name="Estúdio, mensal").click()
    await page.get_by_role("button", name="Arquivar plano").click()
    dialog = page.get_by_role("dialog", name="Arquivar Estúdio, mensal?")

    await dialog.get_by_role("button", name="Arquivar plano").click()

    await expect(page.get_by_text("Este plano está arquivado")).to_be_visible()
    await page.get_by_role("link", name="Planos", exact=True).click()
    await page.get_by_label("Situação").select_option("Arquivado")
    rows = page.get_by_role("table", name="Planos").get_by_role("row")
    await expect(rows).to_have_count(2)
    await expect(rows.nth(1)).to_contain_text("Estúdio, mensal")
    customer = await windows.as_customer(ANA)
    await expect(customer.get_by_role("heading", level=2, name="Personal")).to_be_visible()
    await expect(customer.get_by_role("heading", level=2, name="Estúdio")).to_have_count(0)


async def test_markup_in_a_plans_name_is_text_everywhere(windows: Windows, stack: Stack) -> None:
    plan = await a_plan(stack, name=MARKUP, trialDays=0)
    subscription = await subscriber(stack, plan, since=MARCH_1)
    page = await windows.as_operator("/admin/planos")
    await expect(page.get_by_role("link", name=f"{MARKUP}, mensal")).to_be_visible()

    for path in ("/admin", f"/admin/planos/{plan}", f"/admin/assinaturas/{subscription}"):
        await page.goto(path)
        await expect(page.get_by_text(MARKUP).first).to_be_visible()
        assert await page.locator("img").count() == 0
