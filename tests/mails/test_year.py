"""The time machine goes through a year, and the mailbox holds exactly what the customer had to be told."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ciclo.settings.mail import MailDelivery
from tests.journeys.asking import a_plan, mutate, subscribe
from tests.journeys.test_calendar import pay, state
from tests.stack import Stack, local, running_stack, settings_for

SAO_PAULO = ZoneInfo("America/Sao_Paulo")
PIX = {"pix": {"taxId": "529.982.247-25", "payerName": "Fulano de Tal"}}


@pytest.fixture
async def sandbox(base: dict[str, Any]) -> AsyncIterator[Stack]:
    settings = settings_for(**base, mail_delivery=MailDelivery.MAILBOX, webhook_audience_ms=0)
    async with running_stack(settings, mailers=1) as running:
        yield running


async def told(stack: Stack) -> list[tuple[str, str, str]]:
    """Return the days, kinds and subjects of the mails that were sent, in their order."""
    mails = (
        await stack.deps.store["mails"].find({"state": "SENT"}).sort([("at", 1), ("kind", 1)]).to_list(None)
    )
    return [
        (
            f"{mail['at'].astimezone(SAO_PAULO):%m-%d}",
            mail["kind"],
            mail["content"]["subject"].replace("\N{NO-BREAK SPACE}", " "),
        )
        for mail in mails
    ]


async def pay_on(stack: Stack, sub: str, day: date) -> None:
    """Go to a day and pay the newest invoice."""
    await stack.advance(to=local(day))
    invoice = (await state(stack, sub))["invoices"][-1]
    await pay(
        stack,
        sub,
        float(invoice["total"]["amount"]),
        date=f"{day}",
        payment_id=invoice["payments"][-1]["id"],
    )


async def test_a_year_of_pix(sandbox: Stack) -> None:
    stack = sandbox
    await stack.advance(to=local(date(2027, 1, 4)))
    plan = await a_plan(stack, price={"amount": "30.00"}, trialDays=7)
    sub = await subscribe(stack, plan, "ana@example.com", paymentMethod=PIX)
    # Two days before it is due, two days before, two days after; then never again.
    for day in (date(2027, 1, 10), date(2027, 2, 9), date(2027, 3, 13)):
        await pay_on(stack, sub, day)
    await stack.advance(to=local(date(2027, 12, 31)))
    assert await told(stack) == [
        ("01-06", "INVOICE_ISSUED", "Fatura INV-000001: R$ 30,00, vence em 11 de janeiro de 2027"),
        ("01-08", "TRIAL_ENDING", "Seu período de teste de Basic Plan termina em 11 de janeiro de 2027"),
        ("01-08", "INVOICE_DUE", "A fatura INV-000001 vence em 11 de janeiro de 2027"),
        ("01-10", "PAYMENT_RECEIVED", "Recibo: R$ 30,00, fatura INV-000001"),
        ("02-06", "INVOICE_ISSUED", "Fatura INV-000002: R$ 30,00, vence em 11 de fevereiro de 2027"),
        ("02-08", "INVOICE_DUE", "A fatura INV-000002 vence em 11 de fevereiro de 2027"),
        ("02-09", "PAYMENT_RECEIVED", "Recibo: R$ 30,00, fatura INV-000002"),
        ("03-06", "INVOICE_ISSUED", "Fatura INV-000003: R$ 30,00, vence em 11 de março de 2027"),
        ("03-08", "INVOICE_DUE", "A fatura INV-000003 vence em 11 de março de 2027"),
        ("03-11", "INVOICE_DUE", "A fatura INV-000003 vence hoje"),
        ("03-12", "INVOICE_OVERDUE", "A fatura INV-000003 está vencida"),
        ("03-13", "PAYMENT_RECEIVED", "Recibo: R$ 30,00, fatura INV-000003"),
        ("04-06", "INVOICE_ISSUED", "Fatura INV-000004: R$ 30,00, vence em 12 de abril de 2027"),
        ("04-09", "INVOICE_DUE", "A fatura INV-000004 vence em 12 de abril de 2027"),
        ("04-12", "INVOICE_DUE", "A fatura INV-000004 vence hoje"),
        ("04-13", "INVOICE_OVERDUE", "A fatura INV-000004 está vencida"),
        ("04-15", "INVOICE_OVERDUE", "A fatura INV-000004 está vencida"),
        ("04-19", "INVOICE_OVERDUE", "A fatura INV-000004 está vencida"),
        ("05-13", "SUBSCRIPTION_CANCELLED", "Sua assinatura de Basic Plan foi encerrada"),
    ]
    assert await stack.deps.store["mails"].count_documents({"state": {"$ne": "SENT"}}) == 0
    issued = await stack.deps.store["mails"].find_one({"kind": "INVOICE_ISSUED"})
    assert issued is not None
    [code] = issued["content"]["codes"]
    assert code.startswith("0002")
    assert code in issued["content"]["text"]
    assert 'src="cid:code0"' in issued["content"]["page"]


async def test_a_year_by_card(sandbox: Stack) -> None:
    stack = sandbox
    await stack.advance(to=local(date(2027, 1, 4)))
    small = await a_plan(stack, price={"amount": "30.00"}, trialDays=0, billingCycle="ANNUAL")
    large = await a_plan(stack, name="Large", price={"amount": "60.00"}, trialDays=0, billingCycle="ANNUAL")
    sub = await subscribe(stack, small, "bia@example.com", card="tok_visa")
    await stack.advance(to=local(date(2027, 7, 5)))
    assert await mutate(stack, "changePlan", subscriptionId=sub, planId=large) == []
    await stack.advance(to=local(date(2028, 2, 1)))
    newest = (await state(stack, sub))["invoices"][-1]["payments"][0]["id"]
    assert await mutate(stack, "refundPayment", paymentId=newest, amount="5.00") == []
    await stack.advance(to=local(date(2028, 2, 3)))
    assert await told(stack) == [
        ("01-04", "PAYMENT_RECEIVED", "Recibo: R$ 30,00, fatura INV-000001"),
        ("07-05", "PAYMENT_RECEIVED", "Recibo: R$ 15,04, fatura INV-000002"),
        ("07-05", "PLAN_CHANGED", "Sua assinatura mudou para Large"),
        ("12-20", "RENEWAL_AHEAD", "Sua assinatura de Large renova em 4 de janeiro de 2028"),
        ("01-04", "PAYMENT_RECEIVED", "Recibo: R$ 60,00, fatura INV-000003"),
        ("02-01", "PAYMENT_REFUNDED", "Reembolso de R$ 5,00"),
    ]
    changed = await stack.deps.store["mails"].find_one({"kind": "PLAN_CHANGED"})
    assert changed is not None
    assert "Dias não usados" in changed["content"]["text"]  # the lines of the preview
