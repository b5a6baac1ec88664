"""Signing in by the seller's identity provider: a real one on loopback, and everything that can be wrong."""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from pydantic import SecretStr

from ciclo.actions.access.members import invite_by_command
from ciclo.permissions import OperatorRole
from ciclo.viewer import Actor
from ciclo.web.sign_in.provider import IdentityProvider
from tests.access.identity_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    OTHER_KEY,
    Provider,
    identity_provider,
)
from tests.journeys.asking import a_plan, subscribe
from tests.stack import Stack, browser_of, running_stack, settings_for

BEGIN = "/api/session/provider"
ME = "{ me { kind subject email roles } }"
ANA: dict[str, Any] = {"sub": "u-1", "email": "Ana@Example.com", "email_verified": True}


@pytest.fixture(scope="module")
async def provider() -> AsyncIterator[Provider]:
    async with identity_provider() as running:
        yield running


@pytest.fixture(scope="module")
async def stack(
    provider: Provider, mongo_url: str, redis_url: str, database_name: str, stream_prefix: str
) -> AsyncIterator[Stack]:
    settings = settings_for(
        mongo_url,
        redis_url,
        database=database_name,
        prefix=stream_prefix,
        sign_in_url=provider.url,
        sign_in_name="Escola",
        sign_in_client_id=CLIENT_ID,
        sign_in_client_secret=SecretStr(CLIENT_SECRET),
    )
    async with running_stack(settings) as running:
        yield running


@pytest.fixture(autouse=True)
def as_usual(provider: Provider) -> None:
    provider.claims, provider.token_changes, provider.answers_error = dict(ANA), {}, ""


async def returned(stack: Stack, browser: httpx.AsyncClient, to: str = "/faturas") -> httpx.Response:
    """Go to the provider and come back, as a browser does, up to the last answer of ours."""
    led = await browser.get(BEGIN, params={"to": to})
    assert led.status_code == 303
    back = await browser.get(led.headers["location"])
    assert urlsplit(back.headers["location"]).netloc == urlsplit(stack.url).netloc
    return await browser.get(back.headers["location"])


async def me_of(browser: httpx.AsyncClient) -> Any:
    return (await browser.post("/graphql", json={"query": ME})).json().get("data", {}).get("me")


async def test_a_customer_comes_back_signed_in_to_where_they_wanted_to_go(
    stack: Stack, provider: Provider
) -> None:
    subscription = await subscribe(stack, await a_plan(stack), "ana@example.com")
    async with browser_of(stack) as browser:
        ways = (await browser.get("/api/session")).json()["ways"]
        answer = await returned(stack, browser)
        mine = (await browser.post("/graphql", json={"query": "{ mySubscription { id } }"})).json()

    assert ways["provider"] == "Escola"
    assert (answer.status_code, answer.headers["location"]) == (303, "/faturas")
    assert mine["data"]["mySubscription"]["id"] == subscription
    asked = provider.asked[-1]
    assert asked["redirect_uri"] == f"{stack.url}/api/session/callback"
    assert len({asked["state"], asked["nonce"], asked["code_challenge"]}) == 3


async def test_who_came_by_the_provider_is_led_there_to_sign_out_too(
    stack: Stack, provider: Provider
) -> None:
    async with browser_of(stack) as browser:
        assert (await browser.delete("/api/session")).status_code == 204
        await returned(stack, browser)
        assert await me_of(browser)
        out = await browser.delete("/api/session")
        assert await me_of(browser) is None

    lead = urlsplit(out.json()["leadTo"])
    assert f"{lead.scheme}://{lead.netloc}{lead.path}" == f"{provider.url}/logout"
    asked = {name: values[0] for name, values in parse_qs(lead.query).items()}
    assert asked == {"client_id": CLIENT_ID, "post_logout_redirect_uri": f"{stack.url}/entrar"}


async def test_who_signs_out_does_not_wait_for_a_provider_that_says_nothing(
    stack: Stack, provider: Provider
) -> None:
    async with browser_of(stack) as browser:
        await returned(stack, browser)
        provider.never_ends = True
        assert (await browser.delete("/api/session")).json()["leadTo"].startswith(f"{provider.url}/logout?")
    # Another process has never heard of it.
    assert await IdentityProvider(stack.deps.settings).way_out() is None


@pytest.mark.parametrize(
    "to", ["//evil.example.com", "https://evil.example.com/", "/\\evil.example.com", "/a b"]
)
async def test_nobody_is_led_to_another_host(stack: Stack, to: str) -> None:
    async with browser_of(stack) as browser:
        assert (await returned(stack, browser, to)).headers["location"] == "/"


