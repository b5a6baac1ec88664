"""Nobody gets more days than they paid for: random self-service, morning and night, on the whole stack.

The count is by what the API shows and by money alone; what a sequence may do is in the property test of the
domain, `tests/domain/test_self_service_days.py`.
"""

import random
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from tests.journeys.asking import a_plan, mutate
from tests.journeys.customer import ANA, ask
from tests.stack import Stack, local

DAYS: Final = 33
SEED: Final = 11
APRIL_1: Final = date(2027, 4, 1)
PRICES: Final = {"Free": "0.00", "Basic": "30.00", "Plus": "60.00", "Studio": "300.00"}
CARDS: Final = ["tok_visa", "tok_visa", "tok_visa", "tok_charge_declined", "tok_attach_declined"]
HALF_AN_HOUR: Final = timedelta(minutes=30)

LIVE: Final = """{ subscriptions(first: 40) { edges { node {
  id status price { amount } currentPeriod { start end } firstPaidAt endReason createdAt endedAt
  invoices(first: 40) { edges { node { id status amountDue { amount } } } } } } } }"""
MONEY: Final = """{
  payments(first: 100) { pageInfo { hasNextPage }
    edges { node { status amount { amount } refundedAmount { amount } } } }
  mySubscription { customer { id creditBalances { amount } } }
}"""


@dataclass(kw_only=True)
class Count:
    """What each day cost that was had, in cents, by subscription."""

    had: dict[tuple[str, date], Fraction] = field(default_factory=dict)
    done: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)


async def subscriptions(stack: Stack) -> list[dict[str, Any]]:
    found = await stack.data(LIVE, bearer=ANA)
    return [edge["node"] for edge in found["subscriptions"]["edges"]]


async def look(stack: Stack, count: Count, day: date) -> None:
    """Note who has access now, and what the day costs by the plan that they have."""
    for sub in await subscriptions(stack):
        if sub["status"] not in {"ACTIVE", "PAST_DUE"}:
            continue
        start, end = (date.fromisoformat(sub["currentPeriod"][name]) for name in ("start", "end"))
        costs = Fraction(cents(sub["price"]), (end - start).days)
        count.had[sub["id"], day] = max(costs, count.had.get((sub["id"], day), Fraction()))


def cents(money: dict[str, str]) -> int:
    return int(Decimal(money["amount"]) * 100)


async def wish(stack: Stack, dice: random.Random, plans: list[str]) -> tuple[str, dict[str, Any]]:
    """Draw what the customer asks for next."""
    all_ = await subscriptions(stack)
    alive = [sub for sub in all_ if sub["status"] != "CANCELLED"]
    card = {"paymentMethod": {"cardToken": dice.choice(CARDS)}}
    owed = [
        edge["node"]["id"]
        for sub in all_
        for edge in sub["invoices"]["edges"]
        if cents(edge["node"]["amountDue"])
    ]
    if owed and dice.random() < 0.3:
        return "payInvoice", {"invoiceId": owed[0], **card}
    if not alive:
        return "createSubscription", {"planId": dice.choice(plans), **card}
    on = {"subscriptionId": dice.choice(alive)["id"]}
    return dice.choice(
        [
            ("pauseSubscription", on),
            ("pauseSubscription", on | {"atPeriodEnd": True}),
            ("resumeSubscription", on),
            ("resumeSubscription", on),
            ("changePlan", on | {"planId": dice.choice(plans)}),
            ("changePlan", on | {"planId": dice.choice(plans), "timing": "IMMEDIATE"}),
            ("changePlan", on | {"planId": dice.choice(plans), "quantity": dice.randint(1, 3)}),
            ("cancelSubscription", on),
            ("cancelSubscription", on | {"cancelImmediately": True}),
            ("uncancelSubscription", on),
            ("withdraw", on),
            ("updatePaymentMethod", on | card),
            ("createSubscription", {"planId": dice.choice(plans), **card}),
        ]
    )


async def test_nobody_gets_more_days_than_they_paid_for(stack: Stack) -> None:
    dice, count = random.Random(SEED), Count()
    await stack.advance(to=local(APRIL_1))
    plans = [
        await a_plan(stack, name=name, price={"amount": price}, trialDays=0) for name, price in PRICES.items()
    ]
    for number in range(DAYS):
        day = APRIL_1 + timedelta(days=number)
        for at in (local(day) + HALF_AN_HOUR, local(day + timedelta(days=1)) - HALF_AN_HOUR):
            await live_until(stack, count, day, at)
            mutation, given = await wish(stack, dice, plans)
            errors = await ask(stack, mutation, **given)
            count.refused.update(error["code"] for error in errors)
            count.done.update([] if errors else [mutation])
            await look(stack, count, day)

    await settle(stack)
    paid, allowed = await spent(stack, count)
    assert allowed <= paid, f"days worth {float(allowed):.0f} were had for {float(paid):.0f}, in cents"
    assert {"createSubscription", "changePlan", "pauseSubscription"} <= count.done
    assert count.refused


async def live_until(stack: Stack, count: Count, day: date, at: datetime) -> None:
    await stack.advance(to=at)
    await look(stack, count, day)


async def settle(stack: Stack) -> None:
    """Let an operator end everything the day after, and credit what is paid of the days to come."""
    await stack.advance(to=local(APRIL_1 + timedelta(days=DAYS)))
    for sub in await subscriptions(stack):
        if sub["status"] != "CANCELLED":
            ending = {"subscriptionId": sub["id"], "cancelImmediately": True, "refund": "CREDIT"}
            assert await mutate(stack, "cancelSubscription", **ending) == []


async def spent(stack: Stack, count: Count) -> tuple[Fraction, Fraction]:
    """Return what was paid and is not on the balance or owed, and what the days cost that were had for it."""
    found = await stack.data(MONEY, bearer=ANA)
    assert not found["payments"]["pageInfo"]["hasNextPage"]
    payments = [edge["node"] for edge in found["payments"]["edges"]]
    came = [one for one in payments if one["status"] in {"COMPLETED", "REFUNDED"}]
    cash = sum(cents(one["amount"]) - cents(one["refundedAmount"]) for one in came)
    balance = sum(cents(one) for one in found["mySubscription"]["customer"]["creditBalances"])
    ended = await subscriptions(stack)
    owed = sum(cents(edge["node"]["amountDue"]) for sub in ended for edge in sub["invoices"]["edges"])
    # What is withdrawn from in whole is free: contracts that had begun by the first withdrawal.
    withdrawn = [one for one in ended if one["endReason"] == "WITHDRAWN" and one["firstPaidAt"]]
    first = min((one["endedAt"] for one in withdrawn), default="")
    free = {one["id"] for one in withdrawn if one["createdAt"] < first}
    had = sum((costs for (sub, _), costs in count.had.items() if sub not in free), Fraction())
    # Half a cent of rounding a line: two lines a wish at most.
    return Fraction(cash - balance + owed + 2 * DAYS), had
