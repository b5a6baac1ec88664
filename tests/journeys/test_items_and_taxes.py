"""Items and rates of tax over the API, from the policy to the report, and what bad input is told."""

import csv
import io
import json
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest

from ciclo.actions.audit.ledger import AuditCounts, audit_ledger
from ciclo.domain.lines.tax_rate import TaxRate, TaxRule
from ciclo.settings.settings import Settings
from tests.journeys.asking import a_plan, details, mutate, subscribe
from tests.journeys.test_coupons import create
from tests.stack import Stack, local, running_stack

ISS = TaxRate(name="ISS", basis_points=500, inclusive=True)
VAT = TaxRate(name="VAT", basis_points=2000)
LINES = """
query($id: ID!) { subscription(id: $id) {
  customer { id taxProfile { country exempt } } invoiceItems { id description quantity unitPrice { amount } }
  invoices(first: 20) { edges { node { total { amount } tax { amount }
    lines { kind description itemId net { amount }
      taxes { name inclusive amount { amount } text pt: text(language: PORTUGUESE) } } } } }
} }"""
REPORTS = """
query($start: Date!, $end: Date!) {
  taxReport(start: $start, end: $end) {
    name basisPoints inclusive net { amount } tax { amount } creditedNet { amount } creditedTax { amount } }
  discountReport(start: $start, end: $end) { code given { amount } credited { amount } lines }
}"""


@pytest.fixture
async def taxed(settings: Settings) -> AsyncIterator[Stack]:
    rules = (TaxRule(rate=ISS, country="BR", category="saas"), TaxRule(rate=VAT, country="DE"))
    async with running_stack(settings.model_copy(update={"tax_rules": rules})) as running:
        yield running
        await running.idle()
        assert [one async for one in audit_ledger(running.deps, AuditCounts())] == []


async def shown(stack: Stack, subscription: str) -> dict[str, Any]:
    found: dict[str, Any] = (await stack.data(LINES, {"id": subscription}))["subscription"]
    found["invoices"] = [edge["node"] for edge in reversed(found["invoices"]["edges"])]
    return found


async def exported(stack: Stack, form: str) -> list[tuple[Any, ...]]:
    """Return what an export says that coupons took off each invoice, and which taxes it has."""
    answer = await stack.http.get(
        f"/exports/invoices.{form}",
        params={"from": "2027-01-01", "to": "2027-03-01"},
        headers={"authorization": f"Bearer {stack.operator}"},
    )
    text = answer.raise_for_status().text
    lines = (
        csv.DictReader(io.StringIO(text, newline="")) if form == "csv" else map(json.loads, text.splitlines())
    )
    return [(one["discount"], one["taxes"]) for one in lines]


