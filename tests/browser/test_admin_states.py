"""What operators see where nothing can be shown: loading, empty, failed."""

import asyncio

from playwright.async_api import Page, Route, WebSocketRoute, expect

from tests.browser.guard import Guard
from tests.browser.seeing import assert_fit_for_all, sideways_px
from tests.browser.windows import PHONE, Windows, enter
from tests.stack import token

FAILURES = {
    "/admin": "Não foi possível carregar a visão geral",
    "/admin/assinaturas": "Não foi possível carregar as assinaturas",
    "/admin/pagamentos": "Não foi possível carregar os pagamentos",
    "/admin/eventos": "Não foi possível carregar os eventos",
    "/admin/eventos/falhas": "Não foi possível carregar a fila de falhas",
    "/admin/planos": "Não foi possível carregar os planos",
}
EMPTY = {
    "/admin": "Nenhum evento ainda",
    "/admin/assinaturas": "Nenhuma assinatura ainda",
    "/admin/pagamentos": "Nenhum pagamento ainda",
    "/admin/eventos": "Nenhum evento ainda",
    "/admin/eventos/revisao": "Nada para revisar",
    "/admin/eventos/falhas": "Nenhum evento com falha",
    "/admin/planos": "Nenhum plano ainda",
}


async def follow(page: Page, path: str) -> None:
    """Go to *path* without loading the page anew."""
    await page.evaluate(
        "path => { history.pushState(null, '', path); dispatchEvent(new PopStateEvent('popstate')) }", path
    )


async def test_every_empty_page_says_what_will_be_there(windows: Windows) -> None:
    page = await windows.as_operator(size=PHONE)
    for path, sentence in EMPTY.items():
        await follow(page, path)

        await expect(page.get_by_text(sentence)).to_be_visible()
        await assert_fit_for_all(page)


async def test_a_page_whose_answer_does_not_come_says_so_and_tries_again(
    windows: Windows, guard: Guard
) -> None:
    guard.expect("ERR_CONNECTION_REFUSED")
    page = await windows.as_operator("/admin/planos/novo", size=PHONE)
    await expect(page.get_by_role("region", name="Relógio do ambiente de testes")).to_be_visible()

    async def abort(route: Route) -> None:
        await route.abort("connectionrefused")

    for path, sentence in FAILURES.items():
        await page.route("**/graphql", abort)
        await follow(page, path)

        alert = page.get_by_role("alert").filter(has_text=sentence)
        await expect(alert).to_contain_text("Sem resposta. Verifique a conexão e tente outra vez.")
        await assert_fit_for_all(page)
        await page.unroute("**/graphql")
        await alert.get_by_role("button", name="Tentar de novo").click()
        await expect(page.get_by_text(EMPTY[path])).to_be_visible()


async def test_a_report_that_fails_leaves_the_rest_of_the_overview(windows: Windows, guard: Guard) -> None:
    guard.expect("status of 500")
    page = await windows.open()

    async def fail_the_report(route: Route) -> None:
        if "revenueReport" in (route.request.post_data or ""):
            await route.fulfill(status=500, headers={"x-request-id": "0123456789abcdef"}, body="{}")
        else:
            await route.continue_()

    await page.route("**/graphql", fail_the_report)
    await enter(page, "/admin", bearer=token(email="admin@example.com"))

    alert = page.get_by_role("alert")
    await expect(alert).to_contain_text("Não foi possível calcular a receita")
    await expect(alert).to_contain_text("req 0123456789abcdef")
    await expect(page.get_by_text("Assinaturas ativas")).to_be_visible()
    await expect(page.get_by_text("Nenhum evento ainda")).to_be_visible()


async def test_while_an_answer_is_awaited_the_outline_of_the_page_is_there(windows: Windows) -> None:
    page = await windows.as_operator("/admin/planos/novo", size=PHONE)
    await expect(page.get_by_role("heading", name="Novo plano")).to_be_visible()
    answered = asyncio.Event()

    async def hold(route: Route) -> None:
        await answered.wait()
        await route.continue_()

    await page.route("**/graphql", hold)
    for path in EMPTY:
        await follow(page, path)
        await expect(page.locator('.skeleton[aria-busy="true"]').first).to_be_visible()
        assert await page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]

    answered.set()
    await expect(page.get_by_text("Nenhum plano ainda")).to_be_visible()
    await expect(page.locator(".skeleton")).to_have_count(0)


async def test_a_lost_connection_is_told_without_widening_a_phones_page(windows: Windows) -> None:
    page = await windows.open(size=PHONE)

    async def hang_up(socket: WebSocketRoute) -> None:
        await socket.close()

    await page.route_web_socket("**/graphql", hang_up)
    await enter(page, "/admin/planos", bearer=token(email="admin@example.com"))

    await expect(page.get_by_role("status").filter(has_text="Reconectando")).to_be_attached()
    assert await sideways_px(page) == 0
