"""What is not paid: no access before the first payment, no free days after one is suspended."""

from datetime import date
from typing import Any

from tests.journeys.asking import a_plan, details, mutate, subscribe
from tests.reports.asking import ask_revenue
from tests.stack import Stack, local

DECLINED = {"cardToken": "tok_charge_declined"}


async def test_a_first_charge_that_is_declined_gives_neither_access_nor_revenue(stack: Stack) -> None:
    await stack.advance(to=local(date(2027, 1, 10)))
    plan = await a_plan(stack, price={"amount": "50.00"}, trialDays=0)
    sub = await subscribe(stack, plan, "ana@example.com", card="tok_charge_declined")

    assert (await details(stack, sub))["status"] == "PENDING"
    assert await trials_and_revenue(stack) == NOTHING_HAPPENED

    # 10 + 2 + 5 + 7 + 7 = 31
    await stack.advance(to=local(date(2027, 2, 1)))
    found = await details(stack, sub)
    assert (found["status"], found["endReason"]) == ("CANCELLED", "NEVER_PAID")
    assert found["invoices"][0]["status"] == "CANCELED"
    assert await trials_and_revenue(stack) == NOTHING_HAPPENED


async def test_a_trial_that_nobody_pays_for_is_neither_converted_nor_churn(stack: Stack) -> None:
    await stack.advance(to=local(date(2027, 1, 10)))
    plan = await a_plan(stack, price={"amount": "99.00"}, trialDays=7)
    sub = await subscribe(stack, plan, "ana@example.com")
    await stack.advance(by="P8D")
    assert (await details(stack, sub))["status"] == "PENDING"
    assert await trials_and_revenue(stack) == NOTHING_HAPPENED

    await stack.advance(by="P25D")
    found = await details(stack, sub)
    assert (found["status"], found["endReason"]) == ("CANCELLED", "NEVER_PAID")
    assert await trials_and_revenue(stack) == NOTHING_HAPPENED | {"trialsDecided": 1}


async def test_who_cancels_a_failed_renewal_is_not_charged_any_more(stack: Stack) -> None:
    await stack.advance(to=local(date(2027, 1, 10)))
    plan = await a_plan(stack, price={"amount": "30.00"}, trialDays=0)
    sub = await subscribe(stack, plan, "ana@example.com", card="tok_visa")
    given = {"subscriptionId": sub, "paymentMethod": {"cardToken": "tok_fails_1"}}
    assert await mutate(stack, "updatePaymentMethod", **given) == []
    await stack.advance(by="P1M")
    assert (await details(stack, sub))["status"] == "PAST_DUE"

    assert await mutate(stack, "cancelSubscription", subscriptionId=sub) == []
    await stack.advance(by="P3D")

    found = await details(stack, sub)
    assert (found["status"], found["endReason"], found["cancelAtPeriodEnd"]) == (
        "CANCELLED",
        "REQUESTED",
        False,
    )
    owed = found["invoices"][-1]
    assert (owed["status"], owed["payments"][-1]["attempts"]) == ("OVERDUE", 1)
    # Whoever wants to pay it all the same can
    card = {"cardToken": "tok_visa"}
    assert await mutate(stack, "payInvoice", invoiceId=owed["id"], paymentMethod=card) == []
    assert (await details(stack, sub))["invoices"][-1]["status"] == "PAID"


async def test_a_boundary_that_passed_while_suspended_gives_no_free_days(stack: Stack) -> None:
    await stack.advance(to=local(date(2027, 1, 1)))
    basic = await a_plan(stack, name="Basic", price={"amount": "30.00"}, trialDays=0)
    pro = await a_plan(stack, name="Pro", price={"amount": "90.00"}, trialDays=0)
    sub = await subscribe(stack, basic, "ana@example.com", card="tok_visa")
    await stack.advance(to=local(date(2027, 1, 20)))
    given = {"subscriptionId": sub, "paymentMethod": DECLINED}
    assert await mutate(stack, "updatePaymentMethod", **given) == []
    await mutate(stack, "changePlan", subscriptionId=sub, planId=pro)
    await stack.advance(to=local(date(2027, 2, 5)))
    assert (await details(stack, sub))["status"] in {"PAST_DUE", "SUSPENDED"}

    given = {"subscriptionId": sub, "paymentMethod": {"cardToken": "tok_visa"}}
    assert await mutate(stack, "updatePaymentMethod", **given) == []

    found = await details(stack, sub)
    assert (found["status"], found["nextBillingDate"]) == ("ACTIVE", "2027-03-01")
    assert len(billing(found, "2027-02-05")) == 1


async def test_a_code_that_lapses_over_a_yearly_boundary_gives_no_free_year(stack: Stack) -> None:
    await stack.advance(to=local(date(2027, 1, 10)))
    seats = await a_plan(stack, price={"amount": "1200.00"}, billingCycle="ANNUAL", trialDays=0, name="Seats")
    sub = await subscribe(stack, seats, "ana@example.com", card="tok_visa")
    await stack.advance(to=local(date(2027, 12, 28)))
    given = {"subscriptionId": sub, "paymentMethod": {"pix": {}}}
    assert await mutate(stack, "updatePaymentMethod", **given) == []
    await mutate(stack, "changePlan", subscriptionId=sub, planId=seats, quantity=2)
    await stack.advance(to=local(date(2028, 1, 12)))

    owed = [one for one in (await details(stack, sub))["invoices"] if one["status"] in {"PENDING", "OVERDUE"}]
    for invoice in owed:
        await mutate(stack, "payInvoice", invoiceId=invoice["id"], paymentMethod={"pix": {}})
        await pay_code(stack, sub, invoice["id"])

    found = await details(stack, sub)
    assert (found["status"], found["nextBillingDate"]) == ("ACTIVE", "2029-01-10")
    assert len(billing(found, "2028-01-12")) == 1


def billing(found: dict[str, Any], day: str) -> list[dict[str, Any]]:
    """Return the invoices of whole periods and of their rests that bill *day*."""
    return [
        one
        for one in found["invoices"]
        if one["kind"] in {"PERIOD", "RESUMPTION"}
        and one["period"]["start"] <= day < one["period"]["end"]
        and one["status"] != "CANCELED"
    ]


async def pay_code(stack: Stack, sub: str, invoice_id: str) -> None:
    """Let the payer of an invoice's newest code pay it."""
    [invoice] = [one for one in (await details(stack, sub))["invoices"] if one["id"] == invoice_id]
    payment = invoice["payments"][-1]["id"]
    settled = await stack.http.post(
        f"/sandbox/payments/{payment}/settle", headers={"authorization": f"Bearer {stack.operator}"}
    )
    assert settled.status_code == 202, settled.text
    await stack.idle()


NOTHING_HAPPENED = {
    "newSubscribers": 0,
    "churnedSubscribers": 0,
    "trialsDecided": 0,
    "trialsConverted": 0,
    "mrr": "0.00",
    "new": "0.00",
    "churn": "0.00",
}


async def trials_and_revenue(stack: Stack) -> dict[str, Any]:
    """Return what the revenue report of the first months of 2027 says of beginnings and ends."""
    totals = (await ask_revenue(stack, date(2027, 1, 1), date(2027, 4, 1)))["totals"]
    counts = ("newSubscribers", "churnedSubscribers", "trialsDecided", "trialsConverted")
    amounts = {name: totals["movements"][name]["amount"] for name in ("new", "churn")}
    return {name: totals[name] for name in counts} | {"mrr": totals["mrr"]["amount"]} | amounts
