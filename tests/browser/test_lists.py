"""Payments and invoices: filtered, loaded by and by, downloaded."""

from datetime import date

import pytest
from playwright.async_api import Locator, Page, expect
from pypdf import PdfReader

from tests.browser.shop import ANA, MARCH_1, change, newest_payment, offer, settle, subscriber
from tests.browser.windows import PHONE, Windows
from tests.stack import Stack, local

TIMES = "\N{MULTIPLICATION SIGN}"


def rows(page: Page) -> Locator:
    return page.get_by_role("row").filter(has=page.get_by_role("cell"))


async def with_history(stack: Stack) -> None:
    """Give Ana a payment by card, one that failed, and one by PIX that paid instead."""
    plans = await offer(stack)
    subscription = await subscriber(stack, plans["Aluno"], since=MARCH_1)
    await change(
        stack,
        "updatePaymentMethod",
        subscriptionId=subscription,
        paymentMethod={"cardToken": "tok_charge_declined"},
    )
    await stack.advance(to=local(date(2027, 4, 1)))
    failed = await newest_payment(stack)
    await change(stack, "payInvoice", invoiceId=failed["invoice"]["id"], paymentMethod={"pix": {}})
    await settle(stack, (await newest_payment(stack))["id"])


async def test_filters_narrow_the_payments_and_survive_a_reload(windows: Windows, stack: Stack) -> None:
    await with_history(stack)
    page = await windows.as_customer(ANA, "/pagamentos")
    await expect(rows(page)).to_have_count(3)

    await page.get_by_label("Situação").select_option("Recusado")
    await expect(rows(page)).to_have_count(1)
    await page.reload()
    await expect(page.get_by_label("Situação")).to_have_value("FAILED")
    await expect(rows(page)).to_contain_text(["Recusado"])

    await page.get_by_label("Situação").select_option("Pago")
    await page.get_by_label("Forma").select_option("PIX")
    await expect(rows(page)).to_contain_text(["Pix"])
    await expect(rows(page)).to_have_count(1)

    await page.get_by_label("Situação").select_option("Recusado")
    await expect(page.get_by_text("Nada com esses filtros")).to_be_visible()
    await page.get_by_role("button", name="Limpar filtros").click()
    await expect(rows(page)).to_have_count(3)
    assert page.url == f"{stack.url}/pagamentos"

    await page.get_by_label("Período").select_option("Últimos 30 dias")
    await expect(rows(page)).to_have_count(2)


async def test_more_payments_are_loaded_when_they_are_asked_for(windows: Windows, stack: Stack) -> None:
    plans = await offer(stack)
    await subscriber(stack, plans["Aluno"], since=MARCH_1)
    await stack.advance(to=local(date(2029, 1, 2)))
    page = await windows.as_customer(ANA, "/pagamentos")

    await expect(rows(page)).to_have_count(20)
    await page.get_by_role("button", name="Carregar mais").click()

    await expect(rows(page)).to_have_count(23)
    await expect(page.get_by_role("button", name="Carregar mais")).to_have_count(0)


async def test_an_invoice_explains_itself_and_comes_as_a_pdf(windows: Windows, stack: Stack) -> None:
    plans = await offer(stack)
    await subscriber(stack, plans["Aluno"], since=MARCH_1)
    page = await windows.as_customer(ANA, "/faturas")

    await page.get_by_role("link", name="Aluno").click()
    await expect(page.get_by_text(f"01/03/2027 a 31/03/2027, 31 de 31 dias {TIMES} R$ 29,90")).to_be_visible()
    async with page.expect_download() as coming:
        await page.get_by_role("button", name="Baixar PDF").click()
    download = await coming.value

    assert download.suggested_filename.endswith(".pdf")
    text = PdfReader(await download.path()).pages[0].extract_text()
    assert "Aluno" in text
    assert "29,90" in text


@pytest.mark.parametrize("zone", ["America/Manaus", "Asia/Tokyo"])
async def test_days_are_the_sellers_wherever_they_are_read(windows: Windows, stack: Stack, zone: str) -> None:
    plans = await offer(stack)
    await subscriber(stack, plans["Aluno"], since=MARCH_1)
    await stack.advance(to=local(date(2027, 4, 1)))
    page = await windows.as_customer(ANA, "/faturas", timezone_id=zone)

    await expect(rows(page).first).to_contain_text("01 abr. 2027")
    await expect(rows(page).first).to_contain_text("1 abr. a 30 abr. 2027")
    await page.get_by_role("link", name="Aluno").first.click()
    for fact in ("Emissão", "Pagamento"):
        await expect(page.locator("dl div").filter(has_text=fact)).to_contain_text("1 abr. 2027")


async def test_a_receipt_can_be_had_from_the_payments_on_a_phone_too(windows: Windows, stack: Stack) -> None:
    plans = await offer(stack)
    await subscriber(stack, plans["Aluno"])
    page = await windows.as_customer(ANA, "/faturas", size=PHONE, is_mobile=True, has_touch=True)

    await page.get_by_role("link", name="Aluno").tap()
    async with page.expect_download() as coming:
        await page.get_by_role("button", name="Baixar PDF").tap()

    assert (await coming.value).suggested_filename.endswith(".pdf")
