"""Money that came, went back or is contested: what providers report, and what is booked of it."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Any

import httpx
import orjson
import pytest
import stripe
from pydantic import SecretStr

from ciclo.actions.audit.ledger import AuditCounts, audit_ledger
from ciclo.settings.settings import Settings
from tests.journeys.asking import a_plan, details, mutate, subscribe
from tests.stack import Stack, local, running_stack

SECRET = "whsec_journey"
PAYMENTS = """
query($id: ID!) {
  subscription(id: $id) { payments(first: 20) { edges { node {
    id status amount { amount } refundedAmount { amount } disputed disputes { id won }
    refunds { status } invoice { status amountPaid { amount } amountDue { amount } overpaid { amount } }
  } } } }
}"""


@pytest.fixture
async def with_stripe(settings: Settings) -> AsyncIterator[Stack]:
    """A stack whose cards go to the sandbox, and that hears Stripe's notices."""
    keys: dict[str, Any] = {
        "stripe_api_key": SecretStr("sk_test_x"),
        "stripe_webhook_secrets": (SecretStr(SECRET),),
    }
    async with running_stack(settings.model_copy(update=keys)) as running:
        yield running
        await running.idle()
        assert [one async for one in audit_ledger(running.deps, AuditCounts())] == []


async def tell(stack: Stack, type_: str, *, ago_s: int = 0, **subject: Any) -> None:
    """Post a notice of Stripe's about something that happened *ago_s* seconds ago."""
    created = int(datetime.now(UTC).timestamp()) - ago_s
    event = {"id": f"evt_{type_}_{ago_s}", "type": type_, "created": created, "data": {"object": subject}}
    body = orjson.dumps(event).decode()
    signature = stripe.WebhookSignature.generate_signature_header(body, SECRET)
    answer: httpx.Response = await stack.http.post(
        "/api/webhooks/stripe",
        content=body,
        headers={"stripe-signature": signature, "content-type": "application/json"},
    )
    assert answer.is_success, answer.text
    await stack.idle()


async def paid(stack: Stack, **method: Any) -> tuple[str, dict[str, Any]]:
    """Subscribe somebody for 30.00 who pays at once; return the subscription and what names the payment."""
    plan = await a_plan(stack, trialDays=0, price={"amount": "30.00"})
    subscription = await subscribe(stack, plan, "ana@example.com", card="tok_visa", **method)
    found = await stack.deps.store["payments"].find_one({"subscription_id": subscription})
    assert found is not None
    return subscription, {"id": found["_id"], "reference": found["provider_reference"]}


async def payments(stack: Stack, subscription: str) -> list[dict[str, Any]]:
    """Return a subscription's payments, the oldest first."""
    found = await stack.data(PAYMENTS, {"id": subscription})
    return [edge["node"] for edge in reversed(found["subscription"]["payments"]["edges"])]


def money(amount: int, payment: dict[str, Any], *, id_: str) -> dict[str, Any]:
    return {"id": id_, "amount": amount, "currency": "brl", "payment_intent": payment["reference"]}


async def test_a_payment_that_is_contested_is_not_refunded_too(with_stripe: Stack) -> None:
    subscription, payment = await paid(with_stripe)
    contested = money(3000, payment, id_="dp_1")
    await tell(with_stripe, "charge.dispute.created", status="needs_response", **contested)
    assert [one["disputed"] for one in await payments(with_stripe, subscription)] == [True]

    assert await mutate(with_stripe, "refundPayment", paymentId=payment["id"]) == ["PAYMENT_DISPUTED"]

    await tell(with_stripe, "charge.dispute.closed", status="lost", **contested)
    [after] = await payments(with_stripe, subscription)
    assert (after["disputed"], after["disputes"], after["refunds"]) == (
        False,
        [{"id": "dp_1", "won": False}],
        [],
    )
    assert await mutate(with_stripe, "refundPayment", paymentId=payment["id"]) == ["PAYMENT_DISPUTED"]


async def test_the_end_of_a_dispute_may_be_told_before_its_beginning(with_stripe: Stack) -> None:
    subscription, payment = await paid(with_stripe)
    contested = money(3000, payment, id_="dp_1")
    await tell(with_stripe, "charge.dispute.closed", status="won", **contested)
    await tell(with_stripe, "charge.dispute.created", ago_s=50, status="needs_response", **contested)

    [after] = await payments(with_stripe, subscription)
    assert (after["disputed"], after["disputes"]) == (False, [{"id": "dp_1", "won": True}])


@pytest.mark.parametrize(
    ("type_", "status"),
    [
        ("refund.failed", "failed"),
        ("refund.updated", "canceled"),
        ("charge.refund.updated", "failed"),
    ],
)
async def test_a_refund_that_failed_after_all_is_back_with_the_seller(
    with_stripe: Stack, type_: str, status: str
) -> None:
    subscription, payment = await paid(with_stripe)
    refund = money(3000, payment, id_="re_1") | {"created": 1_767_225_600}
    await tell(with_stripe, "refund.created", ago_s=50, status="succeeded", **refund)
    [back] = await payments(with_stripe, subscription)
    assert (back["status"], back["refundedAmount"]["amount"]) == ("REFUNDED", "30.00")

    await tell(with_stripe, type_, status=status, **refund)

    [kept] = await payments(with_stripe, subscription)
    assert (kept["status"], kept["refundedAmount"]["amount"]) == ("COMPLETED", "0.00")
    assert await mutate(with_stripe, "refundPayment", paymentId=payment["id"]) == []


