"""Rule 40: who owes an invoice that is past due neither starts nor upgrades by self-service."""

from datetime import date
from typing import Any, Final

from tests.journeys.asking import SUBSCRIBE, a_plan, details, mutate
from tests.journeys.customer import ANA, EMAIL, ask, subscribe
from tests.stack import Stack, local

APRIL_1: Final = date(2027, 4, 1)
MAY_2: Final = date(2027, 5, 2)
CREATION: Final = "query($input: PreviewCreationInput!) { previewCreation(input: $input) { status } }"
CHANGE: Final = "query($input: PreviewPlanChangeInput!) { previewPlanChange(input: $input) { status } }"


async def plans(stack: Stack) -> dict[str, str]:
    """Return plans of 30.00, 60.00 and 300.00 a month, without a trial, and one for nothing."""
    prices = {"Basic": "30.00", "Plus": "60.00", "Studio": "300.00", "Free": "0.00"}
    return {
        name: await a_plan(stack, name=name, price={"amount": price}, trialDays=0)
        for name, price in prices.items()
    }


async def owing(stack: Stack, plan: str, *, moves: bool = True) -> tuple[str, str]:
    """Let a renewal fail and the customer leave; return the subscription and the invoice that is owed."""
    if moves:
        await stack.advance(to=local(APRIL_1))
    # The card pays once and declines then.
    sub = await subscribe(stack, plan)
    assert await ask(stack, "updatePaymentMethod", subscriptionId=sub, **CARD_THAT_FAILS) == []
    await stack.advance(to=local(MAY_2))
    assert await ask(stack, "cancelSubscription", subscriptionId=sub) == []
    found = await details(stack, sub)
    assert (found["status"], found["invoices"][-1]["status"]) == ("CANCELLED", "OVERDUE")
    return sub, found["invoices"][-1]["id"]


CARD_THAT_FAILS: Final = {"paymentMethod": {"cardToken": "tok_charge_declined"}}


async def refusal(stack: Stack, query: str, **given: Any) -> dict[str, Any]:
    answer = await stack.graphql(query, {"input": given}, bearer=ANA)
    extensions: dict[str, Any] = answer["errors"][0]["extensions"]
    return extensions


async def test_a_debt_of_an_ended_subscription_is_paid_before_another_one_starts(stack: Stack) -> None:
    offered = await plans(stack)
    _, invoice = await owing(stack, offered["Basic"])

    for plan in ("Basic", "Studio", "Free"):
        [error] = await ask(stack, "createSubscription", planId=offered[plan])
        assert (error["code"], error["invoiceId"]) == ("INVOICE_UNPAID", invoice)
        assert invoice in error["message"]
        shown = await refusal(stack, CREATION, planId=offered[plan])
        assert (shown["code"], shown["invoiceId"]) == ("INVOICE_UNPAID", invoice)
    # An operator knows what they do
    theirs = {"planId": offered["Plus"], "customerEmail": EMAIL}
    answer = await stack.data(SUBSCRIBE, {"input": theirs})
    assert answer["createSubscription"]["userErrors"] == []

    paid = {"invoiceId": invoice, "paymentMethod": {"cardToken": "tok_visa"}}
    assert await ask(stack, "payInvoice", **paid) == []
    assert await ask(stack, "createSubscription", planId=offered["Basic"]) == []
    await stack.idle()


async def test_a_debtor_does_not_upgrade_another_subscription_and_may_shrink_it(stack: Stack) -> None:
    offered = await plans(stack)
    await stack.advance(to=local(APRIL_1))
    other = await subscribe(stack, offered["Plus"])
    _, invoice = await owing(stack, offered["Basic"])

    for more in (
        {"planId": offered["Studio"]},
        {"planId": offered["Studio"], "timing": "PERIOD_END"},
        {"planId": offered["Plus"], "quantity": 2},
    ):
        [error] = await ask(stack, "changePlan", subscriptionId=other, **more)
        assert (error["code"], error["invoiceId"]) == ("INVOICE_UNPAID", invoice)
    assert (await refusal(stack, CHANGE, subscriptionId=other, planId=offered["Studio"]))["code"] == (
        "INVOICE_UNPAID"
    )
    assert await ask(stack, "changePlan", subscriptionId=other, planId=offered["Free"]) == []
    upgrade = {"subscriptionId": other, "planId": offered["Studio"]}
    assert await mutate(stack, "changePlan", **upgrade) == []


async def test_a_debtor_does_not_resume_what_is_paused(stack: Stack) -> None:
    offered = await plans(stack)
    await stack.advance(to=local(APRIL_1))
    other = await subscribe(stack, offered["Plus"])
    assert await ask(stack, "pauseSubscription", subscriptionId=other) == []
    assert await ask(stack, "resumeSubscription", subscriptionId=other) == []
    assert await ask(stack, "pauseSubscription", subscriptionId=other) == []
    # What is on the balance by then pays a part of it only
    _, invoice = await owing(stack, offered["Studio"], moves=False)

    [error] = await ask(stack, "resumeSubscription", subscriptionId=other)
    assert (error["code"], error["invoiceId"]) == ("INVOICE_UNPAID", invoice)
    assert await ask(stack, "payInvoice", invoiceId=invoice, paymentMethod={"cardToken": "tok_visa"}) == []
    assert await ask(stack, "resumeSubscription", subscriptionId=other) == []
    assert (await details(stack, other))["status"] == "ACTIVE"


async def test_a_charge_that_failed_today_is_owed_today(stack: Stack) -> None:
    offered = await plans(stack)
    await stack.advance(to=local(APRIL_1))
    sub = await subscribe(stack, offered["Basic"])
    assert await ask(stack, "updatePaymentMethod", subscriptionId=sub, **CARD_THAT_FAILS) == []
    await stack.advance(to=local(date(2027, 5, 1)))

    assert (await details(stack, sub))["status"] == "PAST_DUE"
    [error] = await ask(stack, "createSubscription", planId=offered["Plus"])
    assert error["code"] == "INVOICE_UNPAID"


async def test_what_never_began_is_no_debt_and_leaves_none(stack: Stack) -> None:
    offered = await plans(stack)
    await stack.advance(to=local(APRIL_1))
    sub = await subscribe(stack, offered["Basic"], pix={})
    await stack.advance(to=local(date(2027, 4, 10)))
    assert (await details(stack, sub))["invoices"][0]["status"] == "OVERDUE"

    other = await subscribe(stack, offered["Plus"])
    assert await ask(stack, "cancelSubscription", subscriptionId=sub) == []
    found = await details(stack, sub)
    assert (found["endReason"], found["invoices"][0]["status"]) == ("NEVER_PAID", "CANCELED")
    assert (await details(stack, other))["status"] == "ACTIVE"


async def test_48_days_of_a_dear_plan_are_not_had_on_trust(stack: Stack) -> None:
    offered = await plans(stack)
    await stack.advance(to=local(APRIL_1))
    served = 0
    for day in range(0, 48, 8):
        on = date.fromordinal(APRIL_1.toordinal() + day)
        sub = await subscribe(stack, offered["Free"], pix={})
        assert await ask(stack, "changePlan", subscriptionId=sub, planId=offered["Studio"]) == []
        await stack.advance(to=local(date.fromordinal(on.toordinal() + 7)))
        found = await details(stack, sub)
        served += found["plan"]["name"] == "Studio"
        assert [one["status"] for one in found["invoices"]] == ["PAID", "CANCELED"]
        assert await ask(stack, "cancelSubscription", subscriptionId=sub, cancelImmediately=True) == []
        await stack.advance(to=local(date.fromordinal(on.toordinal() + 8)))

    assert served == 0
