"""For everybody: by keyboard alone, on any width, and with nothing that axe objects to."""

from typing import Final

import pytest
from playwright.async_api import Page, expect

from tests.browser.seeing import axe_faults, is_settled, sideways_px
from tests.browser.shop import ANA, MARCH_1, change, newest_payment, offer, subscriber
from tests.browser.windows import DESKTOP, NARROW, PHONE, Windows
from tests.stack import Stack

TABS_MAX: Final = 40


async def paths(stack: Stack) -> list[str]:
    """Return every customer's address, with something to show at each."""
    plans = await offer(stack)
    subscription = await subscriber(stack, plans["Aluno"], since=MARCH_1)
    invoice = (await newest_payment(stack))["invoice"]["id"]
    await change(stack, "updatePaymentMethod", subscriptionId=subscription, paymentMethod={"pix": {}})
    await stack.advance(by="P1M")
    waiting = (await newest_payment(stack))["invoice"]["id"]
    return [
        "/planos",
        f"/checkout/{plans['Personal']}",
        "/assinatura",
        "/assinatura/ativacao",
        "/assinatura/forma",
        f"/assinatura/trocar/{plans['Personal']}",
        "/pagamentos",
        "/pagamentos?situacao=FAILED",
        "/faturas",
        f"/faturas/{invoice}",
        f"/pagar/{waiting}",
        "/nada",
    ]


async def faults(page: Page, name: str) -> list[str]:
    """Return what is wrong with what *page* shows now, on a desk, on a phone and on the narrowest screen."""
    found: list[str] = []
    for size in (DESKTOP, PHONE, NARROW):
        await page.set_viewport_size(size)
        wider = await sideways_px(page)
        found += [f"{name} at {size['width']} px is {wider} px wider"] * (wider > 0)
        if size != NARROW:
            found += [f"{name} at {size['width']} px: {one}" for one in await axe_faults(page)]
    await page.set_viewport_size(DESKTOP)
    return found


async def follow(page: Page, path: str) -> None:
    """Show another page of the portal, as a link of its own would: nothing is loaded anew."""
    await page.evaluate(
        "(path) => { history.pushState(null, '', path); dispatchEvent(new PopStateEvent('popstate')) }", path
    )


async def test_every_page_is_fit_for_all(windows: Windows, stack: Stack) -> None:
    found: list[str] = []
    to_visit = await paths(stack)
    page = await windows.open()
    await page.goto("/entrar")
    await expect(page.get_by_role("heading", name="Entrar como")).to_be_visible()
    found += await faults(page, "/entrar")

    await windows.sign_in(page, ANA)
    for path in to_visit:
        await follow(page, path)
        found += await faults(page, path)

    assert found == []


async def test_every_form_is_fit_for_all(windows: Windows, stack: Stack) -> None:
    found: list[str] = []
    plans = await offer(stack)
    page = await windows.as_customer(ANA, f"/checkout/{plans['Aluno']}")
    for method in ("Pix", "Boleto", "Cartão"):
        await page.get_by_label(method, exact=True).check()
        found += await faults(page, method)
    await page.get_by_role("button", name="Assinar e pagar").click()
    await expect(page.get_by_text("Informe os 3 ou 4 dígitos.")).to_be_visible()
    found += await faults(page, "mistyped")

    assert found == []


async def test_every_dialog_is_fit_for_all(windows: Windows, stack: Stack) -> None:
    found: list[str] = []
    plans = await offer(stack)
    await subscriber(stack, plans["Aluno"])
    page = await windows.as_customer(ANA, "/assinatura")
    for button in ("Pausar", "Cancelar assinatura"):
        await page.get_by_role("button", name=button).click()
        await expect(page.get_by_role("dialog")).to_be_visible()
        found += await faults(page, button)
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("dialog")).to_have_count(0)
    await page.get_by_role("button", name=f"Conta de {ANA}").click()
    found += await faults(page, "account")

    assert found == []


