"""Sessions: what the cookie is like, who may use it whence, how long it lasts, and how it ends."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Origin, Subprotocol

from ciclo.actions.access.sessions import (
    CUSTOMERS,
    OPERATORS,
    Person,
    begin_session,
    digest_secret,
    use_session,
)
from ciclo.permissions import OperatorRole
from ciclo.store.access.sessions import SignInWay
from ciclo.web.sign_in.cookies import Cookie
from tests.journeys.asking import a_plan, subscribe
from tests.journeys.test_live import FEED, listen, received
from tests.stack import Stack, browser_of, token

ANA = Person(subject="ana@example.com", email="ana@example.com")
SUPPORT = Person(subject="sam@example.com", email="sam@example.com", roles=(OperatorRole.SUPPORT,))
ME = "{ me { kind subject email roles } }"
SESSION = "/api/session"


async def signed_in(stack: Stack, browser: httpx.AsyncClient, person: Person = ANA) -> str:
    secret, _ = await begin_session(stack.deps, person, SignInWay.SANDBOX)
    browser.cookies.set(cookie_of(stack).name, secret, domain="127.0.0.1")
    return secret


def cookie_of(stack: Stack) -> Cookie:
    return Cookie.of(stack.deps.settings, "session")


async def asked(browser: httpx.AsyncClient, query: str = ME, **options: Any) -> dict[str, Any]:
    answer: dict[str, Any] = (await browser.post("/graphql", json={"query": query}, **options)).json()
    return answer


def socket_of(stack: Stack, secret: str, *, origin: str) -> connect:
    return connect(
        f"{stack.url.replace('http', 'ws')}/graphql",
        additional_headers={"cookie": f"{cookie_of(stack).name}={secret}"},
        origin=Origin(origin),
        subprotocols=[Subprotocol("graphql-transport-ws")],
    )


async def opened(opening: connect) -> None:
    async with opening as socket:
        await socket.send('{"type": "connection_init"}')
        assert json.loads(await socket.recv())["type"] == "connection_ack"


def code_of(answer: dict[str, Any]) -> str:
    code: str = answer["errors"][0]["extensions"]["code"]
    return code


async def test_the_cookie_is_of_one_host_over_tls_and_of_one_port_without(stack: Stack) -> None:
    settings = stack.deps.settings
    over_tls = Cookie.of(settings.model_copy(update={"base_url": "https://pay.example.com"}), "session")
    here = Cookie.of(settings.model_copy(update={"base_url": "http://127.0.0.1:8123"}), "session")

    assert over_tls == Cookie("__Host-ciclo-session", is_secure=True)
    assert here == Cookie("ciclo-session-8123", is_secure=False)


async def test_a_browser_is_known_by_a_cookie_that_no_script_reads(stack: Stack) -> None:
    async with browser_of(stack) as browser:
        begun = await browser.post("/sandbox/sessions", json={"email": "nova@example.com"})
        told = (await browser.get(SESSION)).json()
        me = await asked(browser)

    cookie = begun.headers["set-cookie"]
    assert {"HttpOnly", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    assert told["person"]["email"] == "nova@example.com"
    assert me["data"]["me"]["kind"] == "CUSTOMER"
    secret = cookie.split("=", 1)[1].split(";")[0]
    [stored] = await stack.deps.store["sessions"].find({"subject": "nova@example.com"}).to_list(None)
    assert stored["_id"] == digest_secret(secret)
    assert secret not in str(stored)


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"x-ciclo-request": ""}, id="without the pages' header"),
        pytest.param({"origin": "https://evil.example.com"}, id="another origin"),
        pytest.param({"origin": "null"}, id="a sandboxed frame"),
        pytest.param({"sec-fetch-site": "cross-site"}, id="another site"),
        pytest.param({"sec-fetch-site": "same-site"}, id="a sister of this host"),
    ],
)
async def test_another_sites_page_can_ask_nothing_with_the_cookie(
    stack: Stack, headers: dict[str, str]
) -> None:
    async with browser_of(stack) as browser:
        await signed_in(stack, browser)

        for method, path in (
            ("POST", "/graphql"),
            ("DELETE", SESSION),
            ("POST", "/api/entitlements/consume"),
        ):
            answer = await browser.request(method, path, json={"query": ME}, headers=headers)
            assert answer.status_code == 403, path
            assert "CROSS_SITE_REQUEST" in answer.text
        # With a token it is no browser that sends by itself.
        bearer = {"authorization": f"Bearer {token()}"}
        assert (await asked(browser, headers=headers | bearer))["data"]["me"]["subject"] == "operator"
        assert (await asked(browser))["data"]["me"]["subject"] == ANA.subject


async def test_another_sites_page_opens_no_socket_with_the_cookie(stack: Stack) -> None:
    secret, _ = await begin_session(stack.deps, ANA, SignInWay.SANDBOX)

    with pytest.raises((InvalidStatus, ConnectionClosed)):
        await opened(socket_of(stack, secret, origin="https://evil.example.com"))
    await opened(socket_of(stack, secret, origin=stack.url))


async def test_a_session_lasts_while_it_is_used_and_not_for_ever(stack: Stack) -> None:
    secret, begun = await begin_session(stack.deps, ANA, SignInWay.SANDBOX)

    async def is_good(after: timedelta) -> bool:
        later = replace(stack.deps, wall=lambda: begun.created_at + after)
        return await use_session(later, secret) is not None

    idle, most = CUSTOMERS.idle, CUSTOMERS.most
    assert not await is_good(idle)
    used = timedelta(0)
    while (used := used + idle - timedelta(hours=1)) < most:
        assert await is_good(used)
    assert not await is_good(most)
    assert OPERATORS.idle < idle
    operator, _ = await begin_session(stack.deps, SUPPORT, SignInWay.SANDBOX)
    later = replace(stack.deps, wall=lambda: stack.deps.wall() + OPERATORS.idle)
    assert await use_session(later, operator) is None


async def test_signing_out_ends_this_browser_or_all_of_a_person(stack: Stack) -> None:
    async with browser_of(stack) as desk, browser_of(stack) as phone, browser_of(stack) as others:
        for browser, person in ((desk, ANA), (phone, ANA), (others, SUPPORT)):
            await signed_in(stack, browser, person)
        old = desk.cookies[cookie_of(stack).name]

        assert (await desk.delete(SESSION)).status_code == 204
        desk.cookies.set(cookie_of(stack).name, old, domain="127.0.0.1")
        assert code_of(await asked(desk)) == "UNAUTHENTICATED"
        assert (await asked(phone))["data"]["me"]["subject"] == ANA.subject

        await signed_in(stack, desk)
        assert (await desk.delete(f"{SESSION}?everywhere=true")).status_code == 204
        assert code_of(await asked(phone)) == "UNAUTHENTICATED"
        assert (await asked(others))["data"]["me"]["roles"] == ["SUPPORT"]


async def test_a_live_update_tells_nothing_more_once_its_browser_is_signed_out(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ciclo.web.sign_in.sessions.KNOWN_S_MAX", 0.0)
    plan_id = await a_plan(stack)
    async with browser_of(stack) as browser:
        secret = await signed_in(stack, browser, SUPPORT)
        async with socket_of(stack, secret, origin=stack.url) as socket:
            await socket.send('{"type": "connection_init"}')
            await socket.recv()
            await listen(socket, FEED)
            await socket.send('{"type": "ping"}')
            await socket.recv()
            first = await subscribe(stack, plan_id, "first@example.com")
            assert (await received(socket))["eventFeed"]["subscriptionId"] == first

            await browser.delete(SESSION)
            second = await subscribe(stack, plan_id, "second@example.com")

            told: list[dict[str, Any]] = []
            while not (told and "errors" in told[-1]):
                told.append(json.loads(await asyncio.wait_for(socket.recv(), timeout=10))["payload"])
    assert told[-1]["errors"][0]["extensions"]["code"] == "TOKEN_EXPIRED"
    assert second not in str(told)


async def test_a_dead_cookie_is_nobody_and_no_obstacle(stack: Stack) -> None:
    async with browser_of(stack) as browser:
        for value in ("x" * 43, "short", "a" * 3_000):
            browser.cookies.set(cookie_of(stack).name, value, domain="127.0.0.1")
            assert "errors" not in await asked(browser, "{ __typename }")
            assert code_of(await asked(browser)) == "UNAUTHENTICATED"
        told = await browser.get(SESSION)
    assert told.json()["person"] is None
    assert "Max-Age=0" in told.headers["set-cookie"]
