"""Refunds say what tax is in them and when the money arrives, and operators see those that are late."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from ciclo.domain.ids import RefundId
from ciclo.domain.payment import Refund, RefundStatus, with_refund
from ciclo.settings.settings import Settings
from ciclo.store.codec import encode
from ciclo.store.payments import find_payment
from tests.journeys.asking import mutate
from tests.journeys.test_money_that_came import paid
from tests.stack import Stack, running_stack

LATE = "{ lateRefunds { totalCount edges { node { id refunds { late } } } } }"
REFUNDS = """
query($id: ID!) { payment(id: $id) { refunds {
  amount { amount } tax { amount } expectedBy late arrivesWithin
} } }"""


@pytest.fixture
async def taxed(settings: Settings) -> AsyncIterator[Stack]:
    """A stack of a seller who adds 10 % of tax."""
    changed = settings.model_copy(update={"tax_basis_points": 1000, "refund_days": 3})
    async with running_stack(changed) as running:
        yield running


async def test_refunds_state_the_tax_in_them_and_the_day_by_which_they_arrive(taxed: Stack) -> None:
    # 30.00 + 3.00: 10.00 has 3.00 x 10.00 / 33.00 = 0.909 of tax, the rest 3.00 - 0.91 = 2.09
    _, payment = await paid(taxed)
    assert await mutate(taxed, "refundPayment", paymentId=payment["id"], amount="10.00") == []
    assert await mutate(taxed, "refundPayment", paymentId=payment["id"]) == []

    found = (await taxed.data(REFUNDS, {"id": payment["id"]}))["payment"]["refunds"]

    assert [(one["amount"]["amount"], one["tax"]["amount"]) for one in found] == [
        ("10.00", "0.91"),
        ("23.00", "2.09"),
    ]
    today = (await taxed.deps.clock.now()).date().isoformat()
    assert all(one["expectedBy"] > today and not one["late"] for one in found)
    assert {one["arrivesWithin"] for one in found} == {"up to 3 business days"}


async def test_operators_see_the_refunds_that_are_late(stack: Stack) -> None:
    _, payment = await paid(stack)
    known = await find_payment(stack.deps.store, payment["id"], owner=None)
    assert known is not None
    silent = Refund(
        id=RefundId("ref_1"),
        amount=1000,
        status=RefundStatus.PENDING,
        created_at=await stack.deps.clock.now(),
    )
    waiting = replace(known, refunds=with_refund(known, silent).refunds)
    # The sandbox answers at once: a provider that says nothing is played by what it would leave.
    collection = stack.deps.store["payments"]
    before = await collection.find_one({"_id": known.id})
    assert before is not None
    await collection.replace_one({"_id": known.id}, encode(waiting))

    assert (await stack.data(LATE))["lateRefunds"]["totalCount"] == 0
    await stack.advance(by="P14D")
    assert (await stack.data(LATE))["lateRefunds"]["edges"] == [
        {"node": {"id": known.id, "refunds": [{"late": True}]}}
    ]
    await collection.replace_one({"_id": known.id}, before)