async def tab_to(page: Page, name: str) -> None:
    """Press Tab until the focus is on what is called *name*."""
    for _ in range(TABS_MAX):
        await page.keyboard.press("Tab")
        focused = page.locator(":focus")
        if await focused.count() and name in await focused.evaluate(
            "(at) => `${at.labels?.[0]?.innerText ?? ''} ${at.ariaLabel ?? ''} ${at.innerText}`"
        ):
            return
    pytest.fail(f"the focus never came to {name}")


async def test_a_subscription_can_be_had_and_left_by_keyboard_alone(windows: Windows, stack: Stack) -> None:
    await offer(stack)
    page = await windows.as_customer(ANA)
    await is_settled(page)

    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Ir para o conteúdo")).to_be_focused()
    await page.keyboard.press("Enter")
    await tab_to(page, "Assinar Personal")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Assinar", level=1)).to_be_focused()

    await tab_to(page, "Cartão")
    await page.keyboard.press("ArrowRight")
    await expect(page.get_by_label("Pix", exact=True)).to_be_checked()
    await page.keyboard.press("ArrowLeft")
    for text in ("4242424242424242", "Ana Souza", "1230", "123"):
        await page.keyboard.press("Tab")
        await page.keyboard.type(text)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Tudo certo")).to_be_visible()

    await tab_to(page, "Ver minha assinatura")
    await page.keyboard.press("Enter")
    await tab_to(page, "Cancelar assinatura")
    await page.keyboard.press("Enter")
    await tab_to(page, "Agendar cancelamento")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("button", name="Cancelar assinatura")).to_be_focused()
    await page.keyboard.press("Enter")
    await tab_to(page, "Agendar cancelamento")
    await page.keyboard.press("Enter")

    await expect(page.get_by_text("Termina em")).to_be_visible()


async def test_a_dialog_that_was_just_left_can_be_opened_again_at_once(
    windows: Windows, stack: Stack
) -> None:
    plans = await offer(stack)
    await subscriber(stack, plans["Aluno"])
    page = await windows.as_customer(ANA, "/assinatura")
    opener = page.get_by_role("button", name="Cancelar assinatura")
    await opener.click()
    await expect(page.get_by_role("dialog")).to_be_visible()

    await opener.evaluate(
        """(opener) => new Promise((resolve) => {
          document.querySelector('dialog').requestClose();
          queueMicrotask(() => {
            opener.click();
            requestAnimationFrame(() => requestAnimationFrame(resolve));
          });
        })"""
    )

    await expect(page.get_by_role("dialog")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(opener).to_be_focused()


async def test_arrow_keys_change_the_interval_and_the_address_keeps_it(
    windows: Windows, stack: Stack
) -> None:
    await offer(stack)
    await offer(stack, billingCycle="ANNUAL", price={"amount": "299.00"})
    page = await windows.as_customer(ANA)

    await page.get_by_label("Mensal").focus()
    await page.keyboard.press("ArrowRight")

    await expect(page.get_by_label("Anual")).to_be_checked()
    await expect(page.get_by_label("Anual")).to_be_focused()
    await expect(page.get_by_text("R$ 299,00 por ano", exact=False).first).to_be_visible()
    assert page.url == f"{stack.url}/?ciclo=ANNUAL"


async def test_every_step_of_the_focus_is_seen(windows: Windows, stack: Stack) -> None:
    plans = await offer(stack)
    await subscriber(stack, plans["Aluno"])
    page = await windows.as_customer(ANA, "/pagamentos")
    await is_settled(page)
    ringless: list[str] = []
    for _ in range(12):
        await page.keyboard.press("Tab")
        ringless += await page.evaluate(
            """() => {
              const at = document.activeElement;
              const shown = at.closest('.segment') ?? at;
              return getComputedStyle(shown).outlineWidth === '3px' ? [] : [at.outerHTML];
            }"""
        )

    assert ringless == []
