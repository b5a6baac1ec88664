"""Due dates through the whole stack: codes by banks, what nobody here collects, and causes before effects."""

from datetime import date, datetime, timedelta
from typing import Any

from tests.journeys.asking import a_plan, mutate, subscribe
from tests.stack import Stack, local

BOLETO = {"boleto": {"taxId": "529.982.247-25", "payerName": "Fulano de Tal"}}
STATE = """
query($id: ID!) {
  subscription(id: $id) {
    status nextBillingDate createdAt currentPeriod { start end }
    invoices(first: 50) { edges { node { id status dueDate issuedAt paidAt total { amount }
      payments { id status boleto { dueDate } } } } }
  }
}"""


async def state(stack: Stack, subscription_id: str) -> dict[str, Any]:
    """Return a subscription with its invoices, the oldest first."""
    found: dict[str, Any] = (await stack.data(STATE, {"id": subscription_id}))["subscription"]
    found["invoices"] = [edge["node"] for edge in reversed(found["invoices"]["edges"])]
    return found


async def pay(stack: Stack, subscription_id: str, amount: float, **given: Any) -> None:
    """Report money, as whoever collects it does."""
    notice = {"subscription_id": subscription_id, "event": "payment_success", "amount": amount} | given
    answer = await stack.notify(notice, webhook_id="-".join(map(str, notice.values())))
    assert answer.status_code == 202
    await stack.idle()


async def test_a_boleto_for_a_sunday_is_paid_on_monday_and_heard_of_on_wednesday(stack: Stack) -> None:
    await stack.advance(to=local(date(2027, 1, 28)))
    plan = await a_plan(stack, price={"amount": "79.90"}, trialDays=0)
    sub = await subscribe(stack, plan, "ana@example.com", paymentMethod=BOLETO)
    first = (await state(stack, sub))["invoices"][0]["payments"][0]
    await pay(stack, sub, 79.90, date="2027-01-28", payment_id=first["id"])

    await stack.advance(to=local(date(2027, 2, 21)))
    await stack.idle()
    early = await state(stack, sub)
    assert (early["status"], early["nextBillingDate"]) == ("ACTIVE", "2027-02-28")
    invoice = early["invoices"][1]
    assert (invoice["dueDate"], invoice["payments"][0]["boleto"]["dueDate"]) == ("2027-03-01", "2027-03-01")

    await stack.advance(to=local(date(2027, 3, 3)))
    late = await state(stack, sub)
    assert late["currentPeriod"] == {"start": "2027-02-28", "end": "2027-03-28"}
    assert (late["status"], late["invoices"][1]["status"]) == ("ACTIVE", "PENDING")
    await pay(stack, sub, 79.90, date="2027-03-03", payment_id=invoice["payments"][0]["id"])
    paid = await state(stack, sub)
    assert (paid["status"], paid["invoices"][1]["status"]) == ("ACTIVE", "PAID")


async def test_an_unpaid_boleto_is_overdue_when_nothing_can_be_heard_of_it_any_more(stack: Stack) -> None:
    await stack.advance(to=local(date(2027, 1, 25)))
    plan = await a_plan(stack, price={"amount": "30.00"}, trialDays=0)
    sub = await subscribe(stack, plan, "ana@example.com", paymentMethod=BOLETO)

    # Monday and 3 days is Thursday; Friday, Monday and Tuesday are the banking days after it.
    invoice = (await state(stack, sub))["invoices"][0]
    assert (invoice["dueDate"], invoice["payments"][0]["boleto"]["dueDate"]) == ("2027-01-28", "2027-01-28")
    await stack.advance(to=local(date(2027, 2, 2)))
    assert (await state(stack, sub))["invoices"][0]["status"] == "PENDING"
    await stack.advance(to=local(date(2027, 2, 3)))
    invoice = (await state(stack, sub))["invoices"][0]
    assert (invoice["status"], invoice["payments"][0]["status"]) == ("OVERDUE", "FAILED")


