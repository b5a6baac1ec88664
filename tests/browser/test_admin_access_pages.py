"""Who may do what, on pages: keys, approvals, the log; and what a role does not see."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, Page, expect

from ciclo.actions.access.api_keys import KEY_SHAPE
from ciclo.settings.settings import Settings
from tests.access.test_api_keys import ME
from tests.access.test_approvals import ANA, asked
from tests.browser.guard import Guard
from tests.browser.seeing import assert_fit_for_all
from tests.browser.shop import MARCH_1, offer, subscriber
from tests.browser.windows import Windows, enter, opened
from tests.journeys.asking import a_plan, subscribe
from tests.stack import Stack, running_stack, settings_for, token

PAYMENTS = "{ payments { edges { node { id refunds { amount { amount } } } } } }"


@pytest.fixture
def settings(mongo_url: str, redis_url: str, database_name: str, stream_prefix: str) -> Settings:
    return settings_for(
        mongo_url, redis_url, database=database_name, prefix=stream_prefix, two_persons_above_cents=2_000
    )


async def as_role(windows: Windows, role: str, path: str = "/admin") -> Page:
    page = await windows.open()
    await enter(
        page, path, bearer=token(subject=f"u-{role}", email=f"{role}@example.com".lower(), roles=[role])
    )
    return page


async def areas(page: Page) -> list[str]:
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    return await page.get_by_role("navigation", name="Áreas").get_by_role("link").all_inner_texts()


async def test_a_key_is_made_shown_once_and_revoked(windows: Windows, stack: Stack) -> None:
    page = await windows.as_operator("/admin/acesso/chaves")
    await expect(page.get_by_text("Nenhuma chave ainda")).to_be_visible()
    await page.get_by_role("button", name="Nova chave").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Criar chave").click()
    await expect(dialog.get_by_label("Nome")).to_have_attribute("aria-invalid", "true")

    await dialog.get_by_label("Nome").fill("Loja")
    await dialog.get_by_label("Ver planos").check()
    await dialog.get_by_label("Endereços permitidos").fill("127.0.0.1")
    await assert_fit_for_all(page)
    await dialog.get_by_role("button", name="Criar chave").click()
    secret = await dialog.get_by_label("Chave", exact=True).input_value()

    assert KEY_SHAPE.fullmatch(secret)
    assert (await stack.data(ME, bearer=secret))["me"]["permissions"] == ["PLANS_READ"]
    await assert_fit_for_all(page)
    await dialog.get_by_role("button", name="Fechar").last.click()
    row = page.get_by_role("row").nth(1)
    await expect(row).to_contain_text("Loja")
    await expect(row).to_contain_text("Válida")
    assert secret not in await page.content()

    await row.get_by_role("button", name="Revogar").click()
    await page.get_by_role("dialog").get_by_role("button", name="Revogar").click()
    await expect(page.get_by_role("row").nth(1)).to_contain_text("Revogada")


async def test_the_log_tells_who_changed_what(windows: Windows, stack: Stack) -> None:
    plan_id = await a_plan(stack, name="Básico")
    update = "mutation($input: UpdatePlanInput!) { updatePlan(input: $input) { userErrors { code } } }"
    await stack.data(update, {"input": {"planId": plan_id, "name": "Melhor"}})
    page = await windows.as_operator("/admin/acesso/registro")

    await page.get_by_role("button", name="Plano alterado").click()
    dialog = page.get_by_role("dialog", name="Plano alterado")
    await expect(dialog.locator("pre").first).to_contain_text('"name": "Básico"')
    await expect(dialog.locator("pre").last).to_contain_text('"name": "Melhor"')
    await expect(dialog.get_by_text("operator", exact=True)).to_be_visible()
    await assert_fit_for_all(page)
    await dialog.get_by_role("button", name="Fechar").last.click()

    await page.get_by_label("Quem", exact=True).fill("nobody")
    await expect(page.get_by_text("Plano alterado")).to_have_count(0)


@asynccontextmanager
async def waiting(settings: Settings, browser: Browser, guard: Guard) -> AsyncIterator[tuple[Stack, Windows]]:
    """Give a stack in which Ana's refund of 29.99 waits for somebody else."""
    async with running_stack(settings) as stack, opened(browser, stack, guard) as windows:
        await subscribe(stack, await a_plan(stack, trialDays=0), "payer@example.com", card="tok_visa")
        [edge] = (await stack.data(PAYMENTS))["payments"]["edges"]
        assert await asked(stack, edge["node"]["id"], reason="em dobro") == ["APPROVAL_REQUIRED"]
        yield stack, windows


async def test_a_second_person_lets_money_go(settings: Settings, browser: Browser, guard: Guard) -> None:
    async with waiting(settings, browser, guard) as (stack, windows):
        own = await windows.open()
        await enter(own, "/admin/acesso/aprovacoes", bearer=ANA)
        await own.get_by_role("button", name="Estorno de pagamento").click()
        await expect(own.get_by_text("Outra pessoa precisa aprovar")).to_be_visible()
        await expect(own.get_by_role("button", name=re.compile("Aprovar"))).to_have_count(0)
        await assert_fit_for_all(own)

        page = await windows.as_operator("/admin/acesso/aprovacoes")
        await expect(page.get_by_role("row").nth(1)).to_contain_text("em dobro")
        await page.get_by_role("button", name="Estorno de pagamento").click()
        await page.get_by_role("button", name="Aprovar e devolver R$ 29,99").click()

        await expect(page.get_by_role("row").nth(1)).to_contain_text("Aprovada")
        await stack.idle()
        [edge] = (await stack.data(PAYMENTS))["payments"]["edges"]
        assert [refund["amount"]["amount"] for refund in edge["node"]["refunds"]] == ["29.99"]


async def test_a_role_sees_the_pages_and_buttons_of_its_own(windows: Windows, stack: Stack) -> None:
    await subscriber(stack, (await offer(stack))["Aluno"], since=MARCH_1)

    support = await as_role(windows, "SUPPORT")
    await expect(support.get_by_role("heading", level=1, name="Clientes")).to_be_visible()
    assert await areas(support) == ["Clientes", "Assinaturas", "Faturas", "Pagamentos", "Eventos", "Planos"]
    await expect(support.get_by_role("button", name="+1 dia")).to_have_count(0)
    await support.get_by_role("link", name="Planos").click()
    await expect(support.get_by_role("heading", level=1, name="Planos")).to_be_visible()
    await expect(support.get_by_role("link", name="Novo plano")).to_have_count(0)
    await support.goto("/admin/acesso/chaves")
    await expect(support.get_by_role("heading", level=1, name="Página não encontrada")).to_be_visible()

    analyst = await as_role(windows, "ANALYST")
    await expect(analyst.get_by_role("heading", level=1, name="Visão geral")).to_be_visible()
    assert await areas(analyst) == ["Visão geral", "Planos"]
    await expect(analyst.get_by_role("button", name="Exportar")).to_have_count(0)

    developer = await as_role(windows, "DEVELOPER", "/admin/acesso/chaves")
    await developer.get_by_role("button", name="Nova chave").click()
    dialog = developer.get_by_role("dialog")
    await expect(dialog.get_by_label("Ver planos")).to_be_visible()
    await expect(dialog.get_by_label("Devolver dinheiro")).to_have_count(0)
