"""Getting in: by choosing a demo person, by no token in an address, and out again in every tab."""

import pytest
from playwright.async_api import Page, expect

from ciclo.actions.access.sessions import end_sessions_of
from tests.browser.guard import Guard
from tests.browser.shop import ANA, offer, subscriber
from tests.browser.windows import Windows, enter
from tests.stack import Stack, token


async def test_no_address_signs_in_by_a_token(page: Page, stack: Stack, guard: Guard) -> None:
    guard.expect("status of 422")
    await offer(stack)
    bearer = token(role="customer", email=ANA)

    for address in (f"/#token={bearer}", f"/?token={bearer}", f"/entrar#codigo={bearer}"):
        await page.goto(address)
        await expect(page.get_by_role("heading", name="Entrar", exact=True)).to_be_visible()
    await expect(page.get_by_text("Você ainda não entrou")).to_be_visible()
    assert "codigo" not in page.url


async def test_a_new_tab_is_signed_in_and_signing_out_ends_both(page: Page, stack: Stack) -> None:
    await offer(stack)
    await enter(page, "/", bearer=token(role="customer", email=ANA))
    other = await page.context.new_page()
    await other.goto("/")
    for tab in (page, other):
        await expect(tab.get_by_role("button", name=f"Conta de {ANA}")).to_be_visible()

    await other.get_by_role("button", name=f"Conta de {ANA}").click()
    await other.get_by_role("button", name="Sair", exact=True).click()

    for tab in (other, page):
        await expect(tab.get_by_role("heading", name="Entrar", exact=True)).to_be_visible()
    assert await stack.deps.store["sessions"].count_documents({}) == 0


async def test_somebody_chooses_a_demo_person_and_leaves_again(
    page: Page, stack: Stack, guard: Guard
) -> None:
    guard.expect("status of 401")  # of a question that was on its way when the session ended
    plans = await offer(stack)
    await subscriber(stack, plans["Personal"])

    await page.goto("/")
    await page.get_by_role("button", name=f"{ANA} Personal, Ativa").click()
    await expect(page.get_by_role("heading", name="Personal, mensal")).to_be_visible()
    await page.get_by_role("button", name=f"Conta de {ANA}").click()
    await page.get_by_role("button", name="Sair", exact=True).click()

    await expect(page.get_by_role("heading", name="Entrar", exact=True)).to_be_visible()
    await page.reload()
    await expect(page.get_by_role("heading", name="Entrar", exact=True)).to_be_visible()


async def test_a_newcomer_can_be_chosen_where_nobody_subscribed_yet(page: Page, stack: Stack) -> None:
    await offer(stack)

    await page.goto("/")
    await page.get_by_role("button", name="nova@example.com Ainda sem assinatura").click()

    await expect(page.get_by_role("link", name="Assinar Personal")).to_be_visible()


async def test_a_session_that_has_ended_elsewhere_is_said_to_be_over(
    page: Page, stack: Stack, guard: Guard, monkeypatch: pytest.MonkeyPatch
) -> None:
    guard.expect("status of 401")
    monkeypatch.setattr("ciclo.web.sign_in.sessions.KNOWN_S_MAX", 0.0)
    await offer(stack)
    await enter(page, "/pagamentos", bearer=token(role="customer", email=ANA))
    await expect(page.get_by_role("heading", name="Pagamentos")).to_be_visible()

    await end_sessions_of(stack.deps, ANA)

    # By its next question, or before it: what the page listens to ends with the session.
    await page.evaluate("dispatchEvent(new Event('online'))")
    await expect(page.get_by_text("Sua sessão terminou")).to_be_visible()


async def test_the_operators_pages_are_refused_to_customers(windows: Windows, stack: Stack) -> None:
    page = await windows.as_customer(ANA, "/admin")

    await expect(page.get_by_text("Esta área é da operação.")).to_be_visible()


async def test_the_language_changes_and_stays(windows: Windows, stack: Stack) -> None:
    plans = await offer(stack)
    await subscriber(stack, plans["Personal"])
    page = await windows.as_customer(ANA, "/planos")
    await expect(page.locator("html")).to_have_attribute("lang", "pt-BR")

    await page.get_by_role("button", name=f"Conta de {ANA}").click()
    await page.get_by_label("English").check()
    await expect(page.get_by_role("heading", name="Plans")).to_be_visible()
    await page.reload()

    await expect(page.get_by_role("heading", name="Plans")).to_be_visible()
    await expect(page.locator("html")).to_have_attribute("lang", "en")
    await expect(page.get_by_text("R$79.90", exact=True)).to_be_visible()