async def test_a_year_without_a_payment_method_lives_on_notices_alone(stack: Stack) -> None:
    await stack.advance(to=local(date(2027, 1, 10)))
    plan = await a_plan(stack, trialDays=0)
    sub = await subscribe(stack, plan, "ana@example.com")
    assert (await state(stack, sub))["status"] == "PENDING"
    for month in range(1, 13):
        await stack.advance(to=local(date(2027, month, 12)))
        await pay(stack, sub, 29.99, date=f"2027-{month:02}-12")
        assert (await state(stack, sub))["status"] == "ACTIVE"

    found = await state(stack, sub)
    assert [invoice["status"] for invoice in found["invoices"]] == ["PAID"] * 12
    due = [f"2027-{month:02}-13" for month in range(1, 13)]
    assert [invoice["dueDate"] for invoice in found["invoices"]] == due
    assert await stack.deps.store["events"].count_documents({"type": "charge_requested"}) == 0
    await stack.advance(to=local(date(2028, 1, 13)))
    assert (await state(stack, sub))["status"] == "ACTIVE"
    await stack.advance(to=local(date(2028, 1, 14)))
    assert (await state(stack, sub))["status"] == "PAST_DUE"


async def test_a_trial_that_is_ended_in_the_afternoon_is_billed_in_the_afternoon(stack: Stack) -> None:
    await stack.advance(to=local(date(2027, 1, 10)) + timedelta(hours=6))
    trial = await a_plan(stack)
    without = await a_plan(stack, name="Small", price={"amount": "20.00"}, trialDays=0)
    sub = await subscribe(stack, trial, "ana@example.com", card="tok_visa")
    assert await mutate(stack, "changePlan", subscriptionId=sub, planId=without) == []
    changed = await stack.deps.clock.now()
    await stack.advance(to=changed + timedelta(minutes=1))
    await stack.idle()

    found = await state(stack, sub)
    (invoice,) = found["invoices"]
    assert (found["status"], invoice["status"]) == ("ACTIVE", "PAID")
    created, issued, paid = (
        datetime.fromisoformat(text) for text in (found["createdAt"], invoice["issuedAt"], invoice["paidAt"])
    )
    assert created <= issued <= paid


PREVIEW = """query($input: PreviewPlanChangeInput!) { previewPlanChange(input: $input) {
  totalDueNow { amount } nextAmount { amount }
  renewal { on dueOn period { start end } total { amount } } } }"""


async def test_a_preview_shows_the_renewal_that_a_change_has_issued_anew(stack: Stack) -> None:
    await stack.advance(to=local(date(2027, 1, 28)))
    plan = await a_plan(stack, price={"amount": "79.90"}, trialDays=0)
    small = await a_plan(stack, name="Small", price={"amount": "29.90"}, trialDays=0)
    sub = await subscribe(stack, plan, "ana@example.com", paymentMethod=BOLETO)
    await pay(stack, sub, 79.90, date="2027-01-28")
    await stack.advance(to=local(date(2027, 2, 22)))
    assert len((await state(stack, sub))["invoices"]) == 2

    change = {"subscriptionId": sub, "planId": small}
    shown = (await stack.data(PREVIEW, {"input": change}))["previewPlanChange"]
    assert shown == {
        "totalDueNow": {"amount": "0.00"},
        "renewal": {
            "on": "2027-02-22",
            "dueOn": "2027-03-01",
            "period": {"start": "2027-02-28", "end": "2027-03-28"},
            "total": {"amount": "29.90"},
        },
        "nextAmount": {"amount": "29.90"},
    }
    assert await mutate(stack, "changePlan", **change) == []
    await stack.advance(to=local(date(2027, 2, 23)))
    issued = (await state(stack, sub))["invoices"]
    assert [(one["status"], one["total"]["amount"]) for one in issued[1:]] == [
        ("CANCELED", "79.90"),
        ("PENDING", "29.90"),
    ]
    assert issued[2]["dueDate"] == shown["renewal"]["dueOn"]
