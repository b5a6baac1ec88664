"""Rule 20 over the whole stack: an invoice that was paid past Ciclo, as an operator says."""

from typing import Any

from tests.journeys.asking import a_plan, details, mutate, subscribe
from tests.journeys.test_receipts import receipt_of
from tests.stack import Stack, token

MARK = """mutation($input: MarkInvoicePaidInput!) { markInvoicePaid(input: $input) {
  invoice { status amountDue { amount } payments {
    id status paidOutside paymentMethod { kind } amount { amount } completedAt } }
  userErrors { code field } } }"""
TOLD = """query($id: ID!) {
  events(filter: { subscriptionId: $id, type: INVOICE_PAID_OUTSIDE }) { edges { node { actor data } } } }"""


async def an_invoice_by_pix(stack: Stack) -> tuple[str, str]:
    """Return a subscription that waits for its first payment of 30.00 by Pix, and that invoice."""
    plan = await a_plan(stack, trialDays=0, price={"amount": "30.00"})
    subscription = await subscribe(stack, plan, "ana@example.com", paymentMethod={"pix": {}})
    [invoice] = (await details(stack, subscription))["invoices"]
    return subscription, invoice["id"]


async def mark(stack: Stack, **given: Any) -> dict[str, Any]:
    answer: dict[str, Any] = (await stack.data(MARK, {"input": given}))["markInvoicePaid"]
    await stack.idle()
    return answer


async def test_cash_pays_an_invoice_in_two_parts_and_begins_service(stack: Stack) -> None:
    subscription, invoice = await an_invoice_by_pix(stack)

    part = await mark(stack, invoiceId=invoice, how="cash", amount="12.00")
    assert (part["invoice"]["status"], part["invoice"]["amountDue"]["amount"]) == ("PENDING", "18.00")
    keyed = {"invoiceId": invoice, "how": " TED 4711 ", "reason": "called", "idempotencyKey": "k-ted"}
    rest, again = await mark(stack, **keyed), await mark(stack, **keyed)

    assert rest == again
    assert (rest["invoice"]["status"], rest["invoice"]["amountDue"]["amount"]) == ("PAID", "0.00")
    booked = {one["paidOutside"]: one for one in rest["invoice"]["payments"] if one["paidOutside"]}
    assert {how: one["amount"]["amount"] for how, one in booked.items()} == {
        "cash": "12.00",
        "TED 4711": "18.00",
    }
    assert {one["status"] for one in booked.values()} == {"COMPLETED"}
    assert (await details(stack, subscription))["status"] == "ACTIVE"
    payment = booked["TED 4711"]["id"]
    assert (await receipt_of(stack, payment))["pdfUrl"] == f"/receipts/{payment}.pdf"
    told = [edge["node"] for edge in (await stack.data(TOLD, {"id": subscription}))["events"]["edges"]]
    assert {(one["data"]["how"], one["data"]["reason"]) for one in told} == {
        ("cash", None),
        ("TED 4711", "called"),
    }
    assert all(one["actor"] for one in told)

    # No provider has the money: it goes back by hand, and is booked
    assert await mutate(stack, "refundPayment", paymentId=payment) == []
    [closed] = (await details(stack, subscription))["invoices"]
    assert next(one for one in closed["payments"] if one["id"] == payment)["status"] == "REFUNDED"


async def test_what_can_not_be_is_refused_and_only_an_operator_may(stack: Stack) -> None:
    subscription, invoice = await an_invoice_by_pix(stack)

    async def refusal(**given: Any) -> list[tuple[str, list[str] | None]]:
        answer = await mark(stack, **{"invoiceId": invoice, "how": "cash"} | given)
        return [(error["code"], error["field"]) for error in answer["userErrors"]]

    today = (await stack.deps.clock.now()).date()
    assert await refusal(amount="30.01") == [("AMOUNT_OUT_OF_RANGE", ["amount"])]
    assert await refusal(how="  ") == [("INVALID_VALUE", ["how"])]
    assert await refusal(paidOn=f"{today.year + 1}-01-01") == [("INVALID_VALUE", ["paidOn"])]
    assert await refusal(paidOn="2020-01-01") == [("DATE_IN_PAST", ["paidOn"])]
    ana = token(role="customer", email="ana@example.com")
    forbidden = await stack.graphql(MARK, {"input": {"invoiceId": invoice, "how": "cash"}}, bearer=ana)
    assert forbidden["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert (await details(stack, subscription))["status"] == "PENDING"

    assert await refusal() == []
    assert await refusal() == [("INVOICE_NOT_OPEN", ["invoiceId"])]
