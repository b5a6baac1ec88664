"""Two persons for much money: it waits, another person lets it go, once, and only what was asked for."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ciclo.actions.access.approvals import approve
from ciclo.actions.access.second_person import WAITS_FOR
from ciclo.actions.caller import Caller
from ciclo.domain.errors.general import ApprovalClosed
from ciclo.permissions import OperatorRole
from ciclo.viewer import Actor, operator_of
from tests.access.test_api_keys import created
from tests.access.test_operations import acts
from tests.journeys.asking import a_plan, subscribe
from tests.stack import Stack, emptied, running_stack, settings_for, token

REFUND = """
mutation($input: RefundPaymentInput!) {
  refundPayment(input: $input) { payment { status } userErrors { code message } } }"""
PAY_OUT = """
mutation($input: PayOutBalanceInput!) { payOutBalance(input: $input) { userErrors { code } } }"""
APPROVE = """
mutation($input: ApproveInput!) {
  approve(input: $input) { approval { id status decidedBy } userErrors { code field } } }"""
REJECT = """
mutation($input: RejectInput!) {
  reject(input: $input) { approval { id status decidedBy decisionReason } userErrors { code field } } }"""
APPROVALS = """
query($waiting: Boolean) { approvals(filter: {waiting: $waiting}) { totalCount edges { node {
  id kind target amount { amount currency } reason status askedBy decidedBy } } } }"""
PAYMENT = "query($id: ID!) { payment(id: $id) { status refunds { amount { amount } status } } }"

ANA, BEA = (token(subject=name, roles=["FINANCE"]) for name in ("ana", "bea"))


@pytest.fixture(scope="module")
async def stack(
    mongo_url: str, redis_url: str, database_name: str, stream_prefix: str
) -> AsyncIterator[Stack]:
    """A stack whose operators send back up to 20.00 alone."""
    settings = settings_for(
        mongo_url, redis_url, database=database_name, prefix=stream_prefix, two_persons_above_cents=2_000
    )
    async with running_stack(settings) as running:
        yield running


@pytest.fixture(autouse=True)
async def _nothing_before(stack: Stack) -> None:
    await emptied(stack.deps)


async def a_payment(stack: Stack) -> str:
    """Return the id of a payment of 29.99."""
    plan_id = await a_plan(stack, trialDays=0)
    subscription_id = await subscribe(stack, plan_id, "payer@example.com", card="tok_visa")
    found = await stack.data(
        "query($id: ID!) { subscription(id: $id) { payments { edges { node { id } } } } }",
        {"id": subscription_id},
    )
    payment_id: str = found["subscription"]["payments"]["edges"][0]["node"]["id"]
    return payment_id


async def asked(stack: Stack, payment_id: str, *, bearer: str = ANA, **given: Any) -> list[str]:
    answer = await stack.data(REFUND, {"input": {"paymentId": payment_id, **given}}, bearer=bearer)
    return [error["code"] for error in answer["refundPayment"]["userErrors"]]


async def approvals(stack: Stack, *, waiting: bool | None = None) -> list[dict[str, Any]]:
    found = await stack.data(APPROVALS, {"waiting": waiting})
    return [edge["node"] for edge in found["approvals"]["edges"]]


async def decided(stack: Stack, mutation: str, approval_id: str, bearer: str, **given: Any) -> Any:
    answer = await stack.data(mutation, {"input": {"approvalId": approval_id, **given}}, bearer=bearer)
    [payload] = answer.values()
    return payload


async def refunds(stack: Stack, payment_id: str) -> list[str]:
    await stack.idle()
    found = await stack.data(PAYMENT, {"id": payment_id})
    return [refund["amount"]["amount"] for refund in found["payment"]["refunds"]]


async def waiting_refund(stack: Stack) -> tuple[str, str]:
    """Return the ids of a payment, and of the approval of its whole refund that Ana asked for."""
    payment_id = await a_payment(stack)
    assert await asked(stack, payment_id, reason="twice") == ["APPROVAL_REQUIRED"]
    [approval] = await approvals(stack, waiting=True)
    return payment_id, approval["id"]


async def test_what_is_above_the_limit_waits_and_a_second_person_lets_it_go(stack: Stack) -> None:
    payment_id, approval_id = await waiting_refund(stack)
    assert await refunds(stack, payment_id) == []
    assert await approvals(stack) == [
        {
            "id": approval_id,
            "kind": "REFUND_PAYMENT",
            "target": payment_id,
            "amount": {"amount": "29.99", "currency": "BRL"},
            "reason": "twice",
            "status": "WAITING",
            "askedBy": "ana",
            "decidedBy": None,
        }
    ]

    own = await decided(stack, APPROVE, approval_id, ANA)
    assert own["userErrors"] == [{"code": "SAME_PERSON", "field": ["approvalId"]}]
    done = await decided(stack, APPROVE, approval_id, BEA)
    assert done == {
        "approval": {"id": approval_id, "status": "APPROVED", "decidedBy": "bea"},
        "userErrors": [],
    }

    assert await refunds(stack, payment_id) == ["29.99"]
    assert await approvals(stack, waiting=True) == []
    assert [(act["actor"], act["action"]) for act in await acts(stack, target=approval_id)] == [
        ("bea", "approve"),
        ("ana", "askForApproval"),
    ]


async def test_it_is_let_go_once_however_many_do_so_at_a_time(stack: Stack) -> None:
    payment_id, approval_id = await waiting_refund(stack)

    answers = await asyncio.gather(
        *(decided(stack, APPROVE, approval_id, token(subject=f"u-{n}", roles=["OWNER"])) for n in range(4)),
        *(decided(stack, REJECT, approval_id, token(subject=f"r-{n}", roles=["OWNER"])) for n in range(2)),
    )

    assert sum(not answer["userErrors"] for answer in answers) == 1
    assert {error["code"] for answer in answers for error in answer["userErrors"]} <= {
        "APPROVAL_CLOSED",
        "CONFLICT",
    }
    [approval] = await approvals(stack, waiting=False)
    assert await refunds(stack, payment_id) == (["29.99"] if approval["status"] == "APPROVED" else [])


async def test_a_repeat_under_a_key_asks_and_approves_once(stack: Stack) -> None:
    payment_id = await a_payment(stack)
    for _ in range(2):
        assert await asked(stack, payment_id, idempotencyKey="k") == ["APPROVAL_REQUIRED"]
    [approval] = await approvals(stack)

    first = await decided(stack, APPROVE, approval["id"], BEA, idempotencyKey="a")
    assert await decided(stack, APPROVE, approval["id"], BEA, idempotencyKey="a") == first
    assert first["userErrors"] == []
    assert await refunds(stack, payment_id) == ["29.99"]


async def test_up_to_the_limit_one_person_is_enough_but_many_small_ones_are_a_large_one(
    stack: Stack,
) -> None:
    payment_id = await a_payment(stack)

    assert await asked(stack, payment_id, amount="12.00") == []
    assert await asked(stack, payment_id, amount="8.00") == []
    # 12.00 + 8.00 + 0.01 > 20.00
    assert await asked(stack, payment_id, amount="0.01") == ["APPROVAL_REQUIRED"]
    assert await refunds(stack, payment_id) == ["12.00", "8.00"]


async def test_what_was_rejected_is_not_sent(stack: Stack) -> None:
    payment_id, approval_id = await waiting_refund(stack)

    rejected = await decided(stack, REJECT, approval_id, BEA, reason="paid once only")
    assert rejected["approval"] == {
        "id": approval_id,
        "status": "REJECTED",
        "decidedBy": "bea",
        "decisionReason": "paid once only",
    }

    late = await decided(stack, APPROVE, approval_id, BEA)
    assert late["userErrors"] == [{"code": "APPROVAL_CLOSED", "field": ["approvalId"]}]
    assert await refunds(stack, payment_id) == []


async def test_who_asked_may_take_it_back(stack: Stack) -> None:
    _, approval_id = await waiting_refund(stack)

    assert (await decided(stack, REJECT, approval_id, ANA))["approval"]["status"] == "REJECTED"


async def test_nobody_approves_after_three_days(stack: Stack) -> None:
    payment_id, approval_id = await waiting_refund(stack)
    then = stack.deps.wall() + WAITS_FOR + timedelta(seconds=1)
    late = replace(stack.deps, wall=lambda: then)

    with pytest.raises(ApprovalClosed):
        await approve(
            late,
            approval_id,
            caller=Caller(viewer=operator_of("bea", OperatorRole.OWNER)),
            by=Actor(name="bea"),
        )

    assert await refunds(stack, payment_id) == []


async def test_what_can_not_be_sent_any_more_goes_on_waiting(stack: Stack) -> None:
    payment_id, approval_id = await waiting_refund(stack)
    assert await asked(stack, payment_id, amount="5.00") == []

    refused = await decided(stack, APPROVE, approval_id, BEA)

    assert refused["userErrors"][0]["code"] == "REFUND_EXCEEDS_PAYMENT"
    assert [approval["status"] for approval in await approvals(stack)] == ["WAITING"]


async def test_a_key_stands_for_who_made_it_and_is_no_second_person(stack: Stack) -> None:
    payment_id = await a_payment(stack)
    own = await created(stack, bearer=token(subject="ana"), scopes=["REFUNDS_WRITE", "BILLING_READ"])
    others = await created(stack, bearer=token(subject="bea"), scopes=["REFUNDS_WRITE"])
    assert await asked(stack, payment_id, bearer=own["secret"]) == ["APPROVAL_REQUIRED"]
    [approval] = await approvals(stack)

    for bearer in (token(subject="ana"), others["secret"], own["secret"]):
        refused = await decided(stack, APPROVE, approval["id"], bearer)
        assert refused["userErrors"][0]["code"] == "SAME_PERSON"
    assert (await decided(stack, APPROVE, approval["id"], token(subject="bea")))["userErrors"] == []


async def test_a_payout_waits_as_a_refund_does(stack: Stack) -> None:
    payment_id = await a_payment(stack)
    note = """
    mutation($input: CreateCreditNoteInput!) { createCreditNote(input: $input) { userErrors { code } } }"""
    found = await stack.data(
        "{ subscriptions { edges { node { customer { id } invoices { edges { node { id } } } } } } }"
    )
    [subscription] = [edge["node"] for edge in found["subscriptions"]["edges"]]
    invoice_id = subscription["invoices"]["edges"][0]["node"]["id"]
    customer_id = subscription["customer"]["id"]
    given = {"invoiceId": invoice_id, "reason": "a fault", "amount": "25.00"}
    direct = await stack.data(note, {"input": {**given, "to": "REFUND"}}, bearer=ANA)
    assert direct["createCreditNote"]["userErrors"] == [{"code": "APPROVAL_REQUIRED"}]
    credited = await stack.data(note, {"input": {**given, "to": "BALANCE"}}, bearer=ANA)
    assert credited["createCreditNote"]["userErrors"] == []

    payout = {"customerId": customer_id, "amount": "25.00", "currency": "BRL"}
    waits = await stack.data(PAY_OUT, {"input": payout}, bearer=ANA)
    assert waits["payOutBalance"]["userErrors"] == [{"code": "APPROVAL_REQUIRED"}]
    [approval] = await approvals(stack, waiting=True)
    assert (approval["kind"], approval["target"]) == ("PAY_OUT_BALANCE", customer_id)
    assert (await decided(stack, APPROVE, approval["id"], BEA))["userErrors"] == []
    assert await refunds(stack, payment_id) == ["25.00"]


async def test_a_cancellation_gives_back_no_more_than_one_person_may(stack: Stack) -> None:
    payment_id = await a_payment(stack)
    found = await stack.data("{ subscriptions { edges { node { id } } } }")
    subscription_id = found["subscriptions"]["edges"][0]["node"]["id"]
    cancel = """
    mutation($input: CancelSubscriptionInput!) {
      cancelSubscription(input: $input) { userErrors { code } } }"""
    given = {"subscriptionId": subscription_id, "cancelImmediately": True}

    refused = await stack.data(cancel, {"input": {**given, "refund": "REFUND"}}, bearer=ANA)
    assert refused["cancelSubscription"]["userErrors"] == [{"code": "APPROVAL_REQUIRED"}]
    done = await stack.data(cancel, {"input": {**given, "refund": "CREDIT"}}, bearer=ANA)
    assert done["cancelSubscription"]["userErrors"] == []
    assert await refunds(stack, payment_id) == []


async def test_an_unknown_approval_is_refused(stack: Stack) -> None:
    for id_, code in (("apr_01h455vb4pex5vsknk084sn02q", "APPROVAL_NOT_FOUND"), ("x", "MALFORMED_ID")):
        refused = await decided(stack, APPROVE, id_, BEA)
        assert refused["userErrors"] == [{"code": code, "field": ["approvalId"]}]
