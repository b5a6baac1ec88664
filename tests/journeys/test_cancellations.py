"""Rules 15, 22, 23 over the whole stack: what a cancellation gives back, and to whom."""

from datetime import date
from typing import Any

from tests.journeys.asking import a_plan, details, mutate, subscribe
from tests.stack import Stack, local, token

PREVIEW = """query($input: PreviewCancellationInput!) { previewCancellation(input: $input) {
  status endsOn givenBack { amount } refunded { amount }
  lines { amount { amount } explanation { days } } } }"""
ANA = token(role="customer", email="ana@example.com")


async def preview(stack: Stack, **given: Any) -> dict[str, Any]:
    shown: dict[str, Any] = (await stack.data(PREVIEW, {"input": given}))["previewCancellation"]
    return shown


async def test_unused_days_go_back_to_the_payments_that_paid_them(stack: Stack) -> None:
    await stack.advance(to=local(date(2027, 4, 1)))
    basic = await a_plan(stack, name="Basic", price={"amount": "300.00"}, trialDays=0)
    plus = await a_plan(stack, name="Plus", price={"amount": "600.00"}, trialDays=0)
    sub = await subscribe(stack, basic, "ana@example.com", card="tok_visa")
    await stack.advance(to=local(date(2027, 4, 11)))
    # 20 of 30 days: 200.00 back, 400.00 to charge
    assert await mutate(stack, "changePlan", subscriptionId=sub, planId=plus) == []
    await stack.advance(to=local(date(2027, 4, 13)))

    leave = {"subscriptionId": sub, "cancelImmediately": True, "refund": "REFUND"}
    # 18 of 30 days x 600.00 = 360.00: 200.00 of the change's payment, 160.00 of the first one
    assert await preview(stack, **leave) == {
        "status": "CANCELLED",
        "endsOn": "2027-04-13",
        "givenBack": {"amount": "0.00"},
        "refunded": {"amount": "360.00"},
        "lines": [{"amount": {"amount": "-360.00"}, "explanation": {"days": 18}}],
    }
    assert await mutate(stack, "cancelSubscription", **leave) == []
    found = await details(stack, sub)
    back = [one["payments"][0]["refundedAmount"]["amount"] for one in found["invoices"]]
    assert (found["status"], back) == ("CANCELLED", ["160.00", "200.00"])
    assert found["customer"]["creditBalances"] == []


async def test_what_a_provider_can_not_send_back_goes_onto_the_balance(stack: Stack) -> None:
    await stack.advance(to=local(date(2027, 4, 1)))
    plan = await a_plan(stack, price={"amount": "300.00"}, trialDays=0)
    sub = await subscribe(stack, plan, "ana@example.com", paymentMethod={"boleto": {"taxId": "52998224725"}})
    payment = (await details(stack, sub))["invoices"][0]["payments"][0]["id"]
    settled = await stack.http.post(
        f"/sandbox/payments/{payment}/settle", headers={"authorization": f"Bearer {stack.operator}"}
    )
    assert settled.status_code == 202, settled.text
    await stack.idle()
    await stack.advance(to=local(date(2027, 4, 16)))

    leave = {"subscriptionId": sub, "cancelImmediately": True, "refund": "REFUND"}
    shown = await preview(stack, **leave)
    assert (shown["givenBack"], shown["refunded"]) == ({"amount": "150.00"}, {"amount": "0.00"})
    assert await mutate(stack, "cancelSubscription", **leave) == []
    found = await details(stack, sub)
    assert found["customer"]["creditBalances"] == [{"amount": "150.00", "currency": "BRL"}]


async def paid_by_a_provider_that_is_gone(stack: Stack) -> str:
    """Subscribe somebody on 2027-04-01 for 300.00 that Stripe collected, which is set up no more."""
    await stack.advance(to=local(date(2027, 4, 1)))
    plan = await a_plan(stack, price={"amount": "300.00"}, trialDays=0)
    sub = await subscribe(stack, plan, "ana@example.com", paymentMethod={"pix": {}})
    notice = {
        "subscription_id": sub,
        "payment_id": (await details(stack, sub))["invoices"][0]["payments"][0]["id"],
        "event": "payment_success",
        "amount": "300.00",
        "currency": "BRL",
        "date": "2027-04-01",
        "provider": "stripe",
        "provider_reference": "pi_1",
    }
    assert (await stack.notify(notice, webhook_id="elsewhere")).is_success
    await stack.idle()
    return sub


async def test_what_a_provider_collected_that_is_gone_goes_onto_the_balance(stack: Stack) -> None:
    sub = await paid_by_a_provider_that_is_gone(stack)
    await stack.advance(to=local(date(2027, 4, 16)))

    leave = {"subscriptionId": sub, "cancelImmediately": True, "refund": "REFUND"}
    shown = await preview(stack, **leave)
    # 15 of 30 days x 300.00
    assert (shown["givenBack"], shown["refunded"]) == ({"amount": "150.00"}, {"amount": "0.00"})
    assert await mutate(stack, "cancelSubscription", **leave) == []
    found = await details(stack, sub)
    assert found["status"] == "CANCELLED"
    assert found["customer"]["creditBalances"] == [{"amount": "150.00", "currency": "BRL"}]


