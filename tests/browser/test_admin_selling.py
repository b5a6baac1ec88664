"""What is sold, on the operators' pages: products, features, what one customer gets, taxes, reports."""

from playwright.async_api import Page, ViewportSize, expect

from tests.browser.seeing import assert_fit_for_all
from tests.browser.shop import fill
from tests.browser.windows import DESKTOP, PHONE, Windows
from tests.journeys.asking import subscribe
from tests.journeys.entitled import a_trainer, used
from tests.stack import Stack

TABLET = ViewportSize(width=768, height=1024)


async def fits(page: Page) -> None:
    """Look at a page as a phone, a tablet and a desk show it."""
    for size in (PHONE, TABLET, DESKTOP):
        await page.set_viewport_size(size)
        await assert_fit_for_all(page)


async def test_a_product_is_put_on_offer_priced_anew_and_closed(windows: Windows, stack: Stack) -> None:
    page = await windows.as_operator("/admin/planos/produtos")
    await expect(page.get_by_text("Nenhum produto ainda")).to_be_visible()
    await page.get_by_role("link", name="Novo produto").click()
    await page.get_by_label("Recomendado: as páginas o destacam").check()
    texts = {"Nome": "Personal", "Descrição": "Para quem treina", "Preço": "79,90"}
    await fill(page, texts)
    await page.get_by_role("button", name="Adicionar limite").click()
    await page.get_by_label("Limite", exact=True).fill("alunos")
    await page.get_by_label("Máximo").fill("30")
    await page.get_by_label("Valores para o app").fill('logo = {"widthMax": 500')
    await page.get_by_role("button", name="Criar produto").click()
    await expect(page.get_by_label("Valores para o app")).to_have_accessible_description(
        "Escreva cada linha como nome = JSON."
    )
    await page.get_by_label("Valores para o app").fill('logo = {"widthMax": 500}')
    await fits(page)
    await page.get_by_role("button", name="Criar produto").click()

    row = page.get_by_role("row").nth(1)
    for text in ("Personal", "Recomendado", "R$ 79,90", "À venda"):
        await expect(row).to_contain_text(text)
    await fits(page)
    await row.get_by_role("link", name="Personal").click()
    await page.get_by_role("button", name="Novo preço").click()
    dialog = page.get_by_role("dialog", name="Novo preço de Personal")
    await dialog.get_by_label("Preço").fill("790")
    await dialog.get_by_role("button", name="Novo preço").click()
    await expect(page.get_by_role("row").nth(2)).to_contain_text("R$ 790,00")
    await fits(page)
    await page.get_by_label("Máximo").fill("*")
    await page.get_by_role("button", name="Salvar produto").click()
    await expect(page.get_by_role("heading", name="Produtos")).to_be_visible()

    found = await stack.data(
        "{ products { edges { node { recommended limits { name unlimited } configs { name value } "
        "prices { version billingCycle price { amount } } } } } }"
    )
    [edge] = found["products"]["edges"]
    assert edge["node"] == {
        "recommended": True,
        "limits": [{"name": "alunos", "unlimited": True}],
        "configs": [{"name": "logo", "value": {"widthMax": 500}}],
        "prices": [
            {"version": 2, "billingCycle": "MONTHLY", "price": {"amount": "79.90"}},
            {"version": 2, "billingCycle": "ANNUAL", "price": {"amount": "790.00"}},
        ],
    }
    await page.get_by_role("row").nth(1).get_by_role("link", name="Personal").click()
    await page.get_by_role("button", name="Arquivar produto").click()
    dialog = page.get_by_role("dialog", name="Arquivar Personal?")
    await dialog.get_by_role("button", name="Arquivar produto").click()
    await expect(page.get_by_text("Um preço novo põe o produto à venda de novo.")).to_be_visible()


async def test_a_feature_is_registered_counted_otherwise_and_archived(windows: Windows, stack: Stack) -> None:
    page = await windows.as_operator("/admin/planos/recursos")
    await page.get_by_role("button", name="Novo recurso").click()
    dialog = page.get_by_role("dialog", name="Novo recurso")
    await dialog.get_by_role("button", name="Salvar").click()
    await expect(dialog.get_by_label("Chave")).to_have_accessible_description("Informe a chave.")
    await fill(page, {"Chave": "alunos", "Nome (opcional)": "Alunos"})
    await fits(page)
    await dialog.get_by_role("button", name="Salvar").click()
    row = page.get_by_role("row").nth(1)
    await row.get_by_role("button", name="Mudar").click()
    dialog = page.get_by_role("dialog", name="Mudar Alunos")
    await dialog.get_by_label("Recomeço").select_option("todo mês")
    await dialog.get_by_role("button", name="Salvar").click()
    await expect(row).to_contain_text("somam, recomeça todo mês, para no limite")
    await fits(page)
    await row.get_by_role("button", name="Arquivar").click()
    await page.get_by_role("dialog", name="Arquivar Alunos?").get_by_role("button", name="Arquivar").click()
    await expect(row).to_contain_text("Arquivado")