async def test_a_boleto_that_is_paid_late_with_interest_pays_its_invoice(stack: Stack) -> None:
    plan = await a_plan(stack, trialDays=0, price={"amount": "30.00"})
    boleto = {"boleto": {"taxId": "529.982.247-25", "payerName": "Fulano de Tal"}}
    subscription = await subscribe(stack, plan, "ana@example.com", paymentMethod=boleto)
    await pay(stack, subscription, "30.00")
    await stack.advance(by="P1M")
    await pay(stack, subscription, "30.61")

    found = await details(stack, subscription)
    assert [one["status"] for one in found["invoices"]] == ["PAID", "PAID"]
    assert found["customer"]["creditBalances"] == [{"amount": "0.61", "currency": "BRL"}]
    await stack.advance(by="P25D")
    assert (await details(stack, subscription))["status"] == "ACTIVE"


async def test_a_payment_of_less_than_is_due_is_kept_and_the_rest_is_asked_for(stack: Stack) -> None:
    plan = await a_plan(stack, trialDays=0, price={"amount": "30.00"})
    subscription = await subscribe(stack, plan, "ana@example.com", paymentMethod={"pix": {}})
    await pay(stack, subscription, "20.00")
    [part] = await payments(stack, subscription)
    assert (part["status"], part["amount"]["amount"]) == ("COMPLETED", "20.00")
    assert part["invoice"] == {
        "status": "PENDING",
        "amountPaid": {"amount": "20.00"},
        "amountDue": {"amount": "10.00"},
        "overpaid": {"amount": "0.00"},
    }

    [invoice] = (await details(stack, subscription))["invoices"]
    given = {"invoiceId": invoice["id"], "paymentMethod": {"cardToken": "tok_visa"}}
    assert await mutate(stack, "payInvoice", **given) == []

    both = await payments(stack, subscription)
    assert [one["amount"]["amount"] for one in both] == ["20.00", "10.00"]
    assert {one["invoice"]["status"] for one in both} == {"PAID"}


async def pay(stack: Stack, subscription: str, amount: str) -> None:
    """Report that *amount* came for the latest payment."""
    latest = (await payments(stack, subscription))[-1]["id"]
    notice = {
        "subscription_id": subscription,
        "event": "payment_success",
        "amount": amount,
        "date": (await stack.deps.clock.now()).date().isoformat(),
        "payment_id": latest,
    }
    answer = await stack.notify(notice, webhook_id=f"{latest}-{amount}")
    assert answer.is_success, answer.text
    await stack.idle()


async def test_a_balance_is_paid_out_by_what_its_customer_paid(stack: Stack) -> None:
    subscription, payment = await paid(stack)
    await pay(stack, subscription, "12.00")
    customer = await stack.deps.store["customers"].find_one({})
    assert customer is not None
    given = {"customerId": customer["_id"], "currency": "BRL"}
    assert await mutate(stack, "payOutBalance", amount="12.01", **given) == ["PAYOUT_EXCEEDS_BALANCE"]

    assert await mutate(stack, "payOutBalance", amount="12.00", idempotencyKey="once", **given) == []
    assert await mutate(stack, "payOutBalance", amount="12.00", idempotencyKey="once", **given) == []
    await stack.idle()

    [after] = await payments(stack, subscription)
    assert (after["id"], after["refundedAmount"]["amount"]) == (payment["id"], "12.00")
    assert (await details(stack, subscription))["customer"]["creditBalances"] == [
        {"amount": "0.00", "currency": "BRL"}
    ]


COLLECTED = """{ revenueReport(startDate: "2027-01-01", endDate: "2027-02-28") {
  months { collected { amount } } totals { collected { amount } } } }"""


async def test_money_that_comes_in_parts_is_cash_of_its_own_days(stack: Stack) -> None:
    await stack.advance(to=local(date(2027, 1, 28)))
    plan = await a_plan(stack, trialDays=0, price={"amount": "30.00"})
    subscription = await subscribe(stack, plan, "ana@example.com", paymentMethod={"pix": {}})
    [payment] = (await details(stack, subscription))["invoices"][0]["payments"]
    for day, amount in (("2027-01-30", "20.00"), ("2027-02-01", "7.00"), ("2027-02-02", "3.00")):
        await stack.advance(to=local(date.fromisoformat(day)))
        part = {
            "subscription_id": subscription,
            "payment_id": payment["id"],
            "event": "payment_success",
            "amount": amount,
            "date": day,
        }
        assert (await stack.notify(part, webhook_id=f"part-{day}")).is_success
        await stack.idle()

    report = (await stack.data(COLLECTED))["revenueReport"]
    # What came in February restates no January
    assert [month["collected"]["amount"] for month in report["months"]] == ["20.00", "10.00"]
    assert report["totals"]["collected"] == {"amount": "30.00"}