async def test_operators_are_members_by_address_or_have_the_providers_roles(
    stack: Stack, provider: Provider
) -> None:
    by = Actor(name="cli:root@desk")
    await invite_by_command(stack.deps, "sam@example.com", [OperatorRole.SUPPORT], by=by)
    provider.claims = {"sub": "u-2", "email": "sam@example.com", "email_verified": True, "roles": ["OWNER"]}
    async with browser_of(stack) as browser:
        await returned(stack, browser, "/admin")
        member = await me_of(browser)
        provider.claims = {"sub": "u-3", "roles": ["FINANCE", "barista"]}
        await returned(stack, browser, "/admin")
        by_claim = await me_of(browser)
    assert (member["subject"], member["roles"]) == ("sam@example.com", ["SUPPORT"])
    assert (by_claim["subject"], by_claim["roles"]) == ("u-3", ["FINANCE"])


@pytest.mark.parametrize(
    ("claims", "changes", "code"),
    [
        pytest.param({}, {"nonce": "of another journey"}, "SIGN_IN_PROVIDER_REFUSED", id="nonce"),
        pytest.param({}, {"aud": "another client"}, "SIGN_IN_PROVIDER_REFUSED", id="audience"),
        pytest.param({}, {"iss": "https://id.evil.example"}, "SIGN_IN_PROVIDER_REFUSED", id="issuer"),
        pytest.param({}, {"exp": 1_700_000_000}, "SIGN_IN_PROVIDER_REFUSED", id="expired"),
        pytest.param({"email_verified": False}, {}, "SIGN_IN_NOBODY_HERE", id="not verified"),
        pytest.param({"sub": "key_01h455vb4pex5vsknk084sn02q"}, {}, "SIGN_IN_NOBODY_HERE", id="a key's name"),
    ],
)
async def test_what_does_not_count_signs_nobody_in(
    stack: Stack, provider: Provider, claims: dict[str, Any], changes: dict[str, Any], code: str
) -> None:
    provider.claims |= claims
    provider.token_changes = changes
    async with browser_of(stack) as browser:
        answer = await returned(stack, browser)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/entrar?problema={code}")
        assert await me_of(browser) is None


async def test_a_forged_token_and_a_refusal_sign_nobody_in(stack: Stack, provider: Provider) -> None:
    async with browser_of(stack) as browser:
        provider.signing_key = OTHER_KEY
        forged = await returned(stack, browser)
        provider.signing_key = type(provider).signing_key
        provider.answers_error = "access_denied"
        denied = await returned(stack, browser)
    for answer in (forged, denied):
        assert answer.headers["location"] == "/entrar?problema=SIGN_IN_PROVIDER_REFUSED"


async def test_only_the_browser_that_was_led_there_comes_back_and_once(stack: Stack) -> None:
    async with browser_of(stack) as browser, browser_of(stack) as victim:
        led = await browser.get(BEGIN)
        back = (await browser.get(led.headers["location"])).headers["location"]

        # Somebody's answer, put into another browser: it would be signed in as them.
        other = await victim.get(back)
        assert other.headers["location"] == "/entrar?problema=SIGN_IN_STATE_MISMATCH"
        wrong = back.replace("state=", "state=x")
        assert "SIGN_IN_STATE_MISMATCH" in (await browser.get(wrong)).headers["location"]
        assert await me_of(browser) is None
        assert await me_of(victim) is None

        led = await browser.get(BEGIN)
        back = (await browser.get(led.headers["location"])).headers["location"]
        assert (await browser.get(back)).headers["location"] == "/"
        assert "SIGN_IN_STATE_MISMATCH" in (await browser.get(back)).headers["location"]


async def test_a_code_is_of_no_use_without_the_verifier(stack: Stack, provider: Provider) -> None:
    async with browser_of(stack) as browser, browser_of(stack) as thief:
        led = await browser.get(BEGIN)
        back = (await browser.get(led.headers["location"])).headers["location"]
        stolen = parse_qs(urlsplit(back).query)["code"][0]
        own = urlsplit((await thief.get(BEGIN)).headers["location"])
        state = parse_qs(own.query)["state"][0]

        answer = await thief.get("/api/session/callback", params={"code": stolen, "state": state})

        assert answer.headers["location"] == "/entrar?problema=SIGN_IN_PROVIDER_REFUSED"
        assert await me_of(thief) is None
    assert provider.codes == {} or stolen not in provider.codes
