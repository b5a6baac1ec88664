"""Coupons on the operators' pages: created, limited, given out as codes, archived; and who may do that."""

import pytest
from playwright.async_api import Page, expect

from tests.browser.seeing import assert_fit_for_all
from tests.browser.shop import ANA, fill
from tests.browser.test_admin_access_pages import as_role
from tests.browser.windows import PHONE, Windows, enter
from tests.journeys.asking import a_plan
from tests.journeys.test_coupons import codes_of, create, redeemed
from tests.stack import Stack, token

PAGE = "/admin/planos/cupons"
COUPONS = """
{ coupons { edges { node {
  name code kind percent amount { amount currency } duration count startsOn endsOn
  firstPurchaseOnly maxRedemptions maxPerCustomer active
} } } }"""


async def new(page: Page) -> None:
    await page.get_by_role("button", name="Novo cupom").click()


async def test_a_coupon_is_created_by_what_the_fields_say(windows: Windows, stack: Stack) -> None:
    page = await windows.as_operator("/admin/planos")
    await page.get_by_role("navigation", name="O que está à venda").get_by_role("link", name="Cupons").click()
    await expect(page.get_by_text("Nenhum cupom ainda")).to_be_visible()
    await new(page)
    dialog = page.get_by_role("dialog", name="Novo cupom")
    await dialog.get_by_label("Usos ao todo").fill("muitos")
    await dialog.get_by_role("button", name="Criar cupom").click()
    await expect(dialog.get_by_label("Nome")).to_have_accessible_description("Informe o nome do cupom.")
    await expect(dialog.get_by_label("Porcentagem do desconto")).to_have_accessible_description(
        "Informe uma porcentagem como 20 ou 12,5."
    )
    await expect(dialog.get_by_label("Usos ao todo")).to_have_accessible_description(
        "Informe um número inteiro."
    )

    fields = {"Nome": "Verão", "Código": "verao", "Porcentagem do desconto": "120", "Usos ao todo": "100"}
    await fill(page, fields)
    await dialog.get_by_label("Dá o desconto").select_option("por alguns meses")
    await dialog.get_by_label("Quantos").fill("3")
    await dialog.get_by_label("Primeiro dia").fill("2027-01-01")
    await dialog.get_by_label("Último dia").fill("2027-03-31")
    await dialog.get_by_label("Só quem nunca pagou uma assinatura").check()
    await dialog.get_by_role("button", name="Criar cupom").click()
    await expect(dialog.get_by_label("Porcentagem do desconto")).to_have_accessible_description(
        "Este valor não é aceito."
    )
    await dialog.get_by_label("Porcentagem do desconto").fill("12,5")
    await assert_fit_for_all(page)
    await dialog.get_by_role("button", name="Criar cupom").click()

    row = page.get_by_role("row").nth(1)
    for text in ("Verão", "VERAO", "12,5% por 3 meses", "0 de 100, 1 por cliente, primeira compra", "Vale"):
        await expect(row).to_contain_text(text)
    await expect(row).to_contain_text("1 jan. 2027 a 31 mar. 2027")
    [edge] = (await stack.data(COUPONS))["coupons"]["edges"]
    assert edge["node"] == {
        "name": "Verão",
        "code": "VERAO",
        "kind": "PERCENT",
        "percent": "12.5",
        "amount": None,
        "duration": "MONTHS",
        "count": 3,
        "startsOn": "2027-01-01",
        "endsOn": "2027-03-31",
        "firstPurchaseOnly": True,
        "maxRedemptions": 100,
        "maxPerCustomer": 1,
        "active": True,
    }
    await assert_fit_for_all(page)


async def test_an_amount_off_in_a_currency_and_a_code_that_another_coupon_has(
    windows: Windows, stack: Stack
) -> None:
    await create(stack)
    page = await windows.as_operator(PAGE)
    await new(page)
    dialog = page.get_by_role("dialog", name="Novo cupom")
    await dialog.get_by_label("Um valor").check()
    fields = {"Nome": "Amigos", "Código": "VERAO", "Valor do desconto": "1.010,50", "Usos por cliente": ""}
    await fill(page, fields)
    await dialog.get_by_role("button", name="Criar cupom").click()
    await expect(dialog.get_by_label("Código")).to_have_accessible_description(
        "Outro cupom já tem este código."
    )
    await dialog.get_by_label("Código").fill("")
    await dialog.get_by_role("button", name="Criar cupom").click()

    row = page.get_by_role("row").nth(1)
    await expect(row).to_contain_text("Códigos de um uso só")
    await expect(row).to_contain_text("R$ 1.010,50 uma vez")
    await expect(row).not_to_contain_text("por cliente")


async def test_codes_are_made_and_one_is_redeemed_then_the_coupon_archived(
    windows: Windows, stack: Stack
) -> None:
    coupon = await create(stack, code=None, maxRedemptions=1)
    page = await windows.as_operator(PAGE)
    await page.get_by_role("button", name="Códigos").click()
    dialog = page.get_by_role("dialog", name="Códigos de Summer")
    await dialog.get_by_label("Quantos códigos").fill("2000")
    await dialog.get_by_role("button", name="Criar códigos").click()
    await expect(dialog.get_by_label("Quantos códigos")).to_have_accessible_description(
        "Este valor não é aceito."
    )
    await dialog.get_by_label("Quantos códigos").fill("3")
    await dialog.get_by_label("Começo dos códigos").fill("BEMVINDO-")
    await dialog.get_by_role("button", name="Criar códigos").click()
    codes = (await dialog.get_by_label("Códigos", exact=True).input_value()).split("\n")
    assert [code[:9] for code in codes] == ["BEMVINDO-"] * 3
    await assert_fit_for_all(page)
    await dialog.get_by_role("button", name="Fechar").last.click()

    given = {"planId": await a_plan(stack), "customerEmail": ANA, "couponCode": codes[0]}
    assert await codes_of(stack, given) == []
    assert await redeemed(stack, coupon) == 1
    row = page.get_by_role("row").nth(1)
    await expect(row).to_contain_text("1 de 1")
    await expect(row).to_contain_text("Esgotado")

    await row.get_by_role("button", name="Arquivar").click()
    await page.get_by_role("dialog", name="Arquivar Summer?").get_by_role("button", name="Arquivar").click()
    await expect(row).to_contain_text("Arquivado")
    await expect(row.get_by_role("button")).to_have_count(0)
    await page.get_by_label("Situação").select_option("Não arquivados")
    await expect(page.get_by_text("Nada com esses filtros")).to_be_visible()


async def test_who_may_not_change_plans_only_reads(windows: Windows, stack: Stack) -> None:
    await create(stack)
    support = await as_role(windows, "SUPPORT", PAGE)

    await expect(support.get_by_role("row").nth(1)).to_contain_text("VERAO")
    await expect(support.get_by_role("main").get_by_role("button")).to_have_count(0)


@pytest.mark.parametrize(("language", "text"), [("pt-BR", "0 de 100"), ("en", "0 of 100")])
async def test_the_list_fits_a_phone_in_both_languages(
    windows: Windows, stack: Stack, language: str, text: str
) -> None:
    await create(stack, maxRedemptions=100, startsOn="2027-01-01", endsOn="2027-12-31")
    page = await windows.open(size=PHONE)
    await page.add_init_script(f"localStorage.setItem('ciclo.language', '{language}')")
    await enter(page, PAGE, bearer=token(role="admin", email="admin@example.com"))

    await expect(page.get_by_role("row").nth(1)).to_contain_text(text)
    await assert_fit_for_all(page)
