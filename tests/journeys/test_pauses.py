"""Rule 16 over the whole stack: a pause that begins at the period's end and ends on its day."""

from datetime import date
from typing import Any

from tests.journeys.asking import a_plan, details, mutate, subscribe
from tests.stack import Stack, local, token

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


PREVIEW = """query($input: PreviewPauseInput!) { previewPause(input: $input) {
  stopsOn resumesOn givenBack { amount } lines { amount { amount } explanation { days } } } }"""


async def test_a_pause_is_previewed_as_it_then_happens(stack: Stack) -> None:
    ana = token(role="customer", email="ana@example.com")
    await stack.advance(to=local(date(2027, 4, 1)))
    plan = await a_plan(stack, price={"amount": "300.00"}, trialDays=0)
    sub = await subscribe(stack, plan, "ana@example.com", card="tok_visa")
    await stack.advance(to=local(date(2027, 4, 11)))
    before = await details(stack, sub)

    async def ahead(bearer: str, **given: Any) -> Any:
        asked = {"input": {"subscriptionId": sub, **given}}
        return (await stack.data(PREVIEW, asked, bearer=bearer))["previewPause"]

    # An operator's begins today: 20 of 30 days. The customer has had the day that has begun: 19 days.
    assert await ahead(stack.operator) == {
        "stopsOn": "2027-04-11",
        "resumesOn": None,
        "givenBack": {"amount": "200.00"},
        "lines": [{"amount": {"amount": "-200.00"}, "explanation": {"days": 20}}],
    }
    assert await ahead(ana, resumeOn="2027-05-10") == {
        "stopsOn": "2027-04-12",
        "resumesOn": "2027-05-10",
        "givenBack": {"amount": "190.00"},
        "lines": [{"amount": {"amount": "-190.00"}, "explanation": {"days": 19}}],
    }
    assert await ahead(ana, atPeriodEnd=True) == {
        "stopsOn": "2027-05-01",
        "resumesOn": None,
        "givenBack": {"amount": "0.00"},
        "lines": [],
    }
    wrong = {"input": {"subscriptionId": sub, "resumeOn": "2027-04-01"}}
    refused = await stack.graphql(PREVIEW, wrong, bearer=ana)
    assert [error["extensions"]["code"] for error in refused["errors"]] == ["DATE_IN_PAST"]
    assert await details(stack, sub) == before

    pause = "mutation($id: ID!) { pauseSubscription(input: {subscriptionId: $id}) { userErrors { code } } }"
    assert (await stack.data(pause, {"id": sub}, bearer=ana))["pauseSubscription"]["userErrors"] == []
    await stack.advance(to=local(date(2027, 4, 12)))
    found = await details(stack, sub)
    assert (found["status"], found["customer"]["creditBalances"][0]["amount"]) == ("PAUSED", "190.00")