async def test_rates_follow_the_plan_and_the_customer_into_the_report(taxed: Stack) -> None:
    stack = taxed
    await stack.advance(to=local(date(2027, 1, 1)))
    plan = await a_plan(stack, price={"amount": "79.90"}, trialDays=0, taxCategory="saas")
    await create(stack, duration="ONCE", count=None)
    sub = await subscribe(stack, plan, "ana@example.com", card="tok_visa", couponCode="verao")
    customer = (await shown(stack, sub))["customer"]["id"]
    profile = {"customerId": customer, "country": "br"}
    assert await mutate(stack, "setTaxProfile", **profile, idempotencyKey="a") == []
    assert await mutate(stack, "setTaxProfile", **profile, idempotencyKey="a") == []
    assert await mutate(stack, "setTaxProfile", **profile | {"country": "Brazil"}) == ["INVALID_VALUE"]
    item = {"subscriptionId": sub, "description": "Set-up", "unitPrice": {"amount": "15.00"}}
    assert await mutate(stack, "addInvoiceItem", **item, idempotencyKey="b") == []
    assert await mutate(stack, "addInvoiceItem", **item, idempotencyKey="b") == []
    [waiting] = (await shown(stack, sub))["invoiceItems"]
    assert (waiting["description"], waiting["unitPrice"]["amount"]) == ("Set-up", "15.00")

    await stack.advance(to=local(date(2027, 2, 1)))

    found = await shown(stack, sub)
    assert (found["customer"]["taxProfile"], found["invoiceItems"]) == (
        {"country": "BR", "exempt": False},
        [],
    )
    # The first one was billed to a customer of whom nothing was known; 79.90 x 5/105 = 3.80 are within.
    first, second = found["invoices"]
    assert (first["total"]["amount"], first["lines"][0]["taxes"]) == ("63.92", [])
    assert (second["total"]["amount"], second["tax"]["amount"]) == ("94.90", "3.80")
    assert second["lines"] == [
        {
            "kind": "ONE_OFF",
            "description": "Set-up",
            "itemId": waiting["id"],
            "net": {"amount": "15.00"},
            "taxes": [],
        },
        {
            "kind": "SERVICE",
            "description": "Basic Plan",
            "itemId": None,
            "net": {"amount": "79.90"},
            "taxes": [
                {
                    "name": "ISS",
                    "inclusive": True,
                    "amount": {"amount": "3.80"},
                    "text": "of which ISS (5%)",
                    "pt": "dos quais ISS (5%)",
                }
            ],
        },
    ]

    invoice = (await details(stack, sub))["invoices"][1]["id"]
    given = {"invoiceId": invoice, "lines": [2], "to": "BALANCE", "reason": "outage"}
    assert await mutate(stack, "createCreditNote", **given) == []
    asked = {"start": "2027-01-01", "end": "2027-03-01"}
    reports = await stack.data(REPORTS, asked)
    assert reports["taxReport"] == [
        {
            "name": "ISS",
            "basisPoints": 500,
            "inclusive": True,
            "net": {"amount": "79.90"},
            "tax": {"amount": "3.80"},
            "creditedNet": {"amount": "79.90"},
            "creditedTax": {"amount": "3.80"},
        }
    ]
    assert reports["discountReport"] == [
        {"code": "VERAO", "given": {"amount": "15.98"}, "credited": {"amount": "0.00"}, "lines": 1}
    ]
    assert await exported(stack, "csv") == [("15.98", "{}"), ("0.00", '{"ISS 5% included":"3.80"}')]
    assert await exported(stack, "jsonl") == [("15.98", {}), ("0.00", {"ISS 5% included": "3.80"})]
    assert (await stack.data(REPORTS, asked | {"end": "2027-01-02"}))["taxReport"] == []
    wrong = await stack.graphql(REPORTS, asked | {"end": "2027-01-01"})
    assert wrong["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_a_profile_goes_with_its_customer_to_the_next_subscription(taxed: Stack) -> None:
    stack = taxed
    plan = await a_plan(stack, trialDays=0)
    sub = await subscribe(stack, plan, "ana@example.com")
    customer = (await shown(stack, sub))["customer"]["id"]
    assert await mutate(stack, "cancelSubscription", subscriptionId=sub, cancelImmediately=True) == []
    assert await mutate(stack, "setTaxProfile", customerId=customer, country="DE") == []
    again = await subscribe(stack, plan, "ana@example.com")

    # 29.99 and 20 % on top
    [invoice] = (await shown(stack, again))["invoices"]
    vat = {"name": "VAT", "inclusive": False, "text": "VAT (20%)", "pt": "VAT (20%)"}
    assert (invoice["total"]["amount"], invoice["lines"][0]["taxes"]) == (
        "35.99",
        [vat | {"amount": {"amount": "6.00"}}],
    )


async def test_an_item_that_makes_no_sense_is_refused_and_one_that_waits_is_taken_away(stack: Stack) -> None:
    sub = await subscribe(stack, await a_plan(stack, trialDays=0), "ana@example.com", card="tok_visa")
    item = {"subscriptionId": sub, "description": "Set-up", "unitPrice": {"amount": "15.00"}}
    for changes, code in (
        ({"unitPrice": {"amount": "0.00"}}, "AMOUNT_OUT_OF_RANGE"),
        ({"unitPrice": {"amount": "-1.00"}}, "AMOUNT_OUT_OF_RANGE"),
        ({"unitPrice": {"amount": "1.00", "currency": "USD"}}, "CURRENCY_MISMATCH"),
        ({"quantity": 0}, "INVALID_VALUE"),
        ({"description": ""}, "INVALID_VALUE"),
    ):
        assert await mutate(stack, "addInvoiceItem", **item | changes) == [code], changes
    assert (await shown(stack, sub))["invoiceItems"] == []
    assert await mutate(stack, "addInvoiceItem", **item) == []
    [waiting] = (await shown(stack, sub))["invoiceItems"]
    gone = {"subscriptionId": sub, "itemId": waiting["id"]}
    assert await mutate(stack, "removeInvoiceItem", **gone) == []
    assert await mutate(stack, "removeInvoiceItem", **gone) == ["INVOICE_ITEM_NOT_FOUND"]
