"""Rule 33 through the whole stack: a stub, the periods after it, and another billing day later."""

from datetime import date
from typing import Any

import pytest

from tests.journeys.asking import SUBSCRIBE, a_plan, details, mutate, subscribe
from tests.stack import Stack, local, token

JAN_20 = local(date(2027, 1, 20))
PREVIEW_CREATION = """
query($input: PreviewCreationInput!) {
  previewCreation(input: $input) {
    totalDueNow { amount } now { period { start end } total { amount } }
    next { on period { start end } total { amount } }
  }
}"""
PREVIEW_CHANGE = """
query($input: PreviewBillingDayChangeInput!) {
  previewBillingDayChange(input: $input) {
    takesEffectOn
    stub { on period { start end } total { amount } lines { explanation { days totalDays } } }
    next { on period { start end } total { amount } }
  }
}"""
ANCHOR = """
query($id: ID!) { subscription(id: $id) { billingDay billingAnchor pendingBillingDay } }"""
FORECAST = """
query($id: ID!) { forecast(subscriptionId: $id, months: 3) { period { start end } total { amount } } }"""


def period(start: str, end: str, amount: str) -> dict[str, Any]:
    return {"period": {"start": start, "end": end}, "total": {"amount": amount}}


def billed(found: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"period": one["period"], "total": one["total"]} for one in found["invoices"]]


async def anchor(stack: Stack, subscription: str) -> tuple[int, str, int | None]:
    found = (await stack.data(ANCHOR, {"id": subscription}))["subscription"]
    return found["billingDay"], found["billingAnchor"], found["pendingBillingDay"]


async def test_a_stub_and_then_full_periods_and_another_day_later(stack: Stack) -> None:
    await stack.advance(to=JAN_20)
    plan = await a_plan(stack, trialDays=0)
    given = {"planId": plan, "customerEmail": "ana@example.com", "billingDay": 5}
    preview = await stack.data(PREVIEW_CREATION, {"input": given | {"paymentMethod": "CREDIT_CARD"}})
    # 29.99 x 16/31 = 15.478...
    stub, full = (
        period("2027-01-20", "2027-02-05", "15.48"),
        period("2027-02-05", "2027-03-05", "29.99"),
    )
    assert preview["previewCreation"] == {
        "totalDueNow": {"amount": "15.48"},
        "now": stub,
        "next": full | {"on": "2027-02-05"},
    }

    sub = await subscribe(stack, plan, "ana@example.com", card="tok_visa", billingDay=5)
    found = await details(stack, sub)
    assert (found["status"], found["nextBillingDate"], billed(found)) == ("ACTIVE", "2027-02-05", [stub])
    [line] = found["invoices"][0]["lines"]
    assert (line["explanation"]["days"], line["explanation"]["totalDays"]) == (16, 31)
    assert await anchor(stack, sub) == (5, "2027-02-05", None)
    await stack.advance(to=local(date(2027, 2, 5)))
    await stack.idle()
    assert billed(await details(stack, sub)) == [stub, full]

    change = {"subscriptionId": sub, "billingDay": 31}
    previewed = (await stack.data(PREVIEW_CHANGE, {"input": change}))["previewBillingDayChange"]
    assert await mutate(stack, "changeBillingDay", **change, idempotencyKey="k-31") == []
    assert await mutate(stack, "changeBillingDay", **change, idempotencyKey="k-31") == []
    assert await mutate(stack, "changeBillingDay", **change) == ["SAME_BILLING_DAY"]
    assert await anchor(stack, sub) == (5, "2027-02-05", 31)
    # 29.99 x 26/31 = 25.152...: [03-05, 03-31) of [02-28, 03-31)
    later = [period("2027-03-05", "2027-03-31", "25.15"), period("2027-03-31", "2027-04-30", "29.99")]
    assert previewed == {
        "takesEffectOn": "2027-03-05",
        "stub": later[0] | {"on": "2027-03-05", "lines": [{"explanation": {"days": 26, "totalDays": 31}}]},
        "next": later[1] | {"on": "2027-03-31"},
    }
    assert (await stack.data(FORECAST, {"id": sub}))["forecast"][:2] == later
    for boundary in (date(2027, 3, 5), date(2027, 3, 31)):
        await stack.advance(to=local(boundary))
        await stack.idle()
    assert billed(await details(stack, sub)) == [stub, full, *later]


