"""What stands where nothing can be shown: loading, empty, failed, offline."""

import asyncio

import pytest
from playwright.async_api import Page, Route, expect

from tests.browser.guard import Guard
from tests.browser.seeing import assert_fit_for_all
from tests.browser.shop import ANA, CARD, fill, offer, subscriber
from tests.browser.windows import PHONE, Windows
from tests.stack import Stack

SCREENS = {
    "/planos": "Não foi possível carregar os planos",
    "/assinatura": "Não foi possível carregar a assinatura",
    "/pagamentos": "Não foi possível carregar os pagamentos",
    "/faturas": "Não foi possível carregar as faturas",
}


async def refuse(page: Page) -> None:
    """Let no question through to the API, as if it was stopped."""

    async def abort(route: Route) -> None:
        await route.abort("connectionrefused")

    await page.route("**/graphql", abort)


async def follow(page: Page, path: str) -> None:
    """Go to *path* by a link of the page, without loading the page anew."""
    await page.locator(f'nav a[href="{path}"]').click()


@pytest.mark.parametrize("path", SCREENS)
async def test_a_page_whose_answer_does_not_come_says_so_and_tries_again(
    windows: Windows, stack: Stack, guard: Guard, path: str
) -> None:
    guard.expect("ERR_CONNECTION_REFUSED")
    plans = await offer(stack)
    await subscriber(stack, plans["Aluno"])
    page = await windows.open()
    await refuse(page)

    await windows.sign_in(page, ANA, path)
    alert = page.get_by_role("alert")
    await expect(alert).to_contain_text(SCREENS[path])
    await expect(alert).to_contain_text("Sem resposta. Verifique a conexão e tente outra vez.")
    await assert_fit_for_all(page)
    await page.unroute("**/graphql")
    await page.get_by_role("button", name="Tentar de novo").click()

    await expect(page.get_by_text("R$ 29,90").first).to_be_visible()
    await expect(alert).to_have_count(0)


async def test_a_fault_of_the_server_names_the_request(windows: Windows, stack: Stack, guard: Guard) -> None:
    guard.expect("status of 500")
    page = await windows.open()

    async def fail(route: Route) -> None:
        problem = '{"title": "Internal Server Error", "status": 500, "code": "INTERNAL"}'
        headers = {"content-type": "application/problem+json", "x-request-id": "0123456789abcdef"}
        await route.fulfill(status=500, body=problem, headers=headers)

    await page.route("**/graphql", fail)
    await windows.sign_in(page, ANA, "/pagamentos")

    await expect(page.get_by_role("alert")).to_contain_text("Algo falhou do nosso lado.")
    await expect(page.get_by_text("req 0123456789abcdef")).to_be_visible()


async def test_what_was_shown_stays_while_the_api_is_away(
    windows: Windows, stack: Stack, guard: Guard
) -> None:
    guard.expect("ERR_CONNECTION_REFUSED")
    plans = await offer(stack)
    await subscriber(stack, plans["Aluno"])
    page = await windows.as_customer(ANA, "/pagamentos")
    await expect(page.get_by_text("R$ 29,90")).to_be_visible()
    await follow(page, "/planos")
    await expect(page.get_by_role("heading", name="Planos", level=1)).to_be_visible()

    await refuse(page)
    await follow(page, "/pagamentos")

    await expect(page.get_by_text("R$ 29,90")).to_be_visible()


async def test_a_slow_answer_is_announced_by_the_outline_of_what_comes(
    windows: Windows, stack: Stack
) -> None:
    plans = await offer(stack)
    await subscriber(stack, plans["Aluno"])
    page = await windows.open()
    go_on = asyncio.Event()

    async def hold(route: Route) -> None:
        await go_on.wait()
        await route.continue_()

    await page.route("**/graphql", hold)
    await windows.sign_in(page, ANA, "/pagamentos")
    outline = page.locator(".skeleton")
    await expect(outline).to_have_attribute("aria-busy", "true")
    await expect(outline).to_contain_text("Carregando")
    await expect(page.get_by_role("heading", name="Pagamentos")).to_be_visible()
    go_on.set()

    await expect(page.get_by_text("R$ 29,90")).to_be_visible()
    await expect(outline).to_have_count(0)


