"""Customers: a change is told, and who is anonymized is gone from all that is no sealed record."""

import asyncio
from typing import Any

import pytest
from starlette.responses import PlainTextResponse

from ciclo.actions.audit.ledger import AuditCounts, audit_ledger
from ciclo.actions.audit.operations import OperationCounts, audit_operations
from tests.deliveries.asking import an_endpoint
from tests.deliveries.receiver import Receiver
from tests.journeys.asking import a_plan, mutate, subscribe
from tests.journeys.test_customers import ANA, CUSTOMER, find, listed
from tests.stack import Stack, until

KEPT = ("customers", "mails", "messages", "operations", "sessions", "entitlement_sets", "webhook_deliveries")
"""Where what is known of a person is no sealed record."""


async def traces(stack: Stack, *texts: str) -> list[str]:
    """Return the collections that still hold one of *texts*."""
    held = []
    for collection in KEPT:
        documents = str(await stack.deps.store[collection].find({}).to_list(None))
        held += [collection] if any(text in documents for text in texts) else []
    return held


async def _traced(stack: Stack, expected: set[str]) -> bool:
    return {*await traces(stack, "ana.souza")} >= expected


async def anonymize(stack: Stack, customer_id: str, **changes: Any) -> list[str]:
    given = {"customerId": customer_id, "reason": "asked for it"} | changes
    return await mutate(stack, "anonymizeCustomer", **given)


async def audit(stack: Stack) -> None:
    await stack.idle()
    assert [one async for one in audit_ledger(stack.deps, AuditCounts())] == []
    counts, now = OperationCounts(), stack.deps.wall()
    assert [one async for one in audit_operations(stack.deps.store, counts, now=now)] == []


async def test_a_change_of_a_customer_is_told(stack: Stack, receiver: Receiver) -> None:
    await an_endpoint(stack, receiver.url, types=["CUSTOMER_UPDATED"])
    await mutate(stack, "createCustomer", **ANA)
    id_ = (await find(stack, externalId="User-7"))["id"]

    assert await mutate(stack, "updateCustomer", customerId=id_, name="Ana Nova") == []
    assert await mutate(stack, "updateCustomer", customerId=id_, name="Ana Nova") == []

    await until(lambda: _has(receiver, 1))
    [told] = receiver.told
    assert (told.type, told.body["sequence"]) == ("customer.updated", 1)
    assert told.body["data"]["name"] == "Ana Nova"
    assert told.body["data"]["externalId"] == "User-7"
    assert "52998224725" not in told.raw.decode()


async def _has(receiver: Receiver, count: int) -> bool:
    return len(receiver.told) >= count


async def test_an_anonymized_customer_is_gone_and_both_audits_stay_clean(
    stack: Stack, receiver: Receiver
) -> None:
    # Told of some of it only: what nobody is told of is erased, too, and so is what it answers.
    receiver.answer = lambda _: PlainTextResponse("thanks for ana.souza")
    await an_endpoint(stack, receiver.url, types=["CUSTOMER_UPDATED", "INVOICE_PAID"])
    await mutate(stack, "createCustomer", **ANA)
    id_ = (await find(stack, externalId="User-7"))["id"]
    await mutate(stack, "createCustomer", email="ana.souza@work.example", name="Ana São João")
    work = (await find(stack, email="ana.souza@work.example"))["id"]
    limit = {"feature": "alunos", "limit": 3, "reason": "wants it for ana.souza"}
    await a_plan(stack, name="With a limit", limits=[{"name": "alunos", "value": 1}])
    assert await mutate(stack, "overrideEntitlement", customerId=work, **limit) == []
    assert await mutate(stack, "mergeCustomers", keptId=id_, droppedId=work) == []
    plan = await a_plan(stack, trialDays=0)
    given = {"customerId": id_, "customerEmail": None}
    subscription = await subscribe(stack, plan, "", card="tok_visa", **given)
    assert await anonymize(stack, id_) == ["CUSTOMER_IN_USE"]
    ended = {"subscriptionId": subscription, "cancelImmediately": True}
    assert await mutate(stack, "cancelSubscription", **ended) == []
    assert await anonymize(stack, id_, reason=" ") == ["INVALID_VALUE"]
    await until(lambda: _traced(stack, {*KEPT} - {"mails", "sessions"}))

    assert await anonymize(stack, id_) == []
    assert await anonymize(stack, id_) == []

    assert await traces(stack, "ana.souza", "São João", "52998224725", "User-7", "Paulista") == []
    assert await listed(stack, search="ana") == []
    shown = await find(stack, id=id_)
    assert (shown["email"], shown["name"]) == (f"{id_}@anonymized.invalid", None)
    assert await mutate(stack, "updateCustomer", customerId=id_, name="X") == ["CUSTOMER_ANONYMIZED"]
    assert await mutate(stack, "createSubscription", planId=plan, customerId=id_) == ["CUSTOMER_ANONYMIZED"]
    await audit(stack)


@pytest.mark.parametrize("attempt", range(3))
async def test_who_subscribes_while_they_are_anonymized_is_one_or_the_other(
    stack: Stack, attempt: int
) -> None:
    plan = await a_plan(stack, trialDays=0)
    await mutate(stack, "createCustomer", email="ana@example.com", name=f"Ana {attempt}")
    id_ = (await find(stack, email="ana@example.com"))["id"]

    refused, _ = await asyncio.gather(
        anonymize(stack, id_), subscribe(stack, plan, "ana@example.com", card="tok_visa")
    )

    # Either they came first and live on, or somebody new has the address.
    [holder] = [(await stack.data(CUSTOMER, {"email": "ana@example.com"}))["customer"]]
    assert (holder["id"] == id_) is (refused == ["CUSTOMER_IN_USE"])
    await audit(stack)
