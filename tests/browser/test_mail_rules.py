"""The page of mail rules: an operator says which mails go out, and on which days."""

from typing import Final

from playwright.async_api import ViewportSize, expect

from tests.browser.seeing import assert_fit_for_all
from tests.browser.windows import DESKTOP, PHONE, Windows, enter
from tests.mails.test_asking import RULES
from tests.stack import Stack, token

TABLET: Final = ViewportSize(width=768, height=1024)


async def test_rules_are_changed_and_bad_days_are_named(windows: Windows, stack: Stack) -> None:
    page = await windows.as_operator("/admin/eventos/emails")
    row = page.get_by_role("row").filter(has_text="Lembrete de vencimento")
    await expect(row).to_contain_text("3 dias antes, no dia")
    for size in (DESKTOP, TABLET, PHONE):
        await page.set_viewport_size(size)
        await assert_fit_for_all(page)

    await row.get_by_role("button", name="Mudar").click()
    dialog = page.get_by_role("dialog", name="Lembrete de vencimento")
    for wrong in ("logo", "5"):
        await dialog.get_by_label("Dias").fill(wrong)
        await dialog.get_by_role("button", name="Salvar regra").click()
        await expect(dialog.get_by_label("Dias")).to_have_attribute("aria-invalid", "true")
    await assert_fit_for_all(page)
    await dialog.get_by_label("Dias").fill("-7, -1")
    await dialog.get_by_role("button", name="Salvar regra").click()
    await expect(row).to_contain_text("7 dias antes, 1 dia antes")

    await page.get_by_role("row").filter(has_text="Recibo").get_by_role("button", name="Mudar").click()
    await page.get_by_role("dialog").get_by_role("radio", name="Não enviar").check()
    await page.get_by_role("dialog").get_by_role("button", name="Salvar regra").click()
    await expect(page.get_by_role("row").filter(has_text="Recibo")).to_contain_text("Não enviar")
    rules = {rule["kind"]: rule for rule in (await stack.data(RULES))["mailRules"]}
    assert rules["INVOICE_DUE"]["days"] == [-7, -1]
    assert rules["PAYMENT_RECEIVED"]["enabled"] is False


async def test_who_may_not_change_them_sees_them_in_english_too(windows: Windows) -> None:
    page = await windows.open()
    await page.add_init_script("localStorage.setItem('ciclo.language', 'en')")
    await enter(page, "/admin/eventos/emails", bearer=token(roles=["SUPPORT"]))
    await expect(page.get_by_role("row").filter(has_text="Card expiring")).to_contain_text("30 days before")
    await expect(page.get_by_role("button", name="Change", exact=True)).to_have_count(0)
