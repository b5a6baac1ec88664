"""Links by mail: the same answer for everybody, one use in one browser, and not too many."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from ciclo.actions.access.members import invite_by_command
from ciclo.actions.access.sign_in import LINK_LIFE, CodeFault, CodeRefused, new_code, redeem_code
from ciclo.actions.mails.send import Mailer, send_next
from ciclo.actions.mails.smtp import SmtpTransport
from ciclo.permissions import OperatorRole
from ciclo.settings.settings import Settings
from ciclo.store.access.sign_in_codes import CodeKind, add_code
from ciclo.store.mongo.transaction import run_transaction
from ciclo.viewer import Actor
from tests.journeys.asking import a_plan, subscribe
from tests.mails.post_office import PostOffice
from tests.stack import Stack, browser_of, running_stack, until

SESSION = "/api/session"
LINKS = "/api/session/links"
ME = "{ me { kind subject email roles permissions } }"
ANA = "ana@example.com"
BY = Actor(name="cli:root@desk")


@pytest.fixture
async def stack(settings: Settings) -> AsyncIterator[Stack]:
    async with running_stack(settings) as running:
        yield running


async def me_of(browser: httpx.AsyncClient) -> Any:
    answer = (await browser.post("/graphql", json={"query": ME})).json()
    return answer["data"]["me"] if "errors" not in answer else None


async def delivered(stack: Stack) -> None:
    """Send the next mail, once it is there."""
    server, sender = stack.deps.settings.mail_server, stack.deps.settings.mail_from
    assert server is not None
    assert sender is not None
    transport = SmtpTransport(server, sender=sender)
    mailer = Mailer(deps=stack.deps, stop=asyncio.Event())

    async def came() -> bool:
        return await send_next(mailer, transport)

    await until(came)
    await transport.close()


def code_in(office: PostOffice) -> str:
    text = office.came[-1].get_body(("plain",)).get_content()
    found = re.search(r"/entrar#codigo=([\w-]+)", text)
    assert found, text
    return found[1]


async def redeemed(browser: httpx.AsyncClient, code: str) -> tuple[int, str]:
    answer = await browser.post(SESSION, json={"code": code})
    return answer.status_code, answer.json().get("code", "")


async def test_a_link_signs_in_once_in_the_browser_that_asked(stack: Stack, office: PostOffice) -> None:
    await subscribe(stack, await a_plan(stack), ANA)
    async with browser_of(stack) as asking, browser_of(stack) as other:
        asked = await asking.post(LINKS, json={"email": " Ana@Example.com"})
        assert (asked.status_code, asked.json()) == (202, {})
        await delivered(stack)
        code = code_in(office)

        assert await redeemed(other, code) == (422, "SIGN_IN_CODE_OTHER_BROWSER")
        assert await redeemed(asking, code) == (201, "")
        assert (await me_of(asking))["email"] == ANA
        assert await redeemed(asking, code) == (422, "SIGN_IN_CODE_USED")
        assert await me_of(other) is None
    assert office.came[-1]["To"] == ANA
    stored = await stack.deps.store["sign_in_codes"].find({}).to_list(None)
    mails = await stack.deps.store["mails"].find({}).to_list(None)
    assert code not in str(stored) + str(mails)


async def test_nobody_learns_whose_address_is_known(stack: Stack, office: PostOffice) -> None:
    async with browser_of(stack) as browser:
        unknown = await browser.post(LINKS, json={"email": "nobody@example.com"})
        await invite_by_command(stack.deps, "sam@example.com", [OperatorRole.SUPPORT], by=BY)
        known = await browser.post(LINKS, json={"email": "sam@example.com"})
    assert (unknown.status_code, unknown.text) == (known.status_code, known.text)
    assert set(unknown.headers) == set(known.headers)

    await delivered(stack)
    assert [mail["To"] for mail in office.came] == ["sam@example.com"]


async def test_asking_too_often_is_refused_for_an_address_known_or_not(stack: Stack) -> None:
    async with browser_of(stack) as browser:
        answers = [await browser.post(LINKS, json={"email": "nobody@example.com"}) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [202, 202, 202, 429]
        assert answers[-1].json()["code"] == "TOO_MANY_ATTEMPTS"
        assert int(answers[-1].headers["retry-after"]) > 0
        rest = [await browser.post(LINKS, json={"email": f"n{n}@example.com"}) for n in range(2)]
        assert [answer.status_code for answer in rest] == [202, 429]
        for body in ({"email": "nobody"}, {}, {"email": 7}, {"email": ANA, "role": "admin"}):
            assert (await browser.post(LINKS, json=body)).status_code in {422, 429}


async def test_codes_can_not_be_guessed_for_long_by_one_process_or_several(
    stack: Stack, settings: Settings
) -> None:
    another = running_stack(settings, billing_workers=0, collection_workers=0, relaying=False, keep=True)
    async with another as other, browser_of(stack) as browser, browser_of(other) as elsewhere:
        refused = [(await redeemed(browser, "x" * 43))[0] for _ in range(10)]
        assert refused == [422] * 10
        assert (await redeemed(elsewhere, "x" * 43))[0] == 429
        no_page = await browser.post(SESSION, json={"code": "x"}, headers={"x-ciclo-request": ""})
        assert no_page.status_code == 403


async def test_a_link_that_has_expired_or_whose_person_is_gone_signs_nobody_in(stack: Stack) -> None:
    sam, secret = await invite_by_command(stack.deps, "sam@example.com", [OperatorRole.OWNER], by=BY)
    code = new_code(stack.deps, CodeKind.LINK, life=LINK_LIFE, member_id=sam.id)
    await run_transaction(stack.deps.store, lambda session: add_code(stack.deps.store, code.stored, session))
    later = replace(stack.deps, wall=lambda: code.stored.created_at + LINK_LIFE + timedelta(seconds=1))

    with pytest.raises(CodeRefused, match=CodeFault.EXPIRED):
        await redeem_code(later, code.secret, asker=None)
    await stack.deps.store["members"].delete_one({"_id": sam.id})
    with pytest.raises(CodeRefused, match=CodeFault.UNKNOWN):
        await redeem_code(stack.deps, secret, asker=None)


async def test_two_who_use_one_code_at_once_are_not_both_signed_in(stack: Stack) -> None:
    _, secret = await invite_by_command(stack.deps, "sam@example.com", [OperatorRole.OWNER], by=BY)

    tried = await asyncio.gather(
        *(redeem_code(stack.deps, secret, asker=None) for _ in range(4)), return_exceptions=True
    )

    assert sum(isinstance(one, tuple) for one in tried) == 1
    assert await stack.deps.store["sessions"].count_documents({}) == 1


async def test_newcomers_sign_up_by_a_link_where_the_seller_wants_it(
    settings: Settings, office: PostOffice
) -> None:
    async with (
        running_stack(settings.model_copy(update={"sign_in_newcomers": True})) as stack,
        browser_of(stack) as browser,
    ):
        await browser.post(LINKS, json={"email": "nova@example.com"})
        await delivered(stack)
        assert await redeemed(browser, code_in(office)) == (201, "")
        assert (await me_of(browser))["email"] == "nova@example.com"