async def test_a_customer_is_given_more_until_it_is_ended_and_is_taxed_otherwise(
    windows: Windows, stack: Stack
) -> None:
    subscription, trainer = await a_trainer(stack)
    await used(stack, "setUsage", customer={"id": trainer}, feature="alunos", used=33)
    page = await windows.as_operator(f"/admin/assinaturas/{subscription}")
    rights = page.get_by_role("table", name="O que o cliente pode usar")
    row = rights.get_by_role("row").filter(has_text="alunos")
    await expect(row).to_contain_text("33 de 30")
    await expect(row).to_contain_text("3 acima do limite")
    await page.get_by_role("button", name="Dar exceção").click()
    dialog = page.get_by_role("dialog", name="Dar exceção")
    await dialog.get_by_role("button", name="Dar exceção").click()
    await expect(dialog.get_by_label("Motivo")).to_have_accessible_description("Informe o motivo.")
    await fill(page, {"Recurso": "alunos", "Motivo": "uma feira"})
    await dialog.get_by_role("textbox", name="Limite").fill("99")
    await assert_fit_for_all(page)
    await dialog.get_by_role("button", name="Dar exceção").click()
    await expect(row).to_contain_text("33 de 99")
    await expect(row).to_contain_text("Exceção sem fim: uma feira")
    await fits(page)
    await row.get_by_role("button", name="Encerrar exceção").click()
    dialog = page.get_by_role("dialog", name="Encerrar a exceção de alunos?")
    await dialog.get_by_label("Motivo").fill("acabou")
    await dialog.get_by_role("button", name="Encerrar exceção").click()
    await expect(row).to_contain_text("33 de 30")

    await page.get_by_role("button", name="Mudar impostos").click()
    dialog = page.get_by_role("dialog", name="Mudar impostos")
    await dialog.get_by_label("País").fill("pt")
    await dialog.get_by_label("Isento de impostos").check()
    await dialog.get_by_role("button", name="Salvar").click()
    await expect(dialog).to_have_count(0)
    found = await stack.data(
        "query($id: ID!) { customer(id: $id) { taxProfile { country exempt } } }", {"id": trainer}
    )
    assert found["customer"]["taxProfile"] == {"country": "PT", "exempt": True}


async def test_a_coupon_for_some_plans_is_given_other_limits_and_its_discounts_are_summed(
    windows: Windows, stack: Stack
) -> None:
    await a_trainer(stack)
    page = await windows.as_operator("/admin/planos/cupons")
    await page.get_by_role("button", name="Novo cupom").click()
    dialog = page.get_by_role("dialog", name="Novo cupom")
    await fill(page, {"Nome": "Verão", "Código": "VERAO", "Porcentagem do desconto": "10"})
    await dialog.get_by_label("Só alguns").check()
    await dialog.get_by_role("button", name="Criar cupom").click()
    await expect(dialog.get_by_text("Escolha ao menos um plano.")).to_be_visible()
    await dialog.get_by_role("checkbox", name="Personal, mensal").check()
    await dialog.get_by_role("checkbox", name="Mensal", exact=True).check()
    await dialog.get_by_label("Preço mínimo do período").fill("50")
    await fits(page)
    await dialog.get_by_role("button", name="Criar cupom").click()
    row = page.get_by_role("row").nth(1)
    await expect(row).to_contain_text("em 1 plano, mensal, a partir de R$ 50,00")
    await fits(page)
    await row.get_by_role("button", name="Mudar limites").click()
    dialog = page.get_by_role("dialog", name="Limites de Verão")
    await dialog.get_by_label("Usos ao todo").fill("7")
    await dialog.get_by_role("button", name="Salvar limites").click()
    await expect(row).to_contain_text("0 de 7")

    plan = (await stack.data("{ plans { edges { node { id } } } }"))["plans"]["edges"][0]["node"]["id"]
    await subscribe(stack, plan, "bia@example.com", card="tok_visa", couponCode="VERAO")
    await page.goto("/admin/relatorios")
    discounts = page.get_by_role("table", name="Descontos")
    await expect(discounts.get_by_role("row").nth(1)).to_contain_text("VERAO")
    await expect(discounts.get_by_role("row").nth(1)).to_contain_text("R$ 7,99")
    await expect(page.get_by_text("Nenhum imposto com nome nestes dias")).to_be_visible()
    await fits(page)
