"""Credit that operators grant: used soonest expiry first, ended by the clock, given back by a void."""

from datetime import date, timedelta
from typing import Any

from tests.journeys.asking import a_plan, mutate, subscribe
from tests.journeys.test_money_that_came import paid
from tests.stack import Stack

SHOWN = """
query($id: ID!) { subscription(id: $id) {
  customer {
    id creditBalances { amount } creditGrants { amount { amount } left { amount } reason expiresOn }
  }
  invoices(first: 5) { edges { node {
    id total { amount } creditApplied { amount } grantsUsed { grantId amount { amount } }
  } } }
} }"""
EXPIRED = "{ events(filter: { type: CREDIT_EXPIRED }) { edges { node { outcome data } } } }"


async def shown(stack: Stack, subscription: str) -> dict[str, Any]:
    """Return a subscription's customer and its invoices, the newest first."""
    found = (await stack.data(SHOWN, {"id": subscription}))["subscription"]
    return found["customer"] | {"invoices": [edge["node"] for edge in found["invoices"]["edges"]]}


async def in_days(stack: Stack, days: int) -> str:
    today: date = (await stack.deps.clock.now()).date()
    return (today + timedelta(days=days)).isoformat()


async def test_an_invoice_uses_grants_soonest_expiry_first_and_says_which(stack: Stack) -> None:
    subscription, _ = await paid(stack)
    customer = (await shown(stack, subscription))["id"]
    given = {"customerId": customer, "currency": "BRL", "reason": "outage"}
    assert await mutate(stack, "grantCredit", amount="20.00", **given) == []
    soon = given | {"expiresOn": await in_days(stack, 40), "idempotencyKey": "once"}
    assert await mutate(stack, "grantCredit", amount="15.00", **soon) == []
    assert await mutate(stack, "grantCredit", amount="15.00", **soon) == []
    assert (await shown(stack, subscription))["creditBalances"] == [{"amount": "35.00"}]
    payout = {"customerId": customer, "currency": "BRL", "amount": "1.00"}
    assert await mutate(stack, "payOutBalance", **payout) == ["PAYOUT_EXCEEDS_BALANCE"]

    await stack.advance(by="P1M")

    after = await shown(stack, subscription)
    newest = after["invoices"][0]
    assert (newest["total"]["amount"], newest["creditApplied"]["amount"]) == ("0.00", "30.00")
    assert [one["amount"]["amount"] for one in newest["grantsUsed"]] == ["15.00", "15.00"]
    assert after["creditGrants"] == [
        {"amount": {"amount": "20.00"}, "left": {"amount": "5.00"}, "reason": "outage", "expiresOn": None}
    ]


async def test_what_expired_is_off_the_balance_and_told(stack: Stack) -> None:
    subscription, _ = await paid(stack)
    customer = (await shown(stack, subscription))["id"]
    given = {"customerId": customer, "currency": "BRL", "reason": "outage", "amount": "12.00"}
    assert await mutate(stack, "grantCredit", **given, expiresOn=await in_days(stack, 5)) == []

    await stack.advance(by="P7D")

    after = await shown(stack, subscription)
    assert (after["creditBalances"], after["creditGrants"]) == ([{"amount": "0.00"}], [])
    [event] = [edge["node"] for edge in (await stack.data(EXPIRED))["events"]["edges"]]
    assert event["outcome"] == "CREDIT_EXPIRED"


async def test_the_grants_of_a_voided_invoice_come_back(stack: Stack) -> None:
    plan = await a_plan(stack, price={"amount": "30.00"}, trialDays=7)
    subscription = await subscribe(stack, plan, "ana@example.com", paymentMethod={"pix": {}})
    customer = (await shown(stack, subscription))["id"]
    given = {"customerId": customer, "currency": "BRL", "reason": "welcome", "amount": "10.00"}
    assert await mutate(stack, "grantCredit", **given) == []
    await stack.advance(by="P8D")
    [invoice] = (await shown(stack, subscription))["invoices"]
    assert (invoice["total"]["amount"], invoice["grantsUsed"][0]["amount"]) == ("20.00", {"amount": "10.00"})

    assert await mutate(stack, "voidInvoice", invoiceId=invoice["id"]) == []

    after = await shown(stack, subscription)
    assert (after["creditBalances"], after["creditGrants"][0]["left"]) == (
        [{"amount": "10.00"}],
        {"amount": "10.00"},
    )


async def test_bad_input_is_refused_with_a_code_and_grants_nothing(stack: Stack) -> None:
    subscription, _ = await paid(stack)
    customer = (await shown(stack, subscription))["id"]
    given = {"customerId": customer, "currency": "BRL", "reason": "x", "amount": "1.00"}
    refused = [
        await mutate(stack, "grantCredit", **given | changed)
        for changed in (
            {"amount": "0.00"},
            {"reason": " "},
            {"currency": "USD"},
            {"expiresOn": "2020-01-01"},
            {"customerId": "cus_01h455vb4pex5vsknk084sn02q"},
        )
    ]

    assert refused == [
        ["AMOUNT_OUT_OF_RANGE"],
        ["INVALID_VALUE"],
        ["SUBSCRIPTION_NOT_FOUND"],
        ["DATE_IN_PAST"],
        ["CUSTOMER_NOT_FOUND"],
    ]
    assert (await shown(stack, subscription))["creditGrants"] == []
