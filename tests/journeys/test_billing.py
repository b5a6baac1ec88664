"""The life of subscriptions over the whole stack; every journey ends with an audit that finds nothing."""

from datetime import date
from typing import Any

from ciclo.store.clock import ClockSetting, set_clock
from tests.journeys.asking import a_plan, details, mutate, subscribe
from tests.stack import Stack, local, until


async def begun(stack: Stack, day: date) -> None:
    """Let the business begin on *day*."""
    await stack.advance(to=local(day))


async def go_to(stack: Stack, day: date) -> None:
    await stack.advance(to=local(day))


def totals(found: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(one["period"]["start"], one["status"], one["total"]["amount"]) for one in found["invoices"]]


async def test_an_upgrade_in_mid_cycle_credits_what_is_unused(stack: Stack) -> None:
    await begun(stack, date(2027, 4, 1))
    basic = await a_plan(stack, name="Basic", price={"amount": "30.00"}, trialDays=0)
    pro = await a_plan(stack, name="Pro", price={"amount": "90.00"}, trialDays=0)
    sub = await subscribe(stack, basic, "ana@example.com", card="tok_visa")
    await go_to(stack, date(2027, 4, 11))
    preview = await stack.data(
        """query($input: PreviewPlanChangeInput!) { previewPlanChange(input: $input) {
          totalDueNow { amount } nextBillingDate lines { kind amount { amount } } } }""",
        {"input": {"subscriptionId": sub, "planId": pro}},
    )
    # 20 of 30 days are left: 30.00 x 20/30 = 20.00 back, 90.00 x 20/30 = 60.00 to pay, 40.00 in all.
    assert preview["previewPlanChange"] == {
        "totalDueNow": {"amount": "40.00"},
        "nextBillingDate": "2027-05-01",
        "lines": [
            {"kind": "UNUSED", "amount": {"amount": "-20.00"}},
            {"kind": "SERVICE", "amount": {"amount": "60.00"}},
        ],
    }
    assert await mutate(stack, "changePlan", subscriptionId=sub, planId=pro) == []
    await go_to(stack, date(2027, 5, 2))
    found = await details(stack, sub)
    assert (found["status"], found["plan"]["name"]) == ("ACTIVE", "Pro")
    assert totals(found) == [
        ("2027-04-01", "PAID", "30.00"),
        ("2027-04-11", "PAID", "40.00"),
        ("2027-05-01", "PAID", "90.00"),
    ]
    assert found["invoices"][1]["lines"][0]["explanation"] == {
        "days": 20,
        "totalDays": 30,
        "text": "Unused days: 20 of 30 days \N{MULTIPLICATION SIGN} R$\N{NO-BREAK SPACE}30.00",
    }


async def test_a_downgrade_waits_for_the_end_of_the_period(stack: Stack) -> None:
    await begun(stack, date(2027, 4, 1))
    basic = await a_plan(stack, name="Basic", price={"amount": "30.00"}, trialDays=0)
    pro = await a_plan(stack, name="Pro", price={"amount": "90.00"}, trialDays=0)
    sub = await subscribe(stack, pro, "ana@example.com", card="tok_visa")
    await go_to(stack, date(2027, 4, 11))
    assert await mutate(stack, "changePlan", subscriptionId=sub, planId=basic) == []
    waiting = await details(stack, sub)
    assert waiting["plan"]["name"] == "Pro"
    assert waiting["pendingChange"] == {"planName": "Basic", "takesEffectOn": "2027-05-01"}
    await go_to(stack, date(2027, 5, 2))
    found = await details(stack, sub)
    assert (found["plan"]["name"], found["pendingChange"]) == ("Basic", None)
    assert totals(found) == [("2027-04-01", "PAID", "90.00"), ("2027-05-01", "PAID", "30.00")]


