"""The operators' overview: the month's figures, and news of every event."""

from datetime import date

from playwright.async_api import Page, expect

from tests.browser.seeing import recorded
from tests.browser.shop import MARCH_1, offer, subscriber
from tests.browser.windows import Windows
from tests.journeys.asking import mutate
from tests.stack import Stack, local

BRUNO = "bruno@example.com"
APRIL_20 = date(2027, 4, 20)


async def figure_reads(page: Page, name: str, *lines: str) -> None:
    figure = page.locator(".kpi").filter(has=page.get_by_text(name, exact=True))
    await expect(figure.locator("dd")).to_have_text(lines)


async def test_it_tells_what_comes_in_every_month_and_from_whom(windows: Windows, stack: Stack) -> None:
    plans = await offer(stack)
    anas = await subscriber(stack, plans["Aluno"], since=MARCH_1)
    await subscriber(stack, plans["Personal"], email=BRUNO, since=APRIL_20)
    assert await mutate(stack, "cancelSubscription", subscriptionId=anas, cancelImmediately=True) == []
    page = await windows.as_operator()

    # April began with Ana's 29.90; she left and Bruno's 79.90 came: 79.90 / 29.90 = 2.672.
    await figure_reads(page, "MRR", "R$ 79,90", "167,2% a mais no mês")
    await figure_reads(page, "Assinaturas ativas", "1", "Sem mudança")
    await figure_reads(page, "Cancelamento no mês", "100%", "Primeiro mês com dados")
    await figure_reads(page, "Eventos na fila", "0", "Nenhum com falha")
    await expect(page.locator(".bars").first.get_by_role("listitem")).to_have_text(
        ["Personal 1", "Aluno 0", "Estúdio 0"]
    )
    await expect(page.get_by_text("A receita mensal cresceu R$ 50,00.")).to_be_visible()
    await expect(page.get_by_role("listitem").filter(has_text="Novos clientes")).to_contain_text("R$ 79,90")
    await expect(page.get_by_role("listitem").filter(has_text="Cancelamentos")).to_contain_text("R$ 29,90")
    await expect(page.get_by_role("img")).to_have_accessible_name(
        "Receita mensal recorrente de fevereiro de 2027 a abril de 2027: de R$ 0,00 para R$ 79,90."
    )

    await page.get_by_text("Ver tabela").click()

    rows = page.get_by_role("table", name="Receita mensal recorrente").get_by_role("row")
    # It begins with the month before the first in which anything came.
    await expect(rows).to_have_count(4)
    await expect(rows.nth(1)).to_have_text("fevereiro de 2027R$ 0,00")
    await expect(rows.nth(2)).to_have_text("março de 2027R$ 29,90")
    await expect(rows.nth(3)).to_have_text("abril de 2027R$ 79,90")


async def test_before_anything_happened_it_says_what_to_do_first(windows: Windows, stack: Stack) -> None:
    page = await windows.as_operator()

    await figure_reads(page, "MRR", "R$ 0,00", "Sem mudança")
    await expect(page.get_by_text("Nenhum evento ainda")).to_be_visible()
    await page.get_by_role("link", name="Criar plano").click()
    await expect(page.get_by_role("heading", name="Novo plano")).to_be_focused()


async def test_a_second_window_sees_a_change_without_being_loaded_anew(
    windows: Windows, stack: Stack
) -> None:
    plans = await offer(stack)
    await stack.advance(to=local(MARCH_1))
    watching = await windows.as_operator()
    await expect(watching.get_by_text("Atualizado", exact=True)).to_be_visible()
    await figure_reads(watching, "Assinaturas ativas", "0", "Sem mudança")

    await subscriber(stack, plans["Aluno"])

    active = watching.locator(".kpi-value").nth(1)
    await expect(active).to_have_text("1")
    newest = watching.get_by_role("table", name="Últimos eventos").get_by_role("row").nth(1)
    await expect(newest).to_contain_text("Aplicado")


async def test_customers_load_nothing_of_the_operators_pages(windows: Windows, stack: Stack) -> None:
    await offer(stack)
    page = await windows.open()
    requests = recorded(page)

    await page.goto("/admin")

    await expect(page.get_by_role("heading", name="Entrar", level=1)).to_be_visible()
    assert [request.url for request in requests if "/admin-" in request.url] == []
