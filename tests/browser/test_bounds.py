"""What self-service refuses is said with what to do about it: pay first, or come back later."""

from datetime import date

from playwright.async_api import expect

from tests.browser.seeing import assert_fit_for_all
from tests.browser.shop import ANA, CARD, MARCH_1, change, fill, offer, subscriber
from tests.browser.windows import Windows
from tests.journeys.customer import ask
from tests.stack import Stack, local

DECLINING = {"cardToken": "tok_charge_declined"}


async def test_who_owes_is_led_to_the_invoice_before_anything_begins(windows: Windows, stack: Stack) -> None:
    plans = await offer(stack)
    owing = await subscriber(stack, plans["Aluno"], since=MARCH_1)
    await change(stack, "updatePaymentMethod", subscriptionId=owing, paymentMethod=DECLINING)
    await stack.advance(to=local(date(2027, 4, 2)))
    await change(stack, "cancelSubscription", subscriptionId=owing)
    page = await windows.as_customer(ANA, f"/checkout/{plans['Personal']}")

    await fill(page, CARD)
    await page.get_by_role("button", name="Assinar e pagar R$ 79,90").click()
    await expect(page.get_by_text("Pague primeiro a fatura em aberto.")).to_be_visible()
    await assert_fit_for_all(page)
    await page.get_by_role("link", name="Pagar agora").click()

    await expect(page.get_by_text("R$ 29,90").first).to_be_visible()
    assert "/pagar/" in page.url


async def test_who_owes_is_told_so_by_the_preview_of_an_upgrade(windows: Windows, stack: Stack) -> None:
    plans = await offer(stack)
    await subscriber(stack, plans["Personal"], since=MARCH_1)
    owing = await subscriber(stack, plans["Aluno"])
    await change(stack, "updatePaymentMethod", subscriptionId=owing, paymentMethod=DECLINING)
    await stack.advance(to=local(date(2027, 4, 2)))
    await change(stack, "cancelSubscription", subscriptionId=owing)
    page = await windows.as_customer(ANA, f"/assinatura/trocar/{plans['Estúdio']}")

    alert = page.get_by_role("alert")
    await expect(alert).to_contain_text("Pague primeiro a fatura em aberto.")
    await expect(alert.get_by_role("link", name="Pagar agora")).to_be_visible()


async def test_after_too_many_declines_it_says_when_to_try_again(windows: Windows, stack: Stack) -> None:
    plans = await offer(stack)
    subscription = await subscriber(stack, plans["Aluno"])
    page = await windows.open()
    await page.add_init_script("localStorage.setItem('ciclo.language', 'en')")
    await windows.sign_in(page, ANA, "/assinatura/trocar/" + plans["Personal"])
    for _ in range(5):
        refused = await ask(
            stack,
            "updatePaymentMethod",
            subscriptionId=subscription,
            paymentMethod={"cardToken": "tok_attach_declined"},
        )
        assert [error["code"] for error in refused] == ["CARD_DECLINED"]

    await page.get_by_role("button", name="Change and pay").click()
    await expect(page.get_by_text("There were too many declines. Try again on")).to_be_visible()
