"""Reviews end: what fits nothing is decided by a person, once, or its cause goes by itself."""

from datetime import UTC, datetime
from typing import Any

from ciclo.actions.audit.operations import OperationCounts, audit_operations
from ciclo.domain.ids import derived_id
from tests.journeys.asking import a_plan, details, mutate, subscribe
from tests.journeys.test_money_that_came import money, paid, payments, tell, with_stripe
from tests.stack import Stack

__all__ = ["with_stripe"]

REVIEWS = """
query($open: Boolean, $closed: Boolean) {
  events(filter: { needsReview: $open, reviewed: $closed }) { edges { node {
    id type review possibleDecisions resolution { decision by reason invoiceId eventId }
  } } }
}"""
NOBODY = derived_id("sub", at=datetime(2026, 1, 1, tzinfo=UTC), facts="nobody")


async def open_reviews(stack: Stack) -> list[dict[str, Any]]:
    """Return what a person has to look at."""
    return _nodes(await stack.data(REVIEWS, {"open": True}))


async def closed_reviews(stack: Stack) -> list[dict[str, Any]]:
    """Return what is decided, the newest first."""
    return _nodes(await stack.data(REVIEWS, {"closed": True}))


def _nodes(found: dict[str, Any]) -> list[dict[str, Any]]:
    return [edge["node"] for edge in found["events"]["edges"]]


async def money_of_nobody(stack: Stack, amount: str, *, currency: str = "BRL") -> str:
    """Report money for a subscription that is not there; return its review."""
    notice = {
        "subscription_id": NOBODY,
        "event": "payment_success",
        "amount": amount,
        "currency": currency,
        "date": (await stack.deps.clock.now()).date().isoformat(),
    }
    answer = await stack.notify(notice, webhook_id=f"nobody-{amount}-{currency}")
    assert answer.is_success, answer.text
    await stack.idle()
    newest = (await open_reviews(stack))[0]
    assert newest["review"] == "UNKNOWN_SUBSCRIPTION"
    review: str = newest["id"]
    return review


async def test_money_of_nobody_pays_the_invoice_that_an_operator_names_and_is_decided_once(
    stack: Stack,
) -> None:
    plan = await a_plan(stack, trialDays=0, price={"amount": "30.00"})
    subscription = await subscribe(stack, plan, "ana@example.com", paymentMethod={"pix": {}})
    [invoice] = (await details(stack, subscription))["invoices"]
    review = await money_of_nobody(stack, "32.00")
    given = {"eventId": review, "decision": "APPLY"}
    assert await mutate(stack, "resolveReview", **given) == ["INVALID_VALUE"]
    assert await mutate(stack, "resolveReview", **given, invoiceId=review) == ["MALFORMED_ID"]

    applied = given | {"invoiceId": invoice["id"], "reason": "bank transfer", "idempotencyKey": "once"}
    assert await mutate(stack, "resolveReview", **applied) == []
    assert await mutate(stack, "resolveReview", **applied) == []

    found = await details(stack, subscription)
    assert (found["status"], [one["status"] for one in found["invoices"]]) == ("ACTIVE", ["PAID"])
    assert found["customer"]["creditBalances"] == [{"amount": "2.00", "currency": "BRL"}]
    assert await open_reviews(stack) == []
    [closed] = await closed_reviews(stack)
    assert closed["resolution"].pop("eventId").startswith("evt_")
    assert closed["resolution"] == {
        "decision": "APPLY",
        "by": "operator",
        "reason": "bank transfer",
        "invoiceId": invoice["id"],
    }
    again = {"eventId": review, "decision": "CLOSE"}
    assert await mutate(stack, "resolveReview", **again) == ["REVIEW_CLOSED"]


async def test_money_goes_onto_the_balance_of_whom_an_operator_names(stack: Stack) -> None:
    subscription, _ = await paid(stack)
    review = await money_of_nobody(stack, "12.00")
    given = {"eventId": review, "decision": "BALANCE"}
    assert await mutate(stack, "resolveReview", **given) == ["SUBSCRIPTION_NOT_FOUND"]
    assert await mutate(stack, "resolveReview", **given, subscriptionId=subscription) == []

    found = await details(stack, subscription)
    assert found["customer"]["creditBalances"] == [{"amount": "12.00", "currency": "BRL"}]
    assert await open_reviews(stack) == []


