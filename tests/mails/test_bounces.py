"""Mail that comes back: whoever tells it, the address is left alone until it is another one, or cleared."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any, Final

import httpx
import pytest
from pydantic import SecretStr

from ciclo.actions.mails.smtp import is_about_address
from ciclo.domain.mails.mail import Mail, MailKind, mail_id
from ciclo.settings.settings import Settings
from ciclo.store.customers import find_customer_by_email
from ciclo.store.mails.mails import add_mails
from ciclo.web.webhooks.signature import sign
from tests.access.test_operations import acts
from tests.journeys.asking import a_plan, mutate, subscribe
from tests.mails.post_office import PostOffice
from tests.mails.test_year import PIX
from tests.stack import Stack, running_stack, until
from tests.webhooks.posting import OTHER_SECRET, assert_problem

ROUTE: Final = "/api/webhooks/mail"
SECRET: Final = "whsec_" + "bWFpbHMgb2YgdGhlIHRlc3RzIGNvbWUgYmFjayBoZXJl"
ANA: Final = "ana@example.com"
BOUNCE: Final = {"event": "mail_bounced", "address": "Ana@Example.com", "reason": "550 no such user"}
CUSTOMER: Final = "query($id: ID!) { customer(id: $id) { id email emailBroken } }"


@pytest.fixture
async def stack(settings: Settings) -> AsyncIterator[Stack]:
    settings = settings.model_copy(update={"mail_webhook_secrets": (SecretStr(SECRET),)})
    async with running_stack(settings, mailers=1) as running:
        yield running


async def told(stack: Stack, body: Any, *, secret: str = SECRET, prefix: str = "webhook") -> httpx.Response:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    signed = sign(text, webhook_id="msg_1", secret=secret, at=datetime.now(UTC))
    named = {name.replace("webhook", prefix): value for name, value in signed.items()}
    return await stack.http.post(ROUTE, content=text, headers={**named, "content-type": "application/json"})


async def is_broken(stack: Stack, customer_id: str) -> bool:
    found = (await stack.data(CUSTOMER, {"id": customer_id}))["customer"]
    return bool(found["emailBroken"])


def a_mail(to: str, about: str) -> Mail:
    now = datetime.now(UTC)
    return Mail(
        id=mail_id(MailKind.SUBSCRIPTION_CANCELLED, at=now, facts=f"{to}:{about}"),
        kind=MailKind.SUBSCRIPTION_CANCELLED,
        to=to,
        about=about,
        at=now,
        created_at=now,
        next_at=now,
    )


async def test_an_address_that_bounced_is_left_alone_until_it_is_cleared_or_another_one(
    stack: Stack, office: PostOffice
) -> None:
    subscription = await subscribe(stack, await a_plan(stack), ANA, paymentMethod=PIX)
    customer = await find_customer_by_email(stack.deps.store, ANA)
    assert customer is not None
    first = a_mail(ANA, subscription)
    await add_mails(stack.deps.store, [first])
    await until(lambda: _has(stack, first, "SENT"))

    notice = {**BOUNCE, "message_id": f"<{first.id}@loja.example>"}
    for _ in range(2):
        assert (await told(stack, notice)).status_code == 200
    assert await is_broken(stack, customer.id)
    assert await _has(stack, first, "BOUNCED")
    sent = len(office.came)
    second = a_mail(ANA, f"{subscription}x")
    await add_mails(stack.deps.store, [second])
    await until(lambda: _has(stack, second, "VOID"))

    assert await mutate(stack, "clearEmailBroken", customerId=customer.id) == []
    assert await mutate(stack, "clearEmailBroken", customerId=customer.id) == []
    assert not await is_broken(stack, customer.id)
    assert [act["action"] for act in await acts(stack, target=customer.id)] == ["clearEmailBroken"]
    third = a_mail(ANA, subscription)
    await stack.deps.store["mails"].delete_one({"_id": first.id})
    await add_mails(stack.deps.store, [third])
    await until(lambda: _has(stack, third, "SENT"))
    assert len(office.came) == sent + 1

    resends = {"type": "email.bounced", "data": {"to": [ANA], "bounce": {"type": "Permanent"}}}
    assert (await told(stack, resends, prefix="svix")).status_code == 200
    assert await is_broken(stack, customer.id)
    await mutate(stack, "updateCustomer", customerId=customer.id, email="ana.b@example.com")
    assert not await is_broken(stack, customer.id)


async def test_what_is_not_signed_or_no_bounce_marks_nobody(stack: Stack) -> None:
    await subscribe(stack, await a_plan(stack), ANA, paymentMethod=PIX)
    customer = await find_customer_by_email(stack.deps.store, ANA)
    assert customer is not None

    assert_problem(await told(stack, BOUNCE, secret=OTHER_SECRET), 401, "SIGNATURE_REJECTED")
    assert_problem(await stack.http.post(ROUTE, json=BOUNCE), 401, "SIGNATURE_REJECTED")
    for body in ({}, [], {**BOUNCE, "event": "mail_opened"}, {**BOUNCE, "address": "ana"}, {"address": 7}):
        assert_problem(await told(stack, body), 422, "INVALID_NOTICE")
    assert_problem(await told(stack, b"{"), 400, "MALFORMED_JSON")
    assert_problem(await told(stack, b'"' + b"x" * 70_000 + b'"'), 413, "BODY_TOO_LARGE")
    for body in (
        {"type": "email.delivered", "data": {"to": [ANA]}},
        {"type": "email.bounced", "data": {"to": [ANA], "bounce": {"type": "Transient"}}},
        {"type": "email.complained", "data": {"to": ["nobody"]}},
        {**BOUNCE, "address": "else@example.com"},
    ):
        assert (await told(stack, body)).status_code == 200
    assert not await is_broken(stack, customer.id)


async def test_without_a_secret_there_is_no_such_address(settings: Settings) -> None:
    async with running_stack(settings) as stack:
        assert_problem(await told(stack, BOUNCE), 404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("550 no such user", True),
        ("550 5.1.1 The email account does not exist", True),
        ("553 5.2.1 disabled", True),
        ("550 5.7.1 your server is on our list", False),
        ("552 5.2.2 mailbox full", False),
        ("550 5.1.8 sender address rejected", False),
        ("550 relay not permitted", False),
        ("530 authentication required", False),
        ("554 transaction failed", False),
    ],
)
def test_only_what_is_said_of_the_address_marks_it(said: str, *, expected: bool) -> None:
    code, _, text = said.partition(" ")
    assert is_about_address(int(code), text) is expected


async def test_a_server_that_relays_nothing_breaks_no_address(stack: Stack, office: PostOffice) -> None:
    subscription = await subscribe(stack, await a_plan(stack), ANA, paymentMethod=PIX)
    office.replies = {ANA: "554 5.7.1 relay access denied"}
    mail = a_mail(ANA, subscription)
    await add_mails(stack.deps.store, [mail])

    async def was_put_off() -> bool:
        return await stack.deps.store["mails"].find_one({"_id": mail.id, "tries": 1}) is not None

    await until(was_put_off)
    customer = await find_customer_by_email(stack.deps.store, ANA)
    assert customer is not None
    assert customer.bounced_email is None
    assert await _has(stack, mail, "WAITING")


async def _has(stack: Stack, mail: Mail, state: str) -> bool:
    found = await stack.deps.store["mails"].find_one({"_id": mail.id})
    return found is not None and found["state"] == state
