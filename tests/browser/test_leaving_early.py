"""Before the first payment there is no access, and some days after it one may still withdraw."""

from datetime import date

from playwright.async_api import expect

from tests.browser.seeing import assert_fit_for_all
from tests.browser.shop import ANA, CARD, MARCH_1, fill, offer, subscriber
from tests.browser.windows import Windows
from tests.journeys.asking import details
from tests.stack import Stack, local


async def test_after_a_trial_there_is_no_access_until_it_is_paid(windows: Windows, stack: Stack) -> None:
    plans = await offer(stack, trialDays=7)
    await subscriber(stack, plans["Aluno"], card="tok_charge_declined", since=MARCH_1)
    await stack.advance(to=local(date(2027, 3, 8)))
    page = await windows.as_customer(ANA, "/assinatura")

    await expect(page.get_by_text("Seu teste terminou em 8 mar. 2027")).to_be_visible()
    await expect(page.get_by_text("O acesso começa assim que R$ 29,90 for pago.")).to_be_visible()
    await assert_fit_for_all(page)
    await page.get_by_role("link", name="Pagar agora").click()
    await page.get_by_label("Cartão", exact=True).check()
    await fill(page, CARD)
    await page.get_by_role("button", name="Pagar R$ 29,90").click()
    await expect(page.get_by_role("heading", name="Fatura paga")).to_be_visible()
    await page.get_by_role("link", name="Assinatura", exact=True).click()
    await expect(page.get_by_text("Ativa", exact=True)).to_be_visible()
    await expect(page.get_by_text("O acesso começa")).to_have_count(0)


async def test_a_first_invoice_says_in_english_that_nothing_has_begun(windows: Windows, stack: Stack) -> None:
    plans = await offer(stack)
    await subscriber(stack, plans["Aluno"], card="tok_charge_declined")
    page = await windows.open()
    await page.add_init_script("localStorage.setItem('ciclo.language', 'en')")
    await windows.sign_in(page, ANA, "/assinatura")

    await expect(page.get_by_text("Your subscription has not begun yet")).to_be_visible()
    await expect(page.get_by_text("Access begins as soon as R$29.90 is paid.")).to_be_visible()
    await expect(page.get_by_role("link", name="Pay now")).to_be_visible()
    await expect(page.get_by_role("button", name="Withdraw")).to_have_count(0)


async def test_within_seven_days_one_withdraws_and_has_everything_back(
    windows: Windows, stack: Stack
) -> None:
    plans = await offer(stack)
    subscription = await subscriber(stack, plans["Aluno"], since=MARCH_1)
    await stack.advance(to=local(date(2027, 3, 8)))
    page = await windows.as_customer(ANA, "/assinatura")

    await page.get_by_role("button", name="Cancelar assinatura").click()
    leaving = page.get_by_role("dialog", name="Cancelar a assinatura?")
    await expect(leaving.get_by_text("Até 8 mar. 2027 vale o direito de arrependimento")).to_be_visible()
    await assert_fit_for_all(page)
    await leaving.get_by_role("button", name="Desistir e receber de volta").click()
    dialog = page.get_by_role("dialog", name="Desistir da contratação?")
    await expect(dialog.get_by_text("Até 8 mar. 2027 você pode desistir")).to_be_visible()
    await expect(dialog.get_by_text("R$ 29,90")).to_be_visible()
    await assert_fit_for_all(page)
    await dialog.get_by_role("button", name="Desistir agora").click()

    await expect(page.get_by_text("Você desistiu da contratação")).to_be_visible()
    await stack.idle()
    found = await details(stack, subscription)
    payment = found["invoices"][0]["payments"][0]
    assert (found["endReason"], payment["refundedAmount"]["amount"]) == ("WITHDRAWN", "29.90")


async def test_after_its_days_only_a_cancellation_is_offered(windows: Windows, stack: Stack) -> None:
    plans = await offer(stack)
    await subscriber(stack, plans["Aluno"], since=MARCH_1)
    await stack.advance(to=local(date(2027, 3, 9)))
    page = await windows.as_customer(ANA, "/assinatura")

    await expect(page.get_by_role("button", name="Cancelar assinatura")).to_be_visible()
    await expect(page.get_by_role("button", name="Desistir")).to_have_count(0)
