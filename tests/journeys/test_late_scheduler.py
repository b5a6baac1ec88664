"""No scheduler runs: a command does first what is due, so being late changes nothing about what it costs."""

from datetime import date

from ciclo.store.clock import ClockSetting, set_clock
from tests.journeys.asking import a_plan, details, mutate, subscribe
from tests.stack import Stack, local, until

JAN_10, MAR_20 = date(2027, 1, 10), date(2027, 3, 20)

PREVIEW = """
query($input: PreviewPlanChangeInput!) {
  previewPlanChange(input: $input) { totalDueNow { amount } }
}"""


async def begun(stack: Stack) -> tuple[str, str]:
    """Return a subscription from 01-10, unwatched until 03-20, and the id of a dearer plan."""
    await stack.advance(to=local(JAN_10))
    plan = await a_plan(stack, price={"amount": "31.00"}, trialDays=0)
    dearer = await a_plan(stack, name="Dearer", price={"amount": "62.00"}, trialDays=0)
    subscription = await subscribe(stack, plan, "ana@example.com", card="tok_visa")
    today = local(MAR_20)
    await set_clock(stack.deps.store, ClockSetting(shown=today, set_at=today, frozen=True))

    async def clock_has_jumped() -> bool:
        shown = (await stack.data("{ clock { now } }"))["clock"]["now"]
        return bool(shown.startswith(MAR_20.isoformat()))

    await until(clock_has_jumped)
    return subscription, dearer


async def billed(stack: Stack, subscription: str) -> list[tuple[str, str, str]]:
    found = await details(stack, subscription)
    return [(one["period"]["start"], one["total"]["amount"], one["status"]) for one in found["invoices"]]


RENEWED = [("2027-01-10", "31.00", "PAID"), ("2027-02-10", "31.00", "PAID"), ("2027-03-10", "31.00", "PAID")]


async def test_who_pauses_late_pays_the_days_since_the_boundary(stack: Stack) -> None:
    subscription, _ = await begun(stack)

    # What is due is done and charged; the days of an invoice that is not paid yet can't be credited.
    assert await mutate(stack, "pauseSubscription", subscriptionId=subscription) == ["INVOICE_UNPAID"]
    assert await billed(stack, subscription) == RENEWED
    assert await mutate(stack, "pauseSubscription", subscriptionId=subscription) == []
    found = await details(stack, subscription)
    # 21 of 31 days of the period from 03-10 are unused: 31.00 x 21/31 = 21.00.
    assert found["customer"]["creditBalances"] == [{"amount": "21.00", "currency": "BRL"}]


async def test_who_upgrades_late_pays_what_each_period_cost_when_it_began(stack: Stack) -> None:
    subscription, dearer = await begun(stack)
    change = {"subscriptionId": subscription, "planId": dearer}

    shown = await stack.data(PREVIEW, {"input": change})
    assert await mutate(stack, "changePlan", **change) == []

    # 62.00 x 21/31 - 31.00 x 21/31 = 42.00 - 21.00.
    assert shown["previewPlanChange"]["totalDueNow"] == {"amount": "21.00"}
    assert await billed(stack, subscription) == [*RENEWED, ("2027-03-20", "21.00", "PAID")]


async def test_who_cancels_late_owes_the_periods_that_were_served(stack: Stack) -> None:
    subscription, _ = await begun(stack)

    given = {"subscriptionId": subscription, "cancelImmediately": True}
    assert await mutate(stack, "cancelSubscription", **given) == []

    billed_then = await billed(stack, subscription)
    assert [one[:2] for one in billed_then] == [one[:2] for one in RENEWED]
    assert (await details(stack, subscription))["status"] == "CANCELLED"
