"""Rule 14 over the whole stack: a change is billed now, with the next invoice, not at all, or in full."""

from datetime import date
from typing import Any

import pytest

from tests.journeys.asking import a_plan, details, mutate, subscribe
from tests.stack import Stack, local, token

APRIL_11, MAY_1, MAY_2 = date(2027, 4, 11), date(2027, 5, 1), date(2027, 5, 2)
LINES = "{ kind amount { amount } period { start end } }"
PREVIEW = f"""query($input: PreviewPlanChangeInput!) {{ previewPlanChange(input: $input) {{
  totalDueNow {{ amount }} takesEffectOn takesEffectWhenPaid nextBillingDate
  lines {LINES} waitingLines {LINES} }} }}"""
FORECAST = f"""query($id: ID!) {{ forecast(subscriptionId: $id, months: 1) {{
  total {{ amount }} lines {LINES} }} subscription(id: $id) {{ waitingLines {LINES} plan {{ name }} }} }}"""
ISSUED = f"""query($id: ID!) {{ subscription(id: $id) {{ invoices(first: 5) {{ edges {{ node {{
  total {{ amount }} lines {LINES} }} }} }} }} }}"""
CANCELLATION = """query($input: PreviewCancellationInput!) { previewCancellation(input: $input) {
  stillOwed { amount } givenBack { amount } } }"""
BACK, CHARGE = ("UNUSED", "-20.00"), ("SERVICE", "60.00")
"""Of 30.00 and 90.00 for 20 of 30 days."""


async def started(stack: Stack, *, of: str = "30.00", to: str = "90.00") -> dict[str, Any]:
    """Return an upgrade that is asked for on the 11th day of a paid April."""
    await stack.advance(to=local(date(2027, 4, 1)))
    first = await a_plan(stack, name="First", price={"amount": of}, trialDays=0)
    other = await a_plan(stack, name="Other", price={"amount": to}, trialDays=0)
    sub = await subscribe(stack, first, "ana@example.com", card="tok_visa")
    await stack.advance(to=local(APRIL_11))
    return {"subscriptionId": sub, "planId": other, "timing": "IMMEDIATE"}


async def preview(stack: Stack, **given: Any) -> dict[str, Any]:
    shown: dict[str, Any] = (await stack.data(PREVIEW, {"input": given}))["previewPlanChange"]
    return shown


async def invoices(stack: Stack, subscription_id: str) -> list[dict[str, Any]]:
    """Return what was issued, the oldest first."""
    found = (await stack.data(ISSUED, {"id": subscription_id}))["subscription"]["invoices"]["edges"]
    return [edge["node"] for edge in reversed(found)]


def told(lines: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(line["kind"], line["amount"]["amount"]) for line in lines]


@pytest.mark.parametrize(
    ("proration", "now", "waits", "renewal"),
    [
        ("NOW", [BACK, CHARGE], [], "90.00"),
        ("NEXT_INVOICE", [], [BACK, CHARGE], "130.00"),
        ("NONE", [], [], "90.00"),
        ("FULL", [("SERVICE", "90.00")], [], None),
    ],
)
async def test_the_preview_is_the_change_and_the_forecast_is_what_the_renewal_bills(
    *,
    stack: Stack,
    proration: str,
    now: list[tuple[str, str]],
    waits: list[tuple[str, str]],
    renewal: str | None,
) -> None:
    change = await started(stack) | {"proration": proration}
    sub = change["subscriptionId"]

    shown = await preview(stack, **change)
    assert (told(shown["lines"]), told(shown["waitingLines"])) == (now, waits)
    assert (shown["takesEffectOn"], shown["takesEffectWhenPaid"]) == ("2027-04-11", bool(now))
    assert await mutate(stack, "changePlan", **change) == []

    issued = await invoices(stack, sub)
    assert [line for one in issued[1:] for line in one["lines"]] == shown["lines"]
    ahead = await stack.data(FORECAST, {"id": sub})
    assert ahead["subscription"] == {"waitingLines": shown["waitingLines"], "plan": {"name": "Other"}}
    await stack.advance(to=local(MAY_2))
    later = (await invoices(stack, sub))[len(issued) :]
    assert later == ahead["forecast"][: len(later)]
    assert [one["total"]["amount"] for one in later] == ([renewal] if renewal else [])
    found = await details(stack, sub)
    assert found["nextBillingDate"] == ("2027-06-01" if renewal else "2027-05-11")


async def test_what_a_downgrade_gives_back_comes_off_the_next_invoice(stack: Stack) -> None:
    change = await started(stack, of="90.00", to="30.00") | {"proration": "NEXT_INVOICE"}
    sub = change["subscriptionId"]
    assert await mutate(stack, "changePlan", **change) == []
    await stack.advance(to=local(MAY_2))

    # 30.00 + 20.00 - 60.00 = -10.00: nothing is to pay, and the rest goes onto the balance
    found = await details(stack, sub)
    assert [one["total"]["amount"] for one in found["invoices"]] == ["90.00", "0.00"]
    assert found["customer"]["creditBalances"] == [{"amount": "10.00", "currency": "BRL"}]


async def test_seats_of_today_do_not_look_like_the_downgrade_that_is_scheduled(stack: Stack) -> None:
    change = await started(stack, of="90.00", to="30.00")
    sub, first = change["subscriptionId"], (await details(stack, change["subscriptionId"]))["plan"]["id"]
    assert await mutate(stack, "changePlan", **change | {"timing": "PERIOD_END"}) == []

    seats = {"subscriptionId": sub, "planId": first, "quantity": 2, "proration": "NEXT_INVOICE"}
    shown = await preview(stack, **seats)
    assert (shown["takesEffectOn"], told(shown["waitingLines"])) == (
        "2027-04-11",
        [("UNUSED", "-60.00"), ("SERVICE", "120.00")],
    )


async def test_what_waits_at_the_end_is_owed_and_paid_by_who_asks_to(stack: Stack) -> None:
    change = await started(stack) | {"proration": "NEXT_INVOICE"}
    sub = change["subscriptionId"]
    assert await mutate(stack, "changePlan", **change) == []
    leaving = {"input": {"subscriptionId": sub}}
    shown = (await stack.data(CANCELLATION, leaving))["previewCancellation"]
    assert shown == {"stillOwed": {"amount": "40.00"}, "givenBack": {"amount": "0.00"}}
    assert await mutate(stack, "cancelSubscription", subscriptionId=sub) == []
    await stack.advance(to=local(date(2027, 5, 20)))

    last = (await details(stack, sub))["invoices"][-1]
    assert (last["status"], last["total"]["amount"], last["payments"]) == ("OVERDUE", "40.00", [])
    assert await mutate(stack, "payInvoice", invoiceId=last["id"]) == []
    found = await details(stack, sub)
    assert (found["status"], found["invoices"][-1]["status"]) == ("CANCELLED", "PAID")


@pytest.mark.parametrize("proration", ["NEXT_INVOICE", "NONE"])
async def test_a_customer_can_t_have_what_costs_more_before_it_is_paid(stack: Stack, proration: str) -> None:
    change = await started(stack) | {"proration": proration}
    ana = token(role="customer", email="ana@example.com")
    asked = """mutation($input: ChangePlanInput!) {
      changePlan(input: $input) { userErrors { code field } } }"""

    answer = (await stack.data(asked, {"input": change}, bearer=ana))["changePlan"]
    assert answer == {"userErrors": [{"code": "FORBIDDEN", "field": ["proration"]}]}
    assert [
        line["kind"] for one in await invoices(stack, change["subscriptionId"]) for line in one["lines"]
    ] == ["SERVICE"]