async def test_money_in_another_currency_is_given_back_and_nothing_is_booked(stack: Stack) -> None:
    subscription, payment = await paid(stack)
    notice = {
        "subscription_id": subscription,
        "event": "payment_success",
        "amount": "12.00",
        "currency": "USD",
        "date": (await stack.deps.clock.now()).date().isoformat(),
    }
    assert (await stack.notify(notice, webhook_id="usd")).is_success
    await stack.idle()
    [review] = await open_reviews(stack)
    assert review["review"] == "CURRENCY_MISMATCH"
    given = {"eventId": review["id"]}
    assert await mutate(stack, "resolveReview", decision="BALANCE", **given) == ["CURRENCY_MISMATCH"]
    assert await mutate(stack, "resolveReview", decision="CAUSE_GONE", **given) == ["INVALID_VALUE"]

    assert await mutate(stack, "resolveReview", decision="REFUND", **given) == []

    [after] = await payments(stack, subscription)
    assert (after["id"], after["amount"]["amount"], after["refunds"]) == (payment["id"], "30.00", [])
    assert [one["resolution"]["decision"] for one in await closed_reviews(stack)] == ["REFUND"]


async def test_a_refund_that_failed_is_sent_once_more(with_stripe: Stack) -> None:
    subscription, payment = await paid(with_stripe)
    refund = money(3000, payment, id_="re_1") | {"created": 1_767_225_600}
    await tell(with_stripe, "refund.created", ago_s=50, status="succeeded", **refund)
    await tell(with_stripe, "refund.failed", status="failed", **refund)
    [review] = await open_reviews(with_stripe)
    assert review["review"] == "REFUND_FAILED"
    given = {"eventId": review["id"]}
    assert await mutate(with_stripe, "resolveReview", decision="BALANCE", **given) == [
        "REVIEW_DECISION_REFUSED"
    ]

    assert await mutate(with_stripe, "resolveReview", decision="REFUND", **given) == []

    [after] = await payments(with_stripe, subscription)
    assert (after["status"], after["refundedAmount"]["amount"]) == ("REFUNDED", "30.00")
    assert await open_reviews(with_stripe) == []


async def test_the_review_of_a_dispute_closes_with_the_dispute(with_stripe: Stack) -> None:
    _, payment = await paid(with_stripe)
    contested = money(3000, payment, id_="dp_1")
    await tell(with_stripe, "charge.dispute.created", status="needs_response", **contested)
    assert [one["review"] for one in await open_reviews(with_stripe)] == ["DISPUTED"]

    await tell(with_stripe, "charge.dispute.closed", status="won", **contested)

    assert await open_reviews(with_stripe) == []
    [closed] = await closed_reviews(with_stripe)
    assert closed["resolution"]["decision"] == "CAUSE_GONE"
    assert closed["resolution"]["by"] == f"event:{closed['resolution']['eventId']}"


async def test_what_is_no_review_can_not_be_decided(stack: Stack) -> None:
    await paid(stack)
    event = await stack.deps.store["events"].find_one({})
    assert event is not None
    given = {"eventId": event["_id"], "decision": "CLOSE"}

    assert await mutate(stack, "resolveReview", **given) == ["REVIEW_NOT_FOUND"]


async def test_what_was_decided_is_sealed_and_an_audit_tells_what_was_altered_since(stack: Stack) -> None:
    review = await money_of_nobody(stack, "12.00")
    given = {"eventId": review, "decision": "CLOSE", "reason": "not ours"}
    [shown] = await open_reviews(stack)
    assert shown["possibleDecisions"] == ["APPLY", "BALANCE", "REFUND", "CLOSE"]
    assert await mutate(stack, "resolveReview", **given) == []
    assert [
        one async for one in audit_operations(stack.deps.store, OperationCounts(), now=stack.deps.wall())
    ] == []

    [shown] = await closed_reviews(stack)
    assert shown["possibleDecisions"] == []

    events = stack.deps.store["events"]
    before = await events.find_one({"_id": review})
    assert before is not None
    for name, value in {"by": "somebody else", "reason": None, "decision": "REFUND"}.items():
        await events.update_one({"_id": review}, {"$set": {f"resolution.{name}": value}})
        found = [
            one async for one in audit_operations(stack.deps.store, OperationCounts(), now=stack.deps.wall())
        ]
        assert [one.document for one in found] == [review]
        await events.replace_one({"_id": review}, before)
