"""Rule 39 over the whole stack: what a customer can't do to the seller by what they ask for."""

from datetime import date, timedelta
from typing import Any, Final

from tests.journeys.asking import a_plan, details, mutate
from tests.journeys.customer import ANA, ask, subscribe
from tests.stack import Stack, local

APRIL_1: Final = date(2027, 4, 1)

SHOWN = """query($id: ID!) { subscription(id: $id) {
  status pausesOn pausedOn nextBillingDate mrr { amount } plan { name }
  pendingChange { planName takesEffectOn }
  customer { creditBalances { amount } } } }"""


async def shown(stack: Stack, subscription_id: str) -> dict[str, Any]:
    found: dict[str, Any] = (await stack.data(SHOWN, {"id": subscription_id}, bearer=ANA))["subscription"]
    return found


async def test_a_customer_s_pause_begins_when_the_day_is_over(stack: Stack) -> None:
    await stack.advance(to=local(APRIL_1))
    sub = await subscribe(stack, await a_plan(stack, price={"amount": "30.00"}, trialDays=0))
    await stack.advance(to=local(date(2027, 4, 10)))
    assert await ask(stack, "pauseSubscription", subscriptionId=sub) == []

    found = await shown(stack, sub)
    assert (found["status"], found["pausesOn"], found["nextBillingDate"]) == ("ACTIVE", "2027-04-11", None)
    assert found["customer"]["creditBalances"] == []

    await stack.advance(to=local(date(2027, 4, 11)))
    found = await shown(stack, sub)
    assert (found["status"], found["pausesOn"], found["pausedOn"]) == ("PAUSED", None, "2027-04-11")
    # 20 of 30 days
    assert found["customer"]["creditBalances"] == [{"amount": "20.00"}]

    assert await ask(stack, "resumeSubscription", subscriptionId=sub) == []
    found = await details(stack, sub)
    assert (found["status"], found["customer"]["creditBalances"]) == (
        "ACTIVE",
        [{"amount": "0.00", "currency": "BRL"}],
    )
    assert [one["total"]["amount"] for one in found["invoices"]] == ["30.00", "0.00"]


async def test_it_is_taken_back_by_resuming_on_the_same_day(stack: Stack) -> None:
    await stack.advance(to=local(APRIL_1))
    sub = await subscribe(stack, await a_plan(stack, trialDays=0))
    assert await ask(stack, "pauseSubscription", subscriptionId=sub) == []
    assert await ask(stack, "resumeSubscription", subscriptionId=sub) == []
    await stack.advance(to=local(date(2027, 4, 2)))

    found = await shown(stack, sub)
    assert (found["status"], found["pausesOn"], found["nextBillingDate"]) == ("ACTIVE", None, "2027-05-01")


async def test_an_operator_s_pause_begins_at_once(stack: Stack) -> None:
    await stack.advance(to=local(APRIL_1))
    sub = await subscribe(stack, await a_plan(stack, price={"amount": "30.00"}, trialDays=0))
    assert await mutate(stack, "pauseSubscription", subscriptionId=sub) == []

    found = await shown(stack, sub)
    assert (found["status"], found["pausedOn"]) == ("PAUSED", "2027-04-01")
    assert found["customer"]["creditBalances"] == [{"amount": "30.00"}]


async def test_pausing_and_resuming_for_45_days_pays_for_each_of_them(stack: Stack) -> None:
    await stack.advance(to=local(APRIL_1))
    sub = await subscribe(stack, await a_plan(stack, price={"amount": "30.00"}, trialDays=0))
    for number in range(45):
        night = local(APRIL_1 + timedelta(days=number + 1)) - timedelta(minutes=30)
        await stack.advance(to=night)
        assert (await shown(stack, sub))["status"] == "ACTIVE"
        assert await ask(stack, "pauseSubscription", subscriptionId=sub) == []
        await stack.advance(to=night + timedelta(hours=1))
        assert await ask(stack, "resumeSubscription", subscriptionId=sub) == []

    # April is 30 of 30 days: 30.00. Of May's 31 days 15 have passed, 14.52, and what is paid goes to its end:
    # nothing is on the balance while it runs. A cent of rounding a day at most.
    found = await details(stack, sub)
    paid = sum(float(one["total"]["amount"]) for one in found["invoices"])
    left = sum(float(one["amount"]) for one in found["customer"]["creditBalances"])
    assert found["status"] == "ACTIVE"
    assert abs(paid - left - 60.00) <= 0.45


