"""One-off invoices and fees over the API: previewed, collected, shown, corrected, and refused."""

import io
from datetime import date
from typing import Any

import pypdf

from tests.journeys.asking import a_plan, details, mutate, subscribe
from tests.stack import Stack, local, token

ANA = token(role="customer", email="ana@example.com")
VISIT: dict[str, Any] = {"description": "Visit", "unitPrice": {"amount": "150.00"}, "quantity": 2}
FEE: dict[str, Any] = {"description": "Early end", "amount": {"amount": "99.00"}}
CREATE = """mutation($input: CreateInvoiceInput!) { createInvoice(input: $input) {
  invoice { id number kind dueDate total { amount } } userErrors { code field } } }"""
PREVIEW = """query($input: InvoiceDraftInput!) { previewInvoice(input: $input) {
  kind on dueOn total { amount } lines { kind description amount { amount } } } }"""
PREVIEW_END = """query($input: PreviewCancellationInput!) { previewCancellation(input: $input) {
  endsOn stillOwed { amount } lastLines { kind description amount { amount } } } }"""
PENALTY = """query($id: ID!) { subscription(id: $id) {
  cancellationPenalty { description penalty unitPrice { amount } } } }"""
CANCEL = """mutation($input: CancelSubscriptionInput!) { cancelSubscription(input: $input) {
  userErrors { code } } }"""
REPORT = """query($start: Date!, $end: Date!, $id: ID!) {
  revenueReport(startDate: $start, endDate: $end) { totals { collected { amount } } }
  subscription(id: $id) { mrr { amount } } }"""


async def create(stack: Stack, **given: Any) -> dict[str, Any]:
    answer: dict[str, Any] = (await stack.data(CREATE, {"input": given}))["createInvoice"]
    await stack.idle()
    return answer


async def test_what_is_previewed_is_issued_once_charged_and_in_no_mrr(stack: Stack) -> None:
    await stack.advance(to=local(date(2027, 1, 10)))
    plan = await a_plan(stack, price={"amount": "79.90"}, trialDays=0)
    sub = await subscribe(stack, plan, "ana@example.com", card="tok_visa")
    given = {"subscriptionId": sub, "items": [VISIT, VISIT | {"penalty": True, "quantity": 1}]}

    shown = (await stack.data(PREVIEW, {"input": given}))["previewInvoice"]
    assert (shown["kind"], shown["on"], shown["dueOn"]) == ("ONE_OFF", "2027-01-10", "2027-01-10")
    assert [(line["kind"], line["amount"]["amount"]) for line in shown["lines"]] == [
        ("ONE_OFF", "300.00"),
        ("PENALTY", "150.00"),
    ]
    first = await create(stack, **given, idempotencyKey="a")
    assert first == await create(stack, **given, idempotencyKey="a")
    assert (first["invoice"]["total"], first["userErrors"]) == (shown["total"], [])
    assert first["invoice"]["number"] is not None
    found = await details(stack, sub)
    assert [(one["kind"], one["status"]) for one in found["invoices"]] == [
        ("PERIOD", "PAID"),
        ("ONE_OFF", "PAID"),
    ]
    assert found["status"] == "ACTIVE"
    report = await stack.data(REPORT, {"start": "2027-01-01", "end": "2027-01-31", "id": sub})
    assert report["revenueReport"]["totals"] == {"collected": {"amount": "529.90"}}
    assert report["subscription"]["mrr"] == {"amount": "79.90"}

    answer = await stack.http.get(
        f"/invoices/{first['invoice']['id']}.pdf", headers={"authorization": f"Bearer {ANA}"}
    )
    text = pypdf.PdfReader(io.BytesIO(answer.raise_for_status().content)).pages[0].extract_text()
    assert "Visit" in text
    assert "Período" not in text
    note = {"invoiceId": first["invoice"]["id"], "lines": [2], "to": "BALANCE", "reason": "no fee"}
    assert await mutate(stack, "createCreditNote", **note) == []
    corrected = (await details(stack, sub))["invoices"][1]["creditNotes"]
    assert [one["amount"]["amount"] for one in corrected] == ["150.00"]