async def test_a_newcomer_reads_what_to_do_first(windows: Windows, stack: Stack) -> None:
    await offer(stack)
    page = await windows.as_customer(ANA, "/pagamentos")

    await expect(page.get_by_text("Nenhum pagamento ainda")).to_be_visible()
    await follow(page, "/faturas")
    await expect(page.get_by_text("Nenhuma fatura ainda")).to_be_visible()
    await follow(page, "/assinatura")
    await expect(page.get_by_text("Você ainda não tem uma assinatura")).to_be_visible()
    await page.get_by_role("link", name="Escolher um plano").click()

    await expect(page.get_by_role("heading", name="Planos", level=1)).to_be_visible()


async def test_where_nothing_is_on_offer_the_page_says_so(windows: Windows, stack: Stack) -> None:
    page = await windows.as_customer(ANA)

    await expect(page.get_by_text("Nenhum plano à venda agora")).to_be_visible()


async def test_an_address_that_leads_nowhere_says_so(windows: Windows, stack: Stack) -> None:
    page = await windows.as_customer(ANA, "/nada/disso")
    await expect(page.get_by_role("heading", name="Página não encontrada")).to_be_visible()

    for missing in ("/faturas/inv_nenhuma", "/checkout/plan_nenhum"):
        await page.goto(missing)
        await expect(page.get_by_role("heading", name="Página não encontrada")).to_be_visible()


async def test_without_a_network_the_page_says_that_it_may_be_out_of_date(
    windows: Windows, stack: Stack, guard: Guard
) -> None:
    guard.expect("ERR_INTERNET_DISCONNECTED")
    await offer(stack)
    page = await windows.as_customer(ANA)
    await expect(page.get_by_role("heading", name="Personal")).to_be_visible()

    await page.context.set_offline(True)
    await expect(page.get_by_role("alert")).to_contain_text("Sem conexão.")
    await page.context.set_offline(False)

    await expect(page.get_by_text("Sem conexão.")).to_have_count(0)
    await expect(page.get_by_role("heading", name="Personal")).to_be_visible()


@pytest.mark.parametrize(
    ("method", "zone", "button"),
    [("Pix", "America/Manaus", "Assinar e gerar Pix"), ("Cartão", "Asia/Tokyo", "Assinar e pagar")],
)
async def test_a_lost_answer_is_asked_for_again_and_nothing_is_paid_twice(
    windows: Windows, stack: Stack, guard: Guard, method: str, zone: str, button: str
) -> None:
    guard.expect("ERR_FAILED")
    plans = await offer(stack)
    page = await windows.as_customer(ANA, f"/checkout/{plans['Aluno']}", timezone_id=zone)
    await page.get_by_label(method, exact=True).check()
    if method == "Cartão":
        await fill(page, CARD)

    async def lose_the_answer(route: Route) -> None:
        await route.fetch()
        await route.abort()

    await page.route("**/graphql", lose_the_answer)
    await page.get_by_role("button", name=button).click()
    await expect(page.get_by_role("alert").filter(has_text="não pague de novo")).to_be_visible()
    assert await page.get_by_text("Nada foi cobrado").count() == 0
    await page.unroute_all(behavior="ignoreErrors")

    come = page.get_by_alt_text("QR code do Pix").or_(page.get_by_role("heading", name="Tudo certo"))
    await expect(come).to_be_visible()
    await stack.idle()
    mine = await stack.data("{ subscriptions(first: 5) { totalCount } payments(first: 5) { totalCount } }")
    assert mine == {"subscriptions": {"totalCount": 1}, "payments": {"totalCount": 1}}


async def test_a_refusal_is_scrolled_to_and_has_the_focus(windows: Windows, stack: Stack) -> None:
    plans = await offer(stack)
    page = await windows.as_customer(ANA, f"/checkout/{plans['Aluno']}", size=PHONE)
    await page.get_by_label("Cartão", exact=True).check()
    await (
        page.get_by_role("button", name="Começar teste grátis")
        .or_(page.get_by_role("button", name="Assinar e pagar"))
        .click()
    )

    await expect(page.get_by_label("Número do cartão")).to_be_focused()
    await expect(page.get_by_label("Número do cartão")).to_be_in_viewport()