async def test_an_immediate_downgrade_leaves_credit_that_the_next_invoice_uses(stack: Stack) -> None:
    await begun(stack, date(2027, 4, 1))
    basic = await a_plan(stack, name="Basic", price={"amount": "30.00"}, trialDays=0)
    pro = await a_plan(stack, name="Pro", price={"amount": "90.00"}, trialDays=0)
    sub = await subscribe(stack, pro, "ana@example.com", card="tok_visa")
    await go_to(stack, date(2027, 4, 11))
    assert await mutate(stack, "changePlan", subscriptionId=sub, planId=basic, timing="IMMEDIATE") == []
    # 90.00 x 20/30 = 60.00 back, 30.00 x 20/30 = 20.00 to pay: 40.00 onto the balance.
    assert (await details(stack, sub))["customer"]["creditBalances"] == [
        {"amount": "40.00", "currency": "BRL"}
    ]
    await go_to(stack, date(2027, 6, 2))
    found = await details(stack, sub)
    assert totals(found)[2:] == [("2027-05-01", "PAID", "0.00"), ("2027-06-01", "PAID", "20.00")]
    assert found["customer"]["creditBalances"] == [{"amount": "0.00", "currency": "BRL"}]


async def renewing_on_january_1(stack: Stack, card: str) -> str:
    """Subscribe somebody who has paid for December by a good card, and renews by *card*."""
    await begun(stack, date(2026, 12, 1))
    plan = await a_plan(stack, trialDays=0)
    sub = await subscribe(stack, plan, "ana@example.com", card="tok_visa")
    given = {"subscriptionId": sub, "paymentMethod": {"cardToken": card}}
    assert await mutate(stack, "updatePaymentMethod", **given) == []
    await go_to(stack, date(2027, 1, 1))
    return sub


async def test_a_failing_card_is_retried_suspended_and_recovers_when_it_is_replaced(stack: Stack) -> None:
    sub = await renewing_on_january_1(stack, "tok_charge_declined")
    assert (await details(stack, sub))["status"] == "PAST_DUE"
    attempts = {date(2027, 1, 2): 1, date(2027, 1, 3): 2, date(2027, 1, 7): 2, date(2027, 1, 8): 3}
    for day, number in attempts.items():
        await go_to(stack, day)
        found = await details(stack, sub)
        assert found["invoices"][-1]["payments"][0]["attempts"] == number, day
    assert found["status"] == "SUSPENDED"
    given = {"subscriptionId": sub, "paymentMethod": {"cardToken": "tok_visa"}}
    assert await mutate(stack, "updatePaymentMethod", **given) == []
    found = await details(stack, sub)
    assert (found["status"], found["nextBillingDate"]) == ("ACTIVE", "2027-02-01")
    assert totals(found) == [("2026-12-01", "PAID", "29.99"), ("2027-01-01", "PAID", "29.99")]


async def test_a_card_that_never_pays_ends_the_subscription_after_the_last_retry(stack: Stack) -> None:
    sub = await renewing_on_january_1(stack, "tok_charge_declined")
    await go_to(stack, date(2027, 1, 21))
    assert (await details(stack, sub))["status"] == "SUSPENDED"
    await go_to(stack, date(2027, 1, 23))
    found = await details(stack, sub)
    assert (found["status"], found["endReason"]) == ("CANCELLED", "NONPAYMENT")
    assert found["invoices"][-1]["payments"][0]["attempts"] == 5
    late = await stack.notify(
        {"subscription_id": sub, "event": "payment_success", "amount": 29.99, "date": "2027-01-23"},
        webhook_id="msg_late",
    )
    assert late.status_code == 202
    await stack.idle()
    found = await details(stack, sub)
    assert (found["status"], found["invoices"][-1]["status"]) == ("CANCELLED", "PAID")


async def test_a_lost_card_is_not_charged_again(stack: Stack) -> None:
    sub = await renewing_on_january_1(stack, "tok_lost_card")
    await go_to(stack, date(2027, 1, 16))
    found = await details(stack, sub)
    assert found["status"] == "SUSPENDED"
    assert found["invoices"][-1]["payments"][0]["attempts"] == 1


