"""Two customers who are one person: all that is theirs goes over, once, and nothing of the past changes."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from ciclo.domain.period import local_date
from tests.journeys.asking import a_plan, details, mutate, subscribe
from tests.journeys.entitled import a_trainer, checked, customer_of, used
from tests.journeys.test_coupons import create
from tests.journeys.test_customers import find
from tests.journeys.test_entitlements_http import consume, get
from tests.reports.asking import ask_revenue
from tests.stack import Stack, token

THEIRS = """
query($id: ID!) {
  customer(id: $id) {
    email name mergedInto creditBalances { amount } creditGrants { left { amount } reason }
  }
  subscriptions(filter: { customerId: $id }) { edges { node { id } } }
  invoices(filter: { customerId: $id }) { edges { node { status } } }
  payments(filter: { customerId: $id }) { edges { node { status } } }
}"""
ACTS = "query($id: ID) { auditLog(filter: { target: $id }) { edges { node { action } } } }"
MINE = "{ creditNotes { edges { node { reason } } } mySubscription { id } }"
SETS = """
query($dropped: CustomerRef, $kept: CustomerRef) {
  dropped: entitlements(customer: $dropped) { items { feature limit used } }
  kept: entitlements(customer: $kept) { items { feature limit used } }
}"""


async def theirs(stack: Stack, customer_id: str) -> dict[str, Any]:
    """Return a customer with what is theirs, as plain lists."""
    found = await stack.data(THEIRS, {"id": customer_id})
    lists = {name: [edge["node"] for edge in found[name]["edges"]] for name in found if name != "customer"}
    return found["customer"] | lists


async def merge(stack: Stack, kept: str, dropped: str, **given: Any) -> list[str]:
    return await mutate(stack, "mergeCustomers", keptId=kept, droppedId=dropped, **given)


async def grant(stack: Stack, customer_id: str, amount: str) -> None:
    given = {"customerId": customer_id, "amount": amount, "currency": "BRL", "reason": "sorry"}
    assert await mutate(stack, "grantCredit", **given) == []


async def test_all_that_is_of_one_customer_becomes_anothers(stack: Stack) -> None:
    other = await a_plan(stack, name="Other", trialDays=0)
    kept_sub = await subscribe(stack, other, "ana@example.com", card="tok_visa")
    kept = await customer_of(stack, kept_sub)
    dropped_sub, dropped = await a_trainer(stack, "ana@work.example")
    await create(stack, maxPerCustomer=1)
    applied = {"couponCode": "VERAO"}
    assert await mutate(stack, "applyCoupon", subscriptionId=dropped_sub, **applied) == []
    assert await mutate(stack, "updateCustomer", customerId=dropped, externalId="U-2", name="Ana Work") == []
    await grant(stack, dropped, "12.00")
    await grant(stack, kept, "5.00")
    paid = (await details(stack, dropped_sub))["invoices"][0]["id"]
    note = {"invoiceId": paid, "reason": "outage", "amount": "3.00", "to": "BALANCE"}
    assert await mutate(stack, "createCreditNote", **note) == []
    students = {"customer": {"id": dropped}, "feature": "alunos"}
    await used(stack, "setUsage", **students, used=7)
    given = {"feature": "alunos", "limit": 50, "reason": "sorry"}
    assert await mutate(stack, "overrideEntitlement", customerId=dropped, **given) == []
    today = local_date((await stack.deps.clock.now()), stack.deps.policy.timezone)
    window = (today.replace(day=1), today + timedelta(days=1))
    before = await ask_revenue(stack, *window)

    once = {"idempotencyKey": "once"}
    assert await merge(stack, kept, dropped, **once) == []
    assert await merge(stack, kept, dropped, **once) == []

    after, gone = await theirs(stack, kept), await theirs(stack, dropped)
    assert {one["id"] for one in after["subscriptions"]} == {kept_sub, dropped_sub}
    assert [one["status"] for one in after["invoices"]] == ["PAID", "PAID"]
    assert len(after["payments"]) == 2
    assert (after["creditBalances"], gone["creditBalances"]) == ([{"amount": "20.00"}], [{"amount": "0.00"}])
    assert [one["left"]["amount"] for one in after["creditGrants"]] == ["12.00", "5.00"]
    assert (after["email"], after["name"], gone["mergedInto"]) == ("ana@example.com", "Ana Work", kept)
    usage = await checked(stack, kept)
    assert (usage["limit"], usage["used"]) == (50, 7)
    assert await checked(stack, dropped) == usage
    # What they were called leads to who they are.
    assert (await find(stack, email="ana@work.example"))["id"] == kept
    assert (await find(stack, externalId="U-2"))["id"] == kept
    mine = await stack.data(MINE, bearer=token(role="customer", email="ana@work.example"))
    assert [edge["node"]["reason"] for edge in mine["creditNotes"]["edges"]] == ["outage"]
    assert await mutate(stack, "applyCoupon", subscriptionId=kept_sub, **applied) == ["COUPON_EXHAUSTED"]
    acts = (await stack.data(ACTS, {"id": dropped}))["auditLog"]["edges"]
    assert "mergeCustomers" in [edge["node"]["action"] for edge in acts]

    # One customer more was never lost: both months say so, and the card is charged as before.
    report = await ask_revenue(stack, *window)
    assert report["totals"]["mrr"] == before["totals"]["mrr"]
    seen = [one["totals"]["activeSubscribers"] for one in (before, report)]
    assert seen == [2, 1]
    assert report["totals"]["movements"]["churn"]["amount"] == "0.00"
    await stack.advance(by="P1M")
    assert [one["status"] for one in (await details(stack, dropped_sub))["invoices"]] == ["PAID", "PAID"]


async def test_what_can_not_be_merged_is_refused_and_stays(stack: Stack) -> None:
    plan = await a_plan(stack, trialDays=0)
    one, two = [
        await customer_of(stack, await subscribe(stack, plan, f"{name}@example.com", card="tok_visa"))
        for name in ("one", "two")
    ]
    assert await mutate(stack, "createCustomer", email="three@example.com") == []
    three = (await find(stack, email="three@example.com"))["id"]

    assert await merge(stack, one, one) == ["INVALID_VALUE"]
    assert await merge(stack, one, "cus_01h455vb4pex5vsknk084sn02q") == ["CUSTOMER_NOT_FOUND"]
    assert await merge(stack, one, two) == ["ALREADY_SUBSCRIBED"]
    assert len((await theirs(stack, two))["subscriptions"]) == 1
    # Somebody without anything, too, and whom they were merged into is merged on.
    assert await merge(stack, two, three) == []
    assert await merge(stack, one, three) == ["CUSTOMER_MERGED"]
    assert await mutate(stack, "updateCustomer", customerId=three, name="X") == ["CUSTOMER_MERGED"]
    ended = {"subscriptionId": (await theirs(stack, two))["subscriptions"][0]["id"]}
    assert await mutate(stack, "cancelSubscription", **ended, cancelImmediately=True) == []
    assert await merge(stack, one, two) == []
    assert (await find(stack, email="three@example.com"))["id"] == one
    assert await mutate(stack, "createCustomer", email="four@example.com") == []
    four = (await find(stack, email="four@example.com"))["id"]
    assert await mutate(stack, "anonymizeCustomer", customerId=four, reason="asked for it") == []
    assert await merge(stack, one, four) == ["CUSTOMER_ANONYMIZED"]
    assert await merge(stack, four, one) == ["CUSTOMER_ANONYMIZED"]


@pytest.mark.parametrize("attempt", range(3))
async def test_what_happens_beside_a_merge_is_of_one_or_the_other(stack: Stack, attempt: int) -> None:
    plans = [await a_plan(stack, name=name, trialDays=0) for name in ("A", "B", "C")]
    subs = [
        await subscribe(stack, plan, f"{name}@example.com", card="tok_visa")
        for plan, name in zip(plans, ("kept", "dropped"), strict=False)
    ]
    kept, dropped = [await customer_of(stack, sub) for sub in subs]

    merged, *_ = await asyncio.gather(
        merge(stack, kept, dropped),
        grant(stack, dropped, f"{attempt + 1}.00"),
        subscribe(stack, plans[2], "dropped@example.com", card="tok_visa"),
        mutate(stack, "changePlan", subscriptionId=subs[1], planId=plans[1], quantity=2),
        return_exceptions=True,
    )

    assert merged == []
    after, gone = await theirs(stack, kept), await theirs(stack, dropped)
    lists = ("subscriptions", "invoices", "payments")
    assert len(after["subscriptions"]) == 3
    assert [gone[name] for name in lists] == [after[name] for name in lists]
    assert gone["creditBalances"] in ([], [{"amount": "0.00"}])


async def test_what_is_done_for_a_customer_who_was_merged_away_is_done_for_who_was_kept(stack: Stack) -> None:
    _, kept = await a_trainer(stack)
    assert await mutate(stack, "createCustomer", email="old@example.com", externalId="U-2") == []
    dropped = (await find(stack, email="old@example.com"))["id"]
    # Asked before, it has a set of its own, which nobody may go on counting by.
    assert (await checked(stack, dropped))["reason"] == "NO_SUBSCRIPTION"
    assert await mutate(stack, "updateCustomer", customerId=kept, externalId="U-1") == []
    assert await merge(stack, kept, dropped) == []

    old: dict[str, Any] = {"customer": {"id": dropped}, "feature": "alunos"}
    assert (await used(stack, "consume", **old, quantity=3, idempotencyKey="a"))["used"] == 3
    assert (await used(stack, "release", **old, quantity=1, idempotencyKey="b"))["used"] == 2
    assert (await used(stack, "setUsage", **old, used=7))["used"] == 7
    held = await used(stack, "reserve", **old, quantity=2)
    assert await used(stack, "commitReservation", reservationId=held["reservationId"]) | {"reserved": 0} == (
        held | {"reservationId": None, "used": 9, "reserved": 0}
    )
    for named in (dropped, "U-2", "old@example.com"):
        consumed = await consume(stack, customer=named, feature="alunos", idempotencyKey=named)
        assert consumed.status_code == 200
        read, of_kept = await get(stack, f"{named}/alunos"), await get(stack, f"{kept}/alunos")
        assert (read.json(), read.headers["etag"]) == (of_kept.json(), of_kept.headers["etag"])
    assert (await checked(stack, kept))["used"] == 12
    listed = await stack.data(SETS, {"dropped": {"id": dropped}, "kept": {"id": kept}})
    assert listed["dropped"] == listed["kept"]

    await grant(stack, dropped, "5.00")
    shown = [(await theirs(stack, customer))["creditBalances"] for customer in (kept, dropped)]
    assert shown == [[{"amount": "5.00"}], []]
    given = {"feature": "alunos", "limit": 50, "reason": "sorry"}
    assert await mutate(stack, "overrideEntitlement", customerId=dropped, **given) == []
    assert await mutate(stack, "setTaxProfile", customerId=dropped, country="PT") == []
    other = await a_plan(stack, name="Other", trialDays=0)
    card = {"cardToken": "tok_visa"}
    assert (
        await mutate(stack, "createSubscription", customerId=dropped, planId=other, paymentMethod=card) == []
    )
    after, gone = await theirs(stack, kept), await theirs(stack, dropped)
    assert (len(after["subscriptions"]), gone["subscriptions"]) == (2, after["subscriptions"])
    assert (await checked(stack, kept))["limit"] == 50
    assert (await find(stack, id=kept))["taxProfile"]["country"] == "PT"
    # Their record is nobody's to write on.
    for change in ({"name": "X"}, {"metadata": []}):
        assert await mutate(stack, "updateCustomer", customerId=dropped, **change) == ["CUSTOMER_MERGED"]
