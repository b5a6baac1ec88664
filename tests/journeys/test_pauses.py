"""Rule 16 over the whole stack: a pause that begins at the period's end and ends on its day."""

from datetime import date
from typing import Any

from tests.journeys.asking import a_plan, details, mutate, subscribe
from tests.stack import Stack, local

SHOWN = """query($id: ID!) {
  subscription(id: $id) {
    status pauseAtPeriodEnd pausedOn resumeOn nextBillingDate nextInvoiceOn mrr { amount } }
  forecast(subscriptionId: $id, months: 3) { on total { amount } } }"""


async def shown(stack: Stack, subscription_id: str) -> dict[str, Any]:
    return await stack.data(SHOWN, {"id": subscription_id})


async def test_a_pause_at_the_period_s_end_resumes_on_its_day(stack: Stack) -> None:
    await stack.advance(to=local(date(2027, 4, 1)))
    plan = await a_plan(stack, price={"amount": "300.00"}, trialDays=0)
    sub = await subscribe(stack, plan, "ana@example.com", card="tok_visa")
    await stack.advance(to=local(date(2027, 4, 11)))
    pause = {"subscriptionId": sub, "atPeriodEnd": True}
    assert await mutate(stack, "pauseSubscription", **pause, resumeOn="2027-05-01") == ["DATE_IN_PAST"]
    assert await mutate(stack, "pauseSubscription", **pause, resumeOn="2027-06-16") == []

    found = await shown(stack, sub)
    assert found["subscription"] == {
        "status": "ACTIVE",
        "pauseAtPeriodEnd": True,
        "pausedOn": None,
        "resumeOn": "2027-06-16",
        "nextBillingDate": "2027-06-16",
        "nextInvoiceOn": "2027-06-16",
        "mrr": {"amount": "300.00"},
    }
    # Jul 1 - Jun 16 = 15 of 30 days
    ahead = [
        {"on": "2027-06-16", "total": {"amount": "150.00"}},
        {"on": "2027-07-01", "total": {"amount": "300.00"}},
    ]
    assert found["forecast"] == ahead

    await stack.advance(to=local(date(2027, 5, 20)))
    found = await shown(stack, sub)
    assert (found["subscription"]["status"], found["subscription"]["pausedOn"]) == ("PAUSED", "2027-05-01")
    assert found["subscription"]["mrr"] == {"amount": "0.00"}

    await stack.advance(to=local(date(2027, 7, 2)))
    found = await details(stack, sub)
    assert (found["status"], found["nextBillingDate"]) == ("ACTIVE", "2027-08-01")
    totals = [(one["kind"], one["total"]["amount"], one["status"]) for one in found["invoices"]]
    assert totals == [
        ("PERIOD", "300.00", "PAID"),
        ("RESUMPTION", "150.00", "PAID"),
        ("PERIOD", "300.00", "PAID"),
    ]


async def test_a_scheduled_pause_is_taken_back_by_resuming(stack: Stack) -> None:
    await stack.advance(to=local(date(2027, 4, 1)))
    plan = await a_plan(stack, trialDays=0)
    sub = await subscribe(stack, plan, "ana@example.com", card="tok_visa")
    keyed = {"subscriptionId": sub, "atPeriodEnd": True, "idempotencyKey": "k-later"}
    assert [await mutate(stack, "pauseSubscription", **keyed) for _ in range(2)] == [[], []]
    assert await mutate(stack, "resumeSubscription", subscriptionId=sub) == []
    found = (await shown(stack, sub))["subscription"]
    assert (found["pauseAtPeriodEnd"], found["nextBillingDate"]) == (False, "2027-05-01")