async def test_a_customer_s_downgrade_waits_for_the_end_of_the_period(stack: Stack) -> None:
    await stack.advance(to=local(APRIL_1))
    basic = await a_plan(stack, name="Basic", price={"amount": "30.00"}, trialDays=0)
    studio = await a_plan(stack, name="Studio", price={"amount": "300.00"}, trialDays=0)
    yearly = await a_plan(stack, name="Yearly", price={"amount": "12.00"}, billingCycle="ANNUAL", trialDays=0)
    sub = await subscribe(stack, basic)
    assert await ask(stack, "changePlan", subscriptionId=sub, planId=studio) == []
    assert (await shown(stack, sub))["plan"] == {"name": "Studio"}
    before = await details(stack, sub)

    for plan in (basic, yearly):
        [refused] = await ask(stack, "changePlan", subscriptionId=sub, planId=plan, timing="IMMEDIATE")
        assert (refused["code"], refused["field"]) == ("FORBIDDEN", ["timing"])
    assert await details(stack, sub) == before

    for plan, name in ((basic, "Basic"), (yearly, "Yearly")):
        assert await ask(stack, "changePlan", subscriptionId=sub, planId=plan) == []
        found = await shown(stack, sub)
        assert found["pendingChange"] == {"planName": name, "takesEffectOn": "2027-05-01"}
    assert await mutate(stack, "changePlan", subscriptionId=sub, planId=basic, timing="IMMEDIATE") == []
    # An operator's takes effect at once, on the day of the upgrade: all of it comes back
    found = await shown(stack, sub)
    assert (found["plan"], found["customer"]["creditBalances"]) == ({"name": "Basic"}, [{"amount": "270.00"}])


async def test_a_second_contract_is_not_free_for_a_week(stack: Stack) -> None:
    await stack.advance(to=local(APRIL_1))
    plan = await a_plan(stack, price={"amount": "30.00"}, trialDays=0)
    back = []
    for on in (date(2027, 4, 6), date(2027, 4, 12)):
        sub = await subscribe(stack, plan)
        await stack.advance(to=local(on))
        assert await ask(stack, "withdraw", subscriptionId=sub) == []
        found = await details(stack, sub)
        back.append(found["invoices"][0]["payments"][0]["refundedAmount"]["amount"])

    # The first one whole. Of the second one, from 04-06, the days to 04-12 were served: 23 of 30 go back
    assert back == ["30.00", "23.00"]


async def test_contracts_that_waited_to_be_paid_are_not_free_one_after_the_other(stack: Stack) -> None:
    await stack.advance(to=local(APRIL_1))
    plans = [
        await a_plan(stack, name=name, price={"amount": "30.00"}, trialDays=0) for name in ("One", "Two")
    ]
    first = await subscribe(stack, plans[0])
    waiting = await subscribe(stack, plans[1], pix={})
    await stack.advance(to=local(date(2027, 4, 6)))
    assert await ask(stack, "withdraw", subscriptionId=first) == []

    invoice = (await details(stack, waiting))["invoices"][0]["id"]
    card = {"paymentMethod": {"cardToken": "tok_visa"}}
    assert await ask(stack, "payInvoice", invoiceId=invoice, **card) == []
    await stack.advance(to=local(date(2027, 4, 12)))
    assert await ask(stack, "withdraw", subscriptionId=waiting) == []
    found = await details(stack, waiting)
    # It began on the day of its payment, 04-06: 23 of 30 days are left after 04-12
    back = [one["refundedAmount"]["amount"] for one in found["invoices"][0]["payments"]]
    assert sorted(back) == ["0.00", "23.00"]


async def test_who_left_a_free_plan_may_still_withdraw_in_whole(stack: Stack) -> None:
    await stack.advance(to=local(APRIL_1))
    free = await a_plan(stack, name="Free", price={"amount": "0.00"}, trialDays=0)
    assert await ask(stack, "withdraw", subscriptionId=await subscribe(stack, free)) == []
    paid = await subscribe(stack, await a_plan(stack, price={"amount": "30.00"}, trialDays=0))
    await stack.advance(to=local(date(2027, 4, 3)))
    assert await ask(stack, "withdraw", subscriptionId=paid) == []

    [invoice] = (await details(stack, paid))["invoices"]
    assert invoice["payments"][0]["refundedAmount"] == {"amount": "30.00"}
