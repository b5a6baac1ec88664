"""Rules 10, 11, 14, 22 over the whole stack: a change that costs more, paid, declined, late, voided."""

from datetime import date
from typing import Any

from tests.journeys.asking import a_plan, details, mutate, subscribe
from tests.stack import Stack, local

PREVIEW = """query($input: PreviewPlanChangeInput!) { previewPlanChange(input: $input) {
  totalDueNow { amount } takesEffectWhenPaid endsTrial takesEffectOn status
  lines { kind amount { amount } } } }"""
WAITING = """query($id: ID!) { subscription(id: $id) { status plan { name } mrr { amount } quantity
  pendingChange { planName takesEffectOn awaitingPayment invoice { id kind status total { amount } } }
  invoices(first: 5) { edges { node {
    id status voidReason total { amount } payments { id status } } } } } }"""


async def waiting(stack: Stack, subscription_id: str) -> dict[str, Any]:
    """Return a subscription with the change that waits, and its invoices, the oldest first."""
    found: dict[str, Any] = (await stack.data(WAITING, {"id": subscription_id}))["subscription"]
    found["invoices"] = [edge["node"] for edge in reversed(found["invoices"]["edges"])]
    return found


async def plans(stack: Stack, **changes: Any) -> tuple[str, str]:
    basic = await a_plan(stack, name="Basic", price={"amount": "365.00"}, trialDays=0, **changes)
    plus = await a_plan(stack, name="Plus", price={"amount": "730.00"}, trialDays=0, **changes)
    return basic, plus


async def preview(stack: Stack, subscription_id: str, plan_id: str) -> dict[str, Any]:
    given = {"input": {"subscriptionId": subscription_id, "planId": plan_id}}
    shown: dict[str, Any] = (await stack.data(PREVIEW, given))["previewPlanChange"]
    return shown


def statuses(found: dict[str, Any]) -> list[tuple[str, str | None, str]]:
    return [(one["status"], one["voidReason"], one["total"]["amount"]) for one in found["invoices"]]


async def test_a_declined_upgrade_of_a_paid_year_changes_nothing_and_a_paid_one_takes_effect(
    stack: Stack,
) -> None:
    await stack.advance(to=local(date(2027, 1, 1)))
    basic, plus = await plans(stack, billingCycle="ANNUAL")
    sub = await subscribe(stack, basic, "ana@example.com", card="tok_visa")
    declining = {"subscriptionId": sub, "paymentMethod": {"cardToken": "tok_charge_declined"}}
    assert await mutate(stack, "updatePaymentMethod", **declining) == []
    await stack.advance(to=local(date(2027, 2, 1)))
    # Jan 1 2028 - Feb 1 = 334 of 365 days: 334.00 back, 668.00 to pay
    shown = await preview(stack, sub, plus)
    assert shown == {
        "totalDueNow": {"amount": "334.00"},
        "takesEffectWhenPaid": True,
        "endsTrial": False,
        "takesEffectOn": "2027-02-01",
        "status": "ACTIVE",
        "lines": [
            {"kind": "UNUSED", "amount": {"amount": "-334.00"}},
            {"kind": "SERVICE", "amount": {"amount": "668.00"}},
        ],
    }
    assert await mutate(stack, "changePlan", subscriptionId=sub, planId=plus) == []
    await stack.advance(to=local(date(2027, 4, 1)))
    found = await waiting(stack, sub)
    assert (found["status"], found["plan"]["name"], found["pendingChange"]) == ("ACTIVE", "Basic", None)
    dropped = ("CANCELED", "CHANGE_DROPPED", "334.00")
    assert statuses(found) == [("PAID", None, "365.00"), dropped]

    # With a card that works: Jan 1 2028 - Apr 1 = 275 days, 275.00 back and 550.00 to pay
    paying = {"subscriptionId": sub, "paymentMethod": {"cardToken": "tok_visa"}}
    assert await mutate(stack, "updatePaymentMethod", **paying) == []
    assert await mutate(stack, "changePlan", subscriptionId=sub, planId=plus) == []
    found = await waiting(stack, sub)
    assert (found["plan"]["name"], found["mrr"]["amount"]) == ("Plus", "60.83")
    assert statuses(found)[1:] == [dropped, ("PAID", None, "275.00")]


