"""Rule 22 over the whole stack: an invoice whose money will not come."""

from datetime import date
from typing import Any

from tests.journeys.asking import a_plan, details, mutate, subscribe
from tests.stack import Stack, local, token

WRITE_OFF = """mutation($input: WriteOffInvoiceInput!) { writeOffInvoice(input: $input) {
  invoice { status voidReason total { amount } } userErrors { code } } }"""
REVENUE = """{ revenueReport(startDate: "2027-04-01", endDate: "2027-05-31") {
  months { outstanding { amount } mrr { amount } } } }"""


async def outstanding(stack: Stack) -> list[str]:
    """Return what was outstanding at the end of each month."""
    report: dict[str, Any] = (await stack.data(REVENUE))["revenueReport"]
    return [month["outstanding"]["amount"] for month in report["months"]]


async def test_a_written_off_renewal_is_outstanding_no_more_and_dunned_no_more(stack: Stack) -> None:
    await stack.advance(to=local(date(2027, 4, 1)))
    plan = await a_plan(stack, price={"amount": "300.00"}, trialDays=0)
    sub = await subscribe(stack, plan, "ana@example.com", card="tok_visa")
    declining = {"subscriptionId": sub, "paymentMethod": {"cardToken": "tok_charge_declined"}}
    assert await mutate(stack, "updatePaymentMethod", **declining) == []
    await stack.advance(to=local(date(2027, 5, 2)))
    found = await details(stack, sub)
    assert (found["status"], await outstanding(stack)) == ("PAST_DUE", ["0.00", "300.00"])

    given = {"input": {"invoiceId": found["invoices"][1]["id"], "reason": "bankrupt"}}
    answer = await stack.data(WRITE_OFF, given)
    lost = {"status": "CANCELED", "voidReason": "WRITTEN_OFF", "total": {"amount": "300.00"}}
    assert answer["writeOffInvoice"] == {"invoice": lost, "userErrors": []}
    again = await stack.data(WRITE_OFF, given)
    assert again["writeOffInvoice"] == {"invoice": None, "userErrors": [{"code": "INVOICE_NOT_OPEN"}]}

    await stack.advance(to=local(date(2027, 5, 20)))
    found = await details(stack, sub)
    attempts = [payment["attempts"] for payment in found["invoices"][1]["payments"]]
    assert (found["status"], attempts, await outstanding(stack)) == ("ACTIVE", [1], ["0.00", "0.00"])


async def test_only_operators_write_off(stack: Stack) -> None:
    plan = await a_plan(stack, trialDays=0)
    sub = await subscribe(stack, plan, "ana@example.com", card="tok_charge_declined")
    [invoice] = (await details(stack, sub))["invoices"]
    ana = token(role="customer", email="ana@example.com")
    refused = await stack.graphql(WRITE_OFF, {"input": {"invoiceId": invoice["id"]}}, bearer=ana)
    assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    keyed = {"invoiceId": invoice["id"], "idempotencyKey": "k-write-off"}
    assert [await mutate(stack, "writeOffInvoice", **keyed) for _ in range(2)] == [[], []]
    assert (await details(stack, sub))["invoices"][0]["status"] == "CANCELED"
