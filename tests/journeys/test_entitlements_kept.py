"""Kept sets: derived where nobody kept them, told by the audit where they are wrong, and then put right."""

import asyncio

import pytest

from ciclo.actions.audit.ledger import AuditCounts, audit_ledger
from tests.journeys.asking import mutate
from tests.journeys.entitled import a_trainer, checked, used
from tests.stack import Stack, token


async def test_what_an_older_release_subscribed_is_derived_by_the_first_who_ask(stack: Stack) -> None:
    subscription, trainer = await a_trainer(stack)
    sets = stack.deps.store["entitlement_sets"]
    # So it is after an update: the older release told no set of what it did.
    await sets.delete_many({})

    answers = await asyncio.gather(*(checked(stack, trainer) for _ in range(5)))

    assert [answer["limit"] for answer in answers] == [30] * 5
    await sets.delete_many({})
    # A commit begins a set that knows of one subscription only; whoever reads it knows of all.
    await a_trainer(stack, name="Outro")
    assert (await checked(stack, trainer))["limit"] == 60
    await sets.delete_many({})
    counted = await used(
        stack, "consume", customer={"id": trainer}, feature="alunos", idempotencyKey="first of all"
    )
    assert (counted["allowed"], counted["limit"]) == (True, 60)
    assert await mutate(stack, "pauseSubscription", subscriptionId=subscription) == []
    assert (await checked(stack, trainer))["limit"] == 30


async def test_the_audit_names_whose_set_is_not_what_they_pay_for_and_puts_it_right(stack: Stack) -> None:
    _, trainer = await a_trainer(stack)
    _, right = await a_trainer(stack, "bia@example.com", name="Outro")
    for customer in (trainer, right):
        await checked(stack, customer)
    await stack.deps.store["entitlement_sets"].update_one({"_id": trainer}, {"$set": {"allowances": {}}})
    assert (await checked(stack, trainer))["reason"] == "NO_SUBSCRIPTION"

    found = [one async for one in audit_ledger(stack.deps, AuditCounts())]
    audited = AuditCounts()
    left = [one async for one in audit_ledger(stack.deps, audited, repair=True)]

    assert [(one.document, one.what) for one in found] == [
        (trainer, "has entitlements that their subscriptions do not give")
    ]
    assert (left, [one.document for one in audited.repaired]) == ([], [trainer])
    assert (await checked(stack, trainer))["limit"] == 30


@pytest.mark.usefixtures("told")
async def test_a_set_that_can_not_be_read_is_its_customers_trouble_alone(stack: Stack) -> None:
    _, trainer = await a_trainer(stack)
    _, other = await a_trainer(stack, "bia@example.com", name="Outro")
    await checked(stack, trainer)
    broken = {"$set": {"allowances": {"sub_x": {"limits": {}}}}}
    await stack.deps.store["entitlement_sets"].update_one({"_id": trainer}, broken)

    query = 'query($id: ID!) { entitlement(customer: {id: $id}, feature: "alunos") { limit } }'
    answers = await asyncio.gather(
        *(stack.graphql(query, {"id": id_}, bearer=token()) for id_ in (trainer, other) * 5)
    )

    assert [answer.get("data") for answer in answers] == [None, {"entitlement": {"limit": 30}}] * 5
    assert [one.document async for one in audit_ledger(stack.deps, AuditCounts(), repair=True)] == []
    assert (await checked(stack, trainer))["limit"] == 30
