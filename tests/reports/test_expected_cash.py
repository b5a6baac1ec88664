"""Cash to come: who is late and when they are tried next, what is due, and what renews."""

from datetime import date
from typing import Any

import pytest

from ciclo.domain.period import Period
from ciclo.store.invoices import LONGEST_LATE_FIRST, late_query, list_invoices
from ciclo.store.reports.expected_cash import sum_expected_cash
from tests.journeys.asking import a_plan, mutate, subscribe
from tests.profile import profiled
from tests.stack import Stack, local

EXPECTED = """query($days: Int!) { expectedCash(days: $days) {
  startDate endDate currency late { amount } lateInvoices due { amount } renewals { amount }
  days { date due { amount } renewals { amount } }
} }"""
LATE = """{ lateInvoices { totalCount edges { node {
  amountDue { amount } dueDate dunning { startedOn retries retryOn suspended needsNewMethod }
  payments { failureCode } subscription { customer { email } }
} } } }"""


async def expected(stack: Stack, days: int) -> tuple[dict[str, Any], dict[str, tuple[str, str]]]:
    """Return the report, and of its days those that bring anything."""
    report = (await stack.data(EXPECTED, {"days": days}))["expectedCash"]
    found = {one["date"]: (one["due"]["amount"], one["renewals"]["amount"]) for one in report.pop("days")}
    return report, {day: sums for day, sums in found.items() if sums != ("0.00", "0.00")}


async def test_operators_see_who_is_late_what_is_due_and_what_renews(stack: Stack) -> None:
    await stack.advance(to=local(date(2027, 3, 1)))
    plan = await a_plan(stack, price={"amount": "30.00"}, trialDays=0)
    await subscribe(stack, plan, "ana@example.com", card="tok_visa")
    brunos = await subscribe(stack, plan, "bruno@example.com", card="tok_visa")
    declined = {"cardToken": "tok_fails_1"}
    assert await mutate(stack, "updatePaymentMethod", subscriptionId=brunos, paymentMethod=declined) == []
    leaves = await subscribe(stack, plan, "leaves@example.com", card="tok_visa")
    assert await mutate(stack, "cancelSubscription", subscriptionId=leaves) == []
    await stack.advance(to=local(date(2027, 4, 2)))
    await subscribe(stack, plan, "carla@example.com", paymentMethod={"pix": {}})

    report, days = await expected(stack, 31)

    assert report == {
        "startDate": "2027-04-02",
        "endDate": "2027-05-02",
        "currency": "BRL",
        "late": {"amount": "30.00"},
        "lateInvoices": 1,
        "due": {"amount": "30.00"},
        "renewals": {"amount": "60.00"},
    }
    # Carla's first invoice, then Ana's and Bruno's renewals: whoever leaves is not expected
    assert days == {"2027-04-05": ("30.00", "0.00"), "2027-05-01": ("0.00", "60.00")}
    late = (await stack.data(LATE))["lateInvoices"]
    assert (late["totalCount"], [edge["node"] for edge in late["edges"]]) == (
        1,
        [
            {
                "amountDue": {"amount": "30.00"},
                "dueDate": "2027-04-01",
                "dunning": {
                    "startedOn": "2027-04-01",
                    "retries": 0,
                    "retryOn": "2027-04-03",
                    "suspended": False,
                    "needsNewMethod": False,
                },
                "payments": [{"failureCode": "insufficient_funds"}],
                "subscription": {"customer": {"email": "bruno@example.com"}},
            }
        ],
    )
    async with profiled(stack.deps.store) as profile:
        today = date(2027, 4, 2)
        await sum_expected_cash(stack.deps.store, "BRL", Period(today, date(2027, 5, 3)))
        await list_invoices(
            stack.deps.store, late_query(today), order=LONGEST_LATE_FIRST, after=None, size=20
        )
    assert [one.plan for one in profile.reads if "COLLSCAN" in one.plan] == []


@pytest.mark.parametrize("days", [0, 93])
async def test_nobody_looks_further_ahead_than_a_quarter(stack: Stack, days: int) -> None:
    answer = await stack.graphql(EXPECTED, {"days": days})

    assert [error["extensions"]["code"] for error in answer["errors"]] == ["INVALID_VALUE"]