async def test_cancel_at_period_end_can_be_taken_back_until_then(stack: Stack) -> None:
    await begun(stack, date(2027, 4, 1))
    plan = await a_plan(stack, trialDays=0)
    stays = await subscribe(stack, plan, "stays@example.com", card="tok_visa")
    leaves = await subscribe(stack, plan, "leaves@example.com", card="tok_visa")
    for sub in (stays, leaves):
        assert await mutate(stack, "cancelSubscription", subscriptionId=sub, reason="price") == []
    assert (await details(stack, stays))["nextBillingDate"] is None
    await go_to(stack, date(2027, 4, 20))
    assert await mutate(stack, "uncancelSubscription", subscriptionId=stays) == []
    await go_to(stack, date(2027, 5, 2))
    kept, left = await details(stack, stays), await details(stack, leaves)
    assert (kept["status"], len(kept["invoices"])) == ("ACTIVE", 2)
    assert (left["status"], left["endReason"], len(left["invoices"])) == ("CANCELLED", "REQUESTED", 1)
    assert await mutate(stack, "uncancelSubscription", subscriptionId=leaves) == ["NOT_CANCELLING"]
    assert await mutate(stack, "cancelSubscription", subscriptionId=leaves) == ["ALREADY_CANCELLED"]


async def test_a_pause_credits_and_a_resumption_bills_to_the_old_boundary(stack: Stack) -> None:
    await begun(stack, date(2027, 4, 1))
    plan = await a_plan(stack, price={"amount": "30.00"}, trialDays=0)
    sub = await subscribe(stack, plan, "ana@example.com", card="tok_visa")
    await go_to(stack, date(2027, 4, 11))
    assert await mutate(stack, "pauseSubscription", subscriptionId=sub) == []
    paused = await details(stack, sub)
    assert (paused["status"], paused["nextBillingDate"]) == ("PAUSED", None)
    # 20 of 30 days x 30.00
    assert paused["invoices"][0]["creditNotes"] == [
        {"number": "CN-000001", "amount": {"amount": "20.00"}, "reason": "pause"}
    ]
    assert await mutate(stack, "pauseSubscription", subscriptionId=sub) == ["ALREADY_PAUSED"]
    await go_to(stack, date(2027, 5, 17))
    assert await mutate(stack, "resumeSubscription", subscriptionId=sub) == []
    found = await details(stack, sub)
    # May 17 to June 1: 15 of 31 days x 30.00 = 14.516... = 14.52, out of the balance of 20.00.
    assert found["status"] == "ACTIVE"
    assert found["invoices"][1]["creditApplied"] == {"amount": "14.52"}
    assert found["nextBillingDate"] == "2027-06-01"
    assert found["customer"]["creditBalances"] == [{"amount": "5.48", "currency": "BRL"}]


async def test_a_payment_of_a_provider_that_is_gone_is_not_refunded(stack: Stack) -> None:
    plan = await a_plan(stack, trialDays=0)
    sub = await subscribe(stack, plan, "ana@example.com", card="tok_visa")
    [payment] = (await details(stack, sub))["invoices"][0]["payments"]
    one = {"_id": payment["id"]}
    stored = await stack.deps.store["payments"].find_one(one)
    assert stored is not None
    await stack.deps.store["payments"].update_one(one, {"$set": {"provider": "stripe"}})

    assert await mutate(stack, "refundPayment", paymentId=payment["id"]) == ["PROVIDER_NOT_SET_UP"]

    # As it was: the audit that ends this journey compares it with its history.
    await stack.deps.store["payments"].replace_one(one, stored)


