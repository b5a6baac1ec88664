"""A hosted invoice on a phone: its link pays it by Pix and by card, without signing in."""

from pathlib import Path

from playwright.async_api import expect

from tests.browser.guard import Guard
from tests.browser.seeing import assert_fit_for_all
from tests.browser.shop import CARD, fill
from tests.browser.windows import PHONE, Windows
from tests.journeys.test_invoice_links import an_invoice, link_of
from tests.stack import Stack


async def test_an_invoice_is_paid_by_its_link(
    windows: Windows, stack: Stack, guard: Guard, tmp_path: Path
) -> None:
    guard.expect("status of 404")
    first, second = await an_invoice(stack), await an_invoice(stack, email="bruno@example.com")

    # By Pix: the code is there, and the page hears of the money by itself.
    phone = await windows.open(size=PHONE, has_touch=True, is_mobile=True)
    await phone.goto(f"/i/{await link_of(stack, first['id'])}")
    await expect(phone.get_by_role("heading", name=f"Fatura {first['number']}")).to_be_visible()
    await expect(phone.get_by_role("img", name="QR code do Pix")).to_be_visible()
    await expect(phone.get_by_role("button", name="Copiar código")).to_be_visible()
    await expect(phone.get_by_text("ana@example.com")).to_have_count(0)
    await assert_fit_for_all(phone)
    await phone.screenshot(path=tmp_path / "pix.png", full_page=True)
    await phone.get_by_role("button", name="Simular pagamento").click()
    await expect(phone.locator(".paid")).to_contain_text("Recebemos R$")
    await assert_fit_for_all(phone)
    await phone.screenshot(path=tmp_path / "paid.png", full_page=True)
    async with phone.expect_download() as pdf:
        await phone.get_by_role("button", name="Baixar PDF").click()
    assert (await pdf.value).suggested_filename == f"{first['number']}.pdf"
    async with phone.expect_download() as receipt:
        await phone.get_by_role("button", name="Recibo").click()
    assert (await receipt.value).suggested_filename == "Recibo.pdf"

    # By card instead of the code that waits; a declined one says why.
    other = await windows.open(size=PHONE, has_touch=True, is_mobile=True)
    await other.goto(f"/i/{await link_of(stack, second['id'])}")
    await other.get_by_role("button", name="Pagar de outra forma").click()
    await fill(other, CARD)
    await assert_fit_for_all(other)
    await other.screenshot(path=tmp_path / "card.png", full_page=True)
    await other.get_by_role("button", name="Pagar R$").click()
    await expect(other.locator(".paid")).to_contain_text("Recebemos R$")

    # An address that opens nothing says so.
    await other.goto("/i/00000000000000000000000000-0-00000000000000000000000000000000")
    await expect(other.get_by_role("heading", name="Link inválido")).to_be_visible()
    await assert_fit_for_all(other)
