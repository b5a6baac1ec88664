"""Sending money back, and what is refused."""

import re
from decimal import Decimal

from playwright.async_api import Page, expect

from tests.browser.shop import ANA, MARCH_1, change, newest_payment, offer, subscriber
from tests.browser.windows import PHONE, Windows
from tests.stack import Stack

REFUNDED = """
query($id: ID!) { payment(id: $id) { status refundedAmount { amount } refunds { reason } } }"""


async def refunded(stack: Stack, payment_id: str) -> tuple[str, Decimal]:
    payment = (await stack.data(REFUNDED, {"id": payment_id}))["payment"]
    return payment["status"], Decimal(payment["refundedAmount"]["amount"])


async def refund(page: Page, amount: str) -> None:
    await page.get_by_role("dialog").get_by_label("Valor").fill(amount)
    await page.get_by_role("dialog").get_by_role("button", name="Estornar").click()


async def test_a_part_goes_back_and_then_no_more_than_the_rest(windows: Windows, stack: Stack) -> None:
    plans = await offer(stack)
    await subscriber(stack, plans["Aluno"], since=MARCH_1)
    payment = await newest_payment(stack)
    page = await windows.as_operator("/admin/pagamentos")
    row = page.get_by_role("row").filter(has_text=ANA)
    await expect(row).to_contain_text("R$ 29,90")

    await row.get_by_role("button", name="Estornar").click()
    dialog = page.get_by_role("dialog", name="Estornar R$ 29,90")
    await expect(dialog).to_have_css("text-align", "start")  # though the button's cell is aligned otherwise
    await dialog.get_by_label("Motivo").fill("cobrança em dobro")
    await refund(page, "9,90")

    await expect(dialog).to_have_count(0)
    await expect(row).to_contain_text("R$ 9,90 devolvidos")
    assert await refunded(stack, payment["id"]) == ("COMPLETED", Decimal("9.90"))

    await row.get_by_role("button", name="Estornar").click()
    dialog = page.get_by_role("dialog", name="Estornar R$ 20,00")
    await expect(dialog.get_by_text("Até R$ 20,00. Em branco, devolve tudo isso.")).to_be_visible()
    await refund(page, "20,01")
    await expect(dialog.get_by_label("Valor")).to_have_accessible_description(
        "É mais do que resta do pagamento."
    )
    await refund(page, "vinte")
    await expect(dialog.get_by_label("Valor")).to_have_accessible_description("Informe um valor como 29,90.")
    assert await refunded(stack, payment["id"]) == ("COMPLETED", Decimal("9.90"))

    await refund(page, "")

    await expect(row).to_contain_text("Estornado")
    await expect(row.get_by_role("button", name="Estornar")).to_have_count(0)
    assert await refunded(stack, payment["id"]) == ("REFUNDED", Decimal("29.90"))


async def test_a_phone_refunds_from_the_payments_own_page(windows: Windows, stack: Stack) -> None:
    plans = await offer(stack)
    await subscriber(stack, plans["Aluno"], since=MARCH_1)
    page = await windows.as_operator("/admin/pagamentos", size=PHONE, has_touch=True, is_mobile=True)
    await expect(page.get_by_role("button", name="Estornar")).to_be_hidden()

    await page.get_by_role("button", name=ANA).click()
    opened = page.get_by_role("dialog", name="Pagamento de R$ 29,90")
    await expect(opened.get_by_text("Visa final 4242")).to_be_visible()
    await opened.get_by_role("button", name="Estornar").click()
    asked = page.get_by_role("dialog", name="Estornar R$ 29,90")
    await asked.get_by_label("Valor").fill("10")
    await asked.get_by_role("button", name="Estornar").click()

    await expect(asked).to_have_count(0)
    await expect(opened.get_by_role("listitem")).to_have_text(re.compile(r"Estorno feito.*R\$\s10,00"))


async def test_a_half_typed_refund_outlives_its_row_and_is_not_sent_twice(
    windows: Windows, stack: Stack
) -> None:
    plans = await offer(stack)
    await subscriber(stack, plans["Aluno"], since=MARCH_1)
    payment = await newest_payment(stack)
    page = await windows.as_operator("/admin/pagamentos?situacao=COMPLETED")
    await page.get_by_role("row").filter(has_text=ANA).get_by_role("button", name="Estornar").click()
    dialog = page.get_by_role("dialog", name="Estornar R$ 29,90")
    await dialog.get_by_label("Valor").fill("29,90")
    await dialog.get_by_label("Motivo").fill("cobrança em d")

    await change(stack, "refundPayment", paymentId=payment["id"])

    dialog = page.get_by_role("dialog", name="Estornar R$ 0,00")
    await expect(dialog.get_by_label("Motivo")).to_have_value("cobrança em d")
    await expect(page.get_by_text("Nada com esses filtros")).to_be_visible()
    await dialog.get_by_role("button", name="Estornar").click()
    await expect(dialog.get_by_text("Este pagamento não pode ser estornado.")).to_be_visible()
    assert await refunded(stack, payment["id"]) == ("REFUNDED", Decimal("29.90"))


async def test_a_declined_payment_says_why_and_offers_no_refund(windows: Windows, stack: Stack) -> None:
    plans = await offer(stack)
    await subscriber(stack, plans["Aluno"], since=MARCH_1, card="tok_insufficient_funds")
    page = await windows.as_operator("/admin/pagamentos")

    await page.get_by_role("button", name=ANA).click()

    opened = page.get_by_role("dialog", name="Pagamento de R$ 29,90")
    await expect(opened.get_by_text("Saldo ou limite insuficiente")).to_be_visible()
    await expect(opened.get_by_role("button", name="Estornar")).to_have_count(0)