async def test_partial_refunds_add_up_to_what_was_paid_and_no_further(stack: Stack) -> None:
    plan = await a_plan(stack, trialDays=0)
    sub = await subscribe(stack, plan, "ana@example.com", card="tok_visa")
    [payment] = (await details(stack, sub))["invoices"][0]["payments"]
    given = {"paymentId": payment["id"]}
    assert await mutate(stack, "refundPayment", **given, amount="10.00") == []
    assert await mutate(stack, "refundPayment", **given, amount="19.999") == ["TOO_MANY_DECIMALS"]
    assert await mutate(stack, "refundPayment", **given, amount="20.00") == ["REFUND_EXCEEDS_PAYMENT"]
    assert await mutate(stack, "refundPayment", **given) == []
    assert await mutate(stack, "refundPayment", **given) == ["PAYMENT_NOT_REFUNDABLE"]
    [payment] = (await details(stack, sub))["invoices"][0]["payments"]
    assert (payment["status"], payment["refundedAmount"]) == ("REFUNDED", {"amount": "29.99"})
    assert (await details(stack, sub))["status"] == "ACTIVE"


async def test_fourteen_months_of_downtime_are_caught_up_period_by_period(stack: Stack) -> None:
    await begun(stack, date(2027, 1, 31))
    plan = await a_plan(stack, trialDays=0)
    sub = await subscribe(stack, plan, "ana@example.com", card="tok_visa")
    # The clock jumps with nobody watching, as if every scheduler had been down.
    today = local(date(2028, 4, 1))
    await set_clock(stack.deps.store, ClockSetting(shown=today, set_at=today, frozen=True))

    async def clock_has_jumped() -> bool:
        shown = (await stack.data("{ clock { now } }"))["clock"]["now"]
        return bool(shown.startswith("2028-04-01"))

    await until(clock_has_jumped)
    await stack.advance(by="P0D")
    found = await details(stack, sub)
    ends = [28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 31, 29, 31]
    starts = [date(2027, 1, 31)]
    for number, day in enumerate(ends, start=1):
        starts.append(date(2027 + number // 12, number % 12 + 1, day))
    assert [one["period"]["start"] for one in found["invoices"]] == [day.isoformat() for day in starts]
    assert {one["status"] for one in found["invoices"]} == {"PAID"}
    assert found["nextBillingDate"] == "2028-04-30"


async def test_a_pix_code_is_paid_and_one_that_expires_is_not_dunned_while_it_waits(stack: Stack) -> None:
    await begun(stack, date(2027, 4, 1))
    plan = await a_plan(stack, trialDays=0)
    sub = await subscribe(stack, plan, "ana@example.com", paymentMethod={"pix": {}})
    query = """query($id: ID!) { subscription(id: $id) { status payments { edges { node {
      id status pix { copyPaste qrCodeSvg expiresAt } } } } } }"""
    waiting = (await stack.data(query, {"id": sub}))["subscription"]
    node = waiting["payments"]["edges"][0]["node"]
    assert (waiting["status"], node["status"]) == ("PENDING", "PENDING")
    assert node["pix"]["copyPaste"].startswith("000201")
    assert node["pix"]["qrCodeSvg"].startswith("<svg")
    await go_to(stack, date(2027, 4, 3))
    lapsed = (await stack.data(query, {"id": sub}))["subscription"]
    assert (lapsed["status"], lapsed["payments"]["edges"][0]["node"]["status"]) == ("PENDING", "FAILED")
    invoice = (await details(stack, sub))["invoices"][0]["id"]
    assert await mutate(stack, "payInvoice", invoiceId=invoice, paymentMethod={"pix": {}}) == []
    again = (await stack.data(query, {"id": sub}))["subscription"]["payments"]["edges"][0]["node"]
    settled = await stack.http.post(
        f"/sandbox/payments/{again['id']}/settle", headers={"authorization": f"Bearer {stack.operator}"}
    )
    assert settled.status_code == 202, settled.text
    await stack.idle()
    assert (await details(stack, sub))["status"] == "ACTIVE"