async def test_a_free_stub_is_service_at_once_and_a_trial_comes_before_it(stack: Stack) -> None:
    await stack.advance(to=JAN_20)
    plan = await a_plan(stack)
    sub = await subscribe(
        stack, plan, "ana@example.com", card="tok_visa", billingAnchor="2027-02-05", firstPeriod="FREE"
    )
    assert (await details(stack, sub))["status"] == "TRIALING"
    await stack.advance(to=local(date(2027, 1, 27)))
    await stack.idle()
    found = await details(stack, sub)
    assert (found["status"], billed(found)) == ("ACTIVE", [period("2027-01-27", "2027-02-05", "0.00")])

    await stack.advance(to=local(date(2027, 2, 5)))
    await stack.idle()
    found = await details(stack, sub)
    assert billed(found)[1:] == [period("2027-02-05", "2027-03-05", "29.99")]


@pytest.mark.parametrize(
    ("chosen", "code", "field"),
    [
        ({"billingDay": 0}, "INVALID_VALUE", ["billingDay"]),
        ({"billingDay": 32}, "INVALID_VALUE", ["billingDay"]),
        ({"billingAnchor": "2027-01-19"}, "DATE_IN_PAST", ["billingAnchor"]),
        ({"billingAnchor": "2027-02-21"}, "INVALID_VALUE", ["billingAnchor"]),
        ({"billingDay": 5, "billingAnchor": "2027-02-05"}, "INVALID_VALUE", ["billingAnchor"]),
        ({"firstPeriod": "FREE"}, "INVALID_VALUE", ["firstPeriod"]),
    ],
)
async def test_what_can_not_be_is_refused_and_nothing_is_made(
    stack: Stack, chosen: dict[str, Any], code: str, field: list[str]
) -> None:
    await stack.advance(to=JAN_20)
    plan = await a_plan(stack, trialDays=0)
    given = {"planId": plan, "customerEmail": "ana@example.com", "paymentMethod": {"cardToken": "tok_visa"}}
    answer = await stack.data(SUBSCRIBE, {"input": given | chosen})
    [error] = answer["createSubscription"]["userErrors"]
    preview = await stack.graphql(
        PREVIEW_CREATION, {"input": {"planId": plan, "customerEmail": "ana@example.com"} | chosen}
    )

    assert (error["code"], error["field"]) == (code, field)
    assert preview["errors"][0]["extensions"]["code"] == code
    for name in ("customers", "subscriptions", "events"):
        assert await stack.deps.store[name].count_documents({}) == 0


async def test_another_day_that_can_not_be_is_refused_and_changes_nothing(stack: Stack) -> None:
    await stack.advance(to=JAN_20)
    sub = await subscribe(stack, await a_plan(stack, trialDays=0), "ana@example.com", card="tok_visa")
    for billing_day, code in ((0, "INVALID_VALUE"), (32, "INVALID_VALUE"), (20, "SAME_BILLING_DAY")):
        assert await mutate(stack, "changeBillingDay", subscriptionId=sub, billingDay=billing_day) == [code]

    assert await anchor(stack, sub) == (20, "2027-01-20", None)


async def test_only_operators_choose_when_periods_begin(stack: Stack) -> None:
    await stack.advance(to=JAN_20)
    plan = await a_plan(stack, trialDays=0)
    ana = token(role="customer", email="ana@example.com")
    answer = await stack.data(SUBSCRIBE, {"input": {"planId": plan, "billingDay": 5}}, bearer=ana)
    [error] = answer["createSubscription"]["userErrors"]

    assert (error["code"], error["field"]) == ("FORBIDDEN", ["billingDay"])
    assert await stack.deps.store["subscriptions"].count_documents({}) == 0
