"""Who leaves a sign-up while the bank asks (3-D Secure) is mailed where to confirm, once; who pays is not."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest

from ciclo.settings.mail import MailDelivery
from tests.journeys import test_invoice_links as invoices
from tests.journeys.asking import a_plan
from tests.journeys.test_checkout_links import a_link, progress, sign_up
from tests.stack import Stack, local, running_stack, settings_for

ASKING = {"cardToken": "tok_authentication_required"}
ANA, BRUNO, CARLA, DAVI = (f"{name}@example.com" for name in ("ana", "bruno", "carla", "davi"))


@pytest.fixture
async def sandbox(base: dict[str, Any]) -> AsyncIterator[Stack]:
    settings = settings_for(**base, mail_delivery=MailDelivery.MAILBOX, webhook_audience_ms=0)
    async with running_stack(settings, mailers=1) as running:
        yield running


async def test_who_leaves_while_the_bank_asks_hears_of_it_once(sandbox: Stack) -> None:
    stack = sandbox
    await stack.advance(to=local(date(2027, 1, 4)))
    link = await a_link(stack, await a_plan(stack, trialDays=0))
    for email, given in (
        (ANA, {"paymentMethod": ASKING}),
        (BRUNO, {"paymentMethod": ASKING, "locale": "ENGLISH"}),
        (CARLA, {"paymentMethod": ASKING}),
        (DAVI, {"paymentMethod": {"cardToken": "tok_charge_declined"}}),
    ):
        made = await sign_up(stack, link, email=email, **given)
        assert made["userErrors"] == []
        if email == CARLA:
            carla = made["token"]
    await stack.idle()
    mails = stack.deps.store["mails"]
    # They are at their bank: nothing is said yet.
    assert await mails.distinct("state") == ["WAITING"]

    address = (await progress(stack, link, carla))["invoiceUrl"]
    hers = address.rpartition("/")[2]
    [payment] = (await invoices.shown(stack, hers))["payments"]
    confirmed = (await invoices.ask(stack, hers, "ConfirmPayment", paymentId=payment["id"])).json()
    assert "errors" not in confirmed
    await stack.idle()
    for day in (5, 8, 12):
        await stack.advance(to=local(date(2027, 1, day)))

    found = await mails.find({}).to_list(None)
    assert sorted((one["to"], one["kind"], one["state"]) for one in found) == [
        (ANA, "PAYMENT_FAILED", "SENT"),
        (BRUNO, "PAYMENT_FAILED", "SENT"),
        (CARLA, "PAYMENT_FAILED", "VOID"),
        (CARLA, "PAYMENT_RECEIVED", "SENT"),
    ]
    content = {
        one["to"]: one["content"] for one in found if one["kind"] == "PAYMENT_FAILED" and one["to"] != CARLA
    }
    words = {
        ANA: ("Confirme com seu banco o pagamento da fatura", "Seu banco pede uma confirmação"),
        BRUNO: ("Confirm the payment of invoice", "Your bank asks you to confirm"),
    }
    for email, (subject, text) in words.items():
        assert content[email]["subject"].startswith(subject)
        for form in ("text", "page"):
            assert text in content[email][form]
            assert f"{stack.url}/i/" in content[email][form]
            assert "não foi aprovada" not in content[email][form]