async def test_nothing_else_asks_a_provider_that_is_gone_either(stack: Stack) -> None:
    sub = await paid_by_a_provider_that_is_gone(stack)
    before = await details(stack, sub)
    [invoice] = before["invoices"]
    [payment] = invoice["payments"]
    wrong = {"invoiceId": invoice["id"], "amount": "50.00", "reason": "service level"}

    assert await mutate(stack, "refundPayment", paymentId=payment["id"]) == ["PROVIDER_NOT_SET_UP"]
    assert await mutate(stack, "createCreditNote", **wrong, to="REFUND") == ["REFUND_EXCEEDS_PAYMENT"]
    assert await details(stack, sub) == before
    assert await mutate(stack, "createCreditNote", **wrong, to="BALANCE") == []
    credited = await details(stack, sub)
    customer = (await stack.deps.store["subscriptions"].find_one({"_id": sub}) or {})["customer_id"]
    payout = {"customerId": customer, "amount": "50.00", "currency": "BRL"}
    assert await mutate(stack, "payOutBalance", **payout) == ["PAYOUT_EXCEEDS_PAYMENTS"]
    assert await details(stack, sub) == credited

    answer = await stack.data(WITHDRAW, {"input": {"subscriptionId": sub}}, bearer=ANA)
    assert answer["withdraw"]["userErrors"] == []
    await stack.idle()
    assert (await details(stack, sub))["customer"]["creditBalances"] == [
        {"amount": "300.00", "currency": "BRL"}
    ]


async def test_a_customer_gets_no_days_back(stack: Stack) -> None:
    plan = await a_plan(stack, trialDays=0)
    sub = await subscribe(stack, plan, "ana@example.com", card="tok_visa")
    cancel = """mutation($input: CancelSubscriptionInput!) { cancelSubscription(input: $input) {
      subscription { status } userErrors { code field } } }"""
    for refund in ("CREDIT", "REFUND"):
        given = {"input": {"subscriptionId": sub, "cancelImmediately": True, "refund": refund}}
        answer = (await stack.data(cancel, given, bearer=ANA))["cancelSubscription"]
        assert answer == {"subscription": None, "userErrors": [{"code": "FORBIDDEN", "field": ["refund"]}]}
        shown = await stack.graphql(PREVIEW, given, bearer=ANA)
        assert shown["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    given = {"input": {"subscriptionId": sub, "cancelImmediately": True, "refund": "NONE"}}
    answer = (await stack.data(cancel, given, bearer=ANA))["cancelSubscription"]
    assert answer == {"subscription": {"status": "CANCELLED"}, "userErrors": []}


WITHDRAW = """mutation($input: WithdrawInput!) { withdraw(input: $input) {
  subscription { status endReason withdrawableUntil } userErrors { code } } }"""
AHEAD = """query($id: ID!) {
  previewWithdrawal(subscriptionId: $id) {
    status endsOn givenBack { amount } refunded { amount } stillOwed { amount } }
  subscription(id: $id) { withdrawableUntil } }"""


async def test_a_customer_withdraws_and_has_everything_back(stack: Stack) -> None:
    await stack.advance(to=local(date(2027, 4, 1)))
    basic = await a_plan(stack, name="Basic", price={"amount": "300.00"}, trialDays=0)
    plus = await a_plan(stack, name="Plus", price={"amount": "600.00"}, trialDays=0)
    sub = await subscribe(stack, basic, "ana@example.com", card="tok_visa")
    await stack.advance(to=local(date(2027, 4, 4)))
    # 27 of 30 days: 270.00 back, 540.00 to charge
    assert await mutate(stack, "changePlan", subscriptionId=sub, planId=plus) == []
    await stack.advance(to=local(date(2027, 4, 8)))

    assert await stack.data(AHEAD, {"id": sub}, bearer=ANA) == {
        "previewWithdrawal": {
            "status": "CANCELLED",
            "endsOn": "2027-04-08",
            "givenBack": {"amount": "0.00"},
            "refunded": {"amount": "570.00"},
            "stillOwed": {"amount": "0.00"},
        },
        "subscription": {"withdrawableUntil": "2027-04-08"},
    }
    answer = await stack.data(WITHDRAW, {"input": {"subscriptionId": sub}}, bearer=ANA)
    ended = {"status": "CANCELLED", "endReason": "WITHDRAWN", "withdrawableUntil": None}
    assert answer["withdraw"] == {"subscription": ended, "userErrors": []}
    await stack.idle()
    found = await details(stack, sub)
    back = [one["payments"][0] for one in found["invoices"]]
    assert [one["refundedAmount"]["amount"] for one in back] == ["300.00", "270.00"]
    assert [one["status"] for one in back] == ["REFUNDED", "REFUNDED"]


async def test_after_its_days_a_withdrawal_is_refused_and_changes_nothing(stack: Stack) -> None:
    await stack.advance(to=local(date(2027, 4, 1)))
    plan = await a_plan(stack, trialDays=0)
    sub = await subscribe(stack, plan, "ana@example.com", card="tok_visa")
    await stack.advance(to=local(date(2027, 4, 9)))
    before = await details(stack, sub)

    answer = await stack.data(WITHDRAW, {"input": {"subscriptionId": sub}}, bearer=ANA)
    assert answer["withdraw"] == {"subscription": None, "userErrors": [{"code": "WITHDRAWAL_CLOSED"}]}
    shown = await stack.graphql(AHEAD, {"id": sub}, bearer=ANA)
    assert [error["extensions"]["code"] for error in shown["errors"]] == ["WITHDRAWAL_CLOSED"]
    assert await details(stack, sub) == before