async def test_an_item_at_once_has_an_invoice_of_its_own_that_is_voided_as_any_other(stack: Stack) -> None:
    sub = await subscribe(stack, await a_plan(stack, trialDays=0), "ana@example.com")
    item = VISIT | {"subscriptionId": sub, "atOnce": True}
    assert await mutate(stack, "addInvoiceItem", **item, idempotencyKey="a") == []
    assert await mutate(stack, "addInvoiceItem", **item, idempotencyKey="a") == []
    _, one_off = (await details(stack, sub))["invoices"]
    assert (one_off["kind"], one_off["status"], one_off["payments"]) == ("ONE_OFF", "PENDING", [])
    assert await mutate(stack, "voidInvoice", invoiceId=one_off["id"]) == []
    assert (await details(stack, sub))["invoices"][1]["status"] == "CANCELED"


async def test_a_fee_is_previewed_kept_and_billed_with_what_waits_when_it_ends(stack: Stack) -> None:
    await stack.advance(to=local(date(2027, 1, 10)))
    sub = await subscribe(stack, await a_plan(stack, trialDays=0), "ana@example.com", card="tok_visa")
    assert await mutate(stack, "addInvoiceItem", subscriptionId=sub, **VISIT) == []
    given = {"subscriptionId": sub, "penalty": FEE}
    expected = [("ONE_OFF", "Visit", "300.00"), ("PENALTY", "Early end", "99.00")]
    for now in ({}, {"cancelImmediately": True}):
        shown = (await stack.data(PREVIEW_END, {"input": given | now}))["previewCancellation"]
        lines = [(line["kind"], line["description"], line["amount"]["amount"]) for line in shown["lastLines"]]
        assert (lines, shown["stillOwed"]["amount"]) == (expected, "399.00")

    refused = await stack.data(CANCEL, {"input": given}, bearer=ANA)
    assert [error["code"] for error in refused["cancelSubscription"]["userErrors"]] == ["FORBIDDEN"]
    assert await mutate(stack, "cancelSubscription", **given) == []
    [fee] = (await stack.data(PENALTY, {"id": sub}))["subscription"].values()
    assert fee == {"description": "Early end", "penalty": True, "unitPrice": {"amount": "99.00"}}
    await stack.advance(to=local(date(2027, 2, 10)))
    found = await details(stack, sub)
    last = found["invoices"][-1]
    assert (found["status"], last["kind"], last["total"]["amount"]) == ("CANCELLED", "ONE_OFF", "399.00")
    # Who has left is charged on request only.
    assert last["payments"] == []
    assert await mutate(stack, "payInvoice", invoiceId=last["id"]) == []
    assert (await details(stack, sub))["invoices"][-1]["status"] == "PAID"
    later = await create(stack, subscriptionId=sub, items=[VISIT], daysToPay=10)
    assert (later["invoice"]["dueDate"], later["userErrors"]) == ("2027-02-20", [])


async def test_bad_input_is_told_with_its_place_and_changes_nothing(stack: Stack) -> None:
    sub = await subscribe(stack, await a_plan(stack), "ana@example.com")
    other = VISIT | {"unitPrice": {"amount": "1.00", "currency": "USD"}}
    good: dict[str, Any] = {"subscriptionId": sub, "items": [VISIT]}
    for changes, code, field in (
        ({"items": []}, "INVALID_VALUE", ["items"]),
        ({"items": [VISIT] * 51}, "INVALID_VALUE", ["items"]),
        ({"items": [VISIT, VISIT | {"quantity": 0}]}, "INVALID_VALUE", ["items", "1", "quantity"]),
        (
            {"items": [VISIT | {"unitPrice": {"amount": "-1"}}]},
            "AMOUNT_OUT_OF_RANGE",
            ["items", "0", "unitPrice"],
        ),
        ({"items": [other]}, "CURRENCY_MISMATCH", None),
        ({"daysToPay": 366}, "INVALID_VALUE", ["daysToPay"]),
        ({"subscriptionId": "sub_01h455vb4pex5vsknk084sn02q"}, "SUBSCRIPTION_NOT_FOUND", None),
    ):
        [error] = (await create(stack, **good | changes))["userErrors"]
        assert error["code"] == code, changes
        assert field is None or error["field"] == field, (changes, error)
    trial = {"subscriptionId": sub, "cancelImmediately": True, "penalty": FEE}
    assert await mutate(stack, "cancelSubscription", **trial) == ["SUBSCRIPTION_NOT_ACTIVE"]
    assert (await details(stack, sub))["invoices"] == []