async def test_an_upgrade_by_pix_waits_and_takes_effect_as_of_the_day_it_was_asked_for(stack: Stack) -> None:
    await stack.advance(to=local(date(2027, 4, 1)))
    basic, plus = await plans(stack)
    sub = await subscribe(stack, basic, "ana@example.com", card="tok_visa")
    pix = {"subscriptionId": sub, "paymentMethod": {"pix": {}}}
    assert await mutate(stack, "updatePaymentMethod", **pix) == []
    await stack.advance(to=local(date(2027, 4, 11)).replace(hour=15))
    assert await mutate(stack, "changePlan", subscriptionId=sub, planId=plus) == []
    assert await mutate(stack, "changePlan", subscriptionId=sub, planId=plus) == ["SAME_PLAN"]
    found = await waiting(stack, sub)
    invoice = found["invoices"][1]
    # 20 of 30 days: 730.00 x 20/30 = 486.67, less 365.00 x 20/30 = 243.33
    assert found["pendingChange"] == {
        "planName": "Plus",
        "takesEffectOn": "2027-04-11",
        "awaitingPayment": True,
        "invoice": {
            "id": invoice["id"],
            "kind": "PLAN_CHANGE",
            "status": "PENDING",
            "total": {"amount": "243.34"},
        },
    }
    assert (found["plan"]["name"], found["mrr"]["amount"]) == ("Basic", "365.00")
    await stack.advance(to=local(date(2027, 4, 12)))
    settled = await stack.http.post(
        f"/sandbox/payments/{invoice['payments'][0]['id']}/settle",
        headers={"authorization": f"Bearer {stack.operator}"},
    )
    assert settled.status_code == 202, settled.text
    await stack.idle()
    found = await details(stack, sub)
    assert (found["plan"]["name"], found["pendingChange"]) == ("Plus", None)
    assert found["invoices"][1]["lines"][1]["explanation"]["days"] == 20


async def test_an_operator_voids_the_invoice_of_a_change_and_nothing_is_lost(stack: Stack) -> None:
    await stack.advance(to=local(date(2027, 4, 1)))
    basic, plus = await plans(stack)
    sub = await subscribe(stack, basic, "ana@example.com", card="tok_visa")
    pix = {"subscriptionId": sub, "paymentMethod": {"pix": {}}}
    assert await mutate(stack, "updatePaymentMethod", **pix) == []
    await stack.advance(to=local(date(2027, 4, 11)))
    assert await mutate(stack, "changePlan", subscriptionId=sub, planId=plus) == []
    invoice = (await waiting(stack, sub))["invoices"][1]["id"]
    assert await mutate(stack, "voidInvoice", invoiceId=invoice) == []
    found = await waiting(stack, sub)
    assert statuses(found)[1] == ("CANCELED", "VOIDED", "243.34")
    # The days of the old plan are credited as before: 365.00 x 20/30 = 243.33
    shown = await preview(stack, sub, plus)
    assert shown["lines"][0] == {"kind": "UNUSED", "amount": {"amount": "-243.33"}}


async def test_a_free_plan_without_a_way_to_pay_is_kept(stack: Stack) -> None:
    free = await a_plan(stack, name="Free", price={"amount": "0.00"}, trialDays=0)
    plus = await a_plan(stack, name="Plus", trialDays=0)
    sub = await subscribe(stack, free, "ana@example.com")
    assert await mutate(stack, "changePlan", subscriptionId=sub, planId=plus) == ["NO_PAYMENT_METHOD"]
    found = await waiting(stack, sub)
    assert (found["status"], found["plan"]["name"], len(found["invoices"])) == ("ACTIVE", "Free", 1)


async def test_a_change_that_ends_the_trial_says_so_and_costs_what_the_preview_says(stack: Stack) -> None:
    await stack.advance(to=local(date(2027, 4, 1)))
    basic = await a_plan(stack, name="Basic", trialDays=14)
    plus = await a_plan(stack, name="Plus", price={"amount": "90.00"}, trialDays=7)
    sub = await subscribe(stack, basic, "ana@example.com", card="tok_visa")
    await stack.advance(to=local(date(2027, 4, 9)))
    shown = await preview(stack, sub, plus)
    assert (shown["endsTrial"], shown["totalDueNow"], len(shown["lines"])) == (True, {"amount": "90.00"}, 1)
    assert await mutate(stack, "changePlan", subscriptionId=sub, planId=plus) == []
    found = await waiting(stack, sub)
    assert (found["status"], statuses(found)) == ("ACTIVE", [("PAID", None, "90.00")])


async def test_an_operator_extends_a_trial_and_ends_it(stack: Stack) -> None:
    await stack.advance(to=local(date(2027, 4, 1)))
    basic = await a_plan(stack, name="Basic", trialDays=7)
    sub = await subscribe(stack, basic, "ana@example.com", card="tok_visa")
    early = {"subscriptionId": sub, "until": "2027-04-08"}
    assert await mutate(stack, "extendTrial", **early) == ["TRIAL_END_TOO_EARLY"]
    assert await mutate(stack, "extendTrial", subscriptionId=sub, until="2027-04-20") == []
    await stack.advance(to=local(date(2027, 4, 15)))
    assert (await waiting(stack, sub))["status"] == "TRIALING"
    assert await mutate(stack, "endTrial", subscriptionId=sub) == []
    found = await details(stack, sub)
    assert (found["status"], found["nextBillingDate"]) == ("ACTIVE", "2027-05-15")
    assert await mutate(stack, "endTrial", subscriptionId=sub) == ["NOT_IN_TRIAL"]
