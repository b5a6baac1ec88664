"""Getting in: by a printed link, by choosing a demo person, and not at all."""

import re
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from playwright.async_api import Page, expect

from tests.browser.guard import Guard
from tests.browser.seeing import is_settled, recorded
from tests.browser.shop import ANA, offer, subscriber
from tests.browser.windows import Windows, enter
from tests.stack import JWT_SECRET, Stack, token


def expired_token(email: str) -> str:
    now = datetime.now(UTC)
    claims = {"sub": email, "email": email, "role": "customer", "aud": "ciclo", "iss": "ciclo"}
    times = {"iat": now - timedelta(hours=2), "exp": now - timedelta(hours=1)}
    return jwt.encode(claims | times, JWT_SECRET, algorithm="HS256")


async def test_a_printed_link_signs_in_and_its_token_shows_nowhere(
    page: Page, stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    await offer(stack)
    bearer = token(role="customer", email=ANA)
    requests = recorded(page)

    await enter(page, "/pagamentos?situacao=FAILED", bearer=bearer)
    await expect(page.get_by_role("heading", name="Pagamentos")).to_be_visible()
    await is_settled(page)

    assert page.url == f"{stack.url}/pagamentos?situacao=FAILED"
    assert await page.evaluate("history.length") == 2
    sent = [await one.all_headers() for one in requests]
    assert {headers.get("referer") for headers in sent} == {None}
    assert not any(bearer in one.url.partition("#")[0] for one in requests)
    logged = capsys.readouterr().out
    assert "path=/pagamentos" in re.sub(r"\x1b\[[0-9;]*m", "", logged)
    assert bearer not in logged
    assert bearer.split(".")[2] not in logged


async def test_a_link_opens_a_page_for_another_person_in_the_same_window(page: Page, stack: Stack) -> None:
    await offer(stack)
    await enter(page, "/", bearer=token(role="customer", email=ANA))
    await expect(page.get_by_role("button", name=f"Conta de {ANA}")).to_be_visible()

    await enter(page, "/", bearer=token(role="customer", email="bruno@example.com"))

    await expect(page.get_by_role("button", name="Conta de bruno@example.com")).to_be_visible()
    assert "token" not in page.url


async def test_somebody_chooses_a_demo_person_and_leaves_again(page: Page, stack: Stack) -> None:
    plans = await offer(stack)
    await subscriber(stack, plans["Personal"])

    await page.goto("/assinatura")
    await page.get_by_role("button", name=f"{ANA} Personal, Ativa").click()
    await expect(page.get_by_role("heading", name="Personal, mensal")).to_be_visible()
    await page.get_by_role("button", name=f"Conta de {ANA}").click()
    await page.get_by_role("button", name="Sair").click()

    await expect(page.get_by_role("heading", name="Entrar", exact=True)).to_be_visible()
    assert await page.evaluate("sessionStorage.length") == 0
    await page.reload()
    await expect(page.get_by_role("heading", name="Entrar", exact=True)).to_be_visible()


async def test_a_newcomer_can_be_chosen_where_nobody_subscribed_yet(page: Page, stack: Stack) -> None:
    await offer(stack)

    await page.goto("/")
    await page.get_by_role("button", name="nova@example.com Ainda sem assinatura").click()

    await expect(page.get_by_role("link", name="Assinar Personal")).to_be_visible()


async def test_an_expired_link_is_said_to_be(page: Page, stack: Stack) -> None:
    await enter(page, "/assinatura", bearer=expired_token(ANA))

    await expect(page.get_by_text("Sua sessão terminou")).to_be_visible()
    assert page.url == f"{stack.url}/assinatura"


async def test_a_token_that_the_server_refuses_ends_the_session(
    page: Page, stack: Stack, guard: Guard
) -> None:
    guard.expect("status of 401")
    guard.expect("WebSocket")
    forged = token(role="customer", email=ANA).rpartition(".")[0] + ".AAAA"

    await enter(page, "/", bearer=forged)

    await expect(page.get_by_text("Sua sessão terminou")).to_be_visible()
    assert await page.evaluate("sessionStorage.length") == 0


async def test_a_session_ends_by_itself_when_its_token_does(page: Page, stack: Stack) -> None:
    await offer(stack)
    await page.clock.install()
    await enter(page, "/", bearer=token(role="customer", email=ANA))
    await expect(page.get_by_role("heading", name="Personal")).to_be_visible()

    await page.clock.fast_forward("02:01:00")

    await expect(page.get_by_text("Sua sessão terminou")).to_be_visible()


async def test_the_operators_pages_are_refused_to_customers(windows: Windows, stack: Stack) -> None:
    page = await windows.as_customer(ANA, "/admin")

    await expect(page.get_by_text("Esta área é da operação.")).to_be_visible()


async def test_the_language_changes_and_stays(windows: Windows, stack: Stack) -> None:
    plans = await offer(stack)
    await subscriber(stack, plans["Personal"])
    page = await windows.as_customer(ANA)
    await expect(page.locator("html")).to_have_attribute("lang", "pt-BR")

    await page.get_by_role("button", name=f"Conta de {ANA}").click()
    await page.get_by_label("English").check()
    await expect(page.get_by_role("heading", name="Plans")).to_be_visible()
    await page.reload()

    await expect(page.get_by_role("heading", name="Plans")).to_be_visible()
    await expect(page.locator("html")).to_have_attribute("lang", "en")
    await expect(page.get_by_text("R$79.90", exact=True)).to_be_visible()
