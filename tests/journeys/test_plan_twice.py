"""Rule 42: one live subscription per customer and plan, scheduled changes included."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Final

import pytest

from ciclo.actions.audit.ledger import AuditCounts, audit_ledger
from ciclo.actions.clock import SandboxClock
from ciclo.actions.processing.due_work import run_due_work
from ciclo.domain.period import start_of_day
from ciclo.settings.settings import Settings
from tests.journeys.asking import a_plan, details, mutate, subscribe
from tests.journeys.spoiling import many, schedule_unseen, stored, two_plans, types_of
from tests.journeys.test_concurrency import answers
from tests.stack import Stack, running_stack, until

FAULTS: Final = "{ dueFaults { subscriptionId } }"
AT_ONCE: Final = 8
OTHERS: Final = 20


async def test_a_change_to_a_plan_that_the_customer_has_is_dropped_on_its_day_and_others_go_on(
    stack: Stack,
) -> None:
    a, _, on_a, on_b = await two_plans(stack)
    other = await subscribe(stack, a, "y@example.com", card="tok_visa")

    await stack.advance(by="P2M")

    assert len((await details(stack, other))["invoices"]) == 3
    found = await details(stack, on_a)
    assert (found["plan"]["name"], found["pendingChange"], len(found["invoices"])) == ("Basic Plan", None, 3)
    assert "plan_change_dropped" in await types_of(stack, on_a)
    assert len((await details(stack, on_b))["invoices"]) == 3
    assert (await stack.data(FAULTS))["dueFaults"] == []


async def test_a_notice_that_pays_the_next_period_ahead_of_the_clock_drops_the_change_too(
    stack: Stack,
) -> None:
    _, _, on_a, _ = await two_plans(stack)
    boundary = datetime.fromisoformat((await details(stack, on_a))["currentPeriod"]["end"])
    clock = stack.deps.clock
    assert isinstance(clock, SandboxClock)
    # Nobody has swept yet: the notice comes before the scheduler does.
    day_after = boundary.replace(tzinfo=UTC) + timedelta(days=1, hours=12)
    await clock.set(day_after, frozen=False)

    async def is_known_to_the_api() -> bool:
        return bool((await stack.data("{ clock { now } }"))["clock"]["now"] >= day_after.isoformat())

    await until(is_known_to_the_api)
    notice = {
        "subscription_id": on_a,
        "event": "payment_success",
        "amount": 29.99,
        "date": boundary.date().isoformat(),
    }
    answer = await stack.notify(notice, webhook_id="ahead")
    assert answer.status_code == 202, answer.text
    await stack.idle()

    found = await details(stack, on_a)
    assert [one["status"] for one in found["invoices"]] == ["PAID", "PAID"]
    assert (found["plan"]["name"], found["pendingChange"]) == ("Basic Plan", None)
    assert "plan_change_dropped" in await types_of(stack, on_a)


async def test_a_notice_that_meets_such_a_change_holds_up_none_of_its_batch(settings: Settings) -> None:
    async with running_stack(settings) as stack:
        _, _, on_a, _ = await two_plans(stack)
        paying = [on_a, *await many(stack, OTHERS)]
        clock = stack.deps.clock
        assert isinstance(clock, SandboxClock)
        late = await clock.now() + timedelta(days=33)
        await clock.set(late, frozen=True)
    async with running_stack(settings, keep=True, billing_workers=0, collection_workers=0) as stack:
        for one in paying:
            notice = {"subscription_id": one, "event": "payment_success", "amount": 29.99}
            on = (late - timedelta(days=1)).date().isoformat()
            answer = await stack.notify(notice | {"date": on}, webhook_id=one)
            assert answer.status_code == 202, answer.text
    async with running_stack(settings, keep=True) as stack:
        await stack.idle()

        found = [await details(stack, one) for one in paying]
        assert [[invoice["status"] for invoice in one["invoices"]] for one in found] == [
            ["PAID", "PAID"] for _ in paying
        ]
        assert found[0]["plan"]["name"] == "Basic Plan"
        dead = await stack.data("{ deadLetters { totalCount } }")
        assert dead["deadLetters"]["totalCount"] == 0
        assert [one async for one in audit_ledger(stack.deps, AuditCounts())] == []


@pytest.mark.parametrize("timing", ["IMMEDIATE", "PERIOD_END"])
async def test_a_change_to_a_plan_that_the_customer_has_is_refused_when_it_is_asked_for(
    stack: Stack, timing: str
) -> None:
    a, b = await a_plan(stack, trialDays=0), await a_plan(stack, trialDays=0, name="Other Plan")
    on_a = await subscribe(stack, a, "x@example.com", card="tok_visa")
    await subscribe(stack, b, "x@example.com")

    refused = await mutate(stack, "changePlan", subscriptionId=on_a, planId=b, timing=timing)

    assert refused == ["ALREADY_SUBSCRIBED"]
    assert (await details(stack, on_a))["pendingChange"] is None


async def test_a_plan_that_is_scheduled_can_be_neither_taken_nor_scheduled_again(stack: Stack) -> None:
    plans = [await a_plan(stack, trialDays=0, name=f"Plan {number}") for number in range(3)]
    first = await subscribe(stack, plans[0], "x@example.com", card="tok_visa")
    second = await subscribe(stack, plans[1], "x@example.com", card="tok_visa")
    later = {"planId": plans[2], "timing": "PERIOD_END"}
    assert await mutate(stack, "changePlan", subscriptionId=first, **later) == []

    assert await mutate(stack, "changePlan", subscriptionId=second, **later) == ["ALREADY_SUBSCRIBED"]
    taken = await mutate(stack, "createSubscription", planId=plans[2], customerEmail="x@example.com")
    assert taken == ["ALREADY_SUBSCRIBED"]
    # Somebody else may, and so may they once the change is taken back.
    assert await mutate(stack, "createSubscription", planId=plans[2], customerEmail="y@example.com") == []
    assert await mutate(stack, "changePlan", subscriptionId=first, planId=plans[0]) == []
    assert await mutate(stack, "changePlan", subscriptionId=second, **later) == []


async def test_a_change_and_a_creation_that_race_end_with_one_subscription_to_the_plan(stack: Stack) -> None:
    a, b = await a_plan(stack, trialDays=0), await a_plan(stack, trialDays=0, name="Other Plan")
    on_a = await subscribe(stack, a, "x@example.com", card="tok_visa")
    change = {"subscriptionId": on_a, "planId": b, "timing": "PERIOD_END"}
    taken = {"planId": b, "customerEmail": "x@example.com", "paymentMethod": {"cardToken": "tok_visa"}}
    await asyncio.gather(mutate(stack, "changePlan", **change), mutate(stack, "createSubscription", **taken))

    await stack.advance(by="P1M")

    customer = {"customer_id": (await stored(stack, on_a))["customer_id"], "ended_at": None}
    plans = [one["terms"]["plan_id"] async for one in stack.deps.store["subscriptions"].find(customer)]
    assert plans.count(b) == 1


# Where the two meet all the same


async def test_a_dropped_change_is_dated_on_its_day_however_late_the_scheduler_is(stack: Stack) -> None:
    _, _, on_a, _ = await two_plans(stack)
    ends_on = date.fromisoformat((await stored(stack, on_a))["period"]["end"])
    clock = stack.deps.clock
    assert isinstance(clock, SandboxClock)
    late = await clock.now() + timedelta(days=100)
    await clock.set(late, frozen=True)

    await run_due_work(stack.deps, now=late)
    await stack.idle()

    dropped = await stack.deps.store["events"].find_one(
        {"subscription_id": on_a, "type": "plan_change_dropped"}
    )
    assert dropped is not None
    at = start_of_day(ends_on, stack.deps.policy.timezone)
    assert (dropped["occurred_at"], dropped["source"]) == (at, "CLOCK")
    assert (await details(stack, on_a))["plan"]["name"] == "Basic Plan"


async def test_two_subscriptions_that_would_change_places_both_stay(stack: Stack) -> None:
    a, _, on_a, on_b = await two_plans(stack)
    await schedule_unseen(stack, on_b, a)

    await stack.advance(by="P2M")

    found = [await details(stack, one) for one in (on_a, on_b)]
    assert [one["plan"]["name"] for one in found] == ["Basic Plan", "Other Plan"]
    assert [len(one["invoices"]) for one in found] == [3, 3]


async def test_resuming_after_the_day_of_such_a_change_bills_the_old_plan(stack: Stack) -> None:
    _, _, on_a, _ = await two_plans(stack)
    assert await mutate(stack, "pauseSubscription", subscriptionId=on_a) == []
    await stack.advance(by="P2M")

    outcome = await answers(stack, "resumeSubscription", [{"subscriptionId": on_a}] * AT_ONCE)

    assert outcome == {"done": 1, "NOT_PAUSED": AT_ONCE - 1}
    found = await details(stack, on_a)
    assert (found["plan"]["name"], found["pendingChange"]) == ("Basic Plan", None)
    assert (await types_of(stack, on_a)).count("plan_change_dropped") == 1


# A repeat of a request gets what the first one came to, whatever became of the plan since


async def test_a_creation_that_is_repeated_at_once_under_its_key_is_one_and_not_refused(stack: Stack) -> None:
    plan = await a_plan(stack, trialDays=0)
    await subscribe(stack, await a_plan(stack, trialDays=0, name="Other Plan"), "x@example.com")
    given = {"planId": plan, "customerEmail": "x@example.com", "idempotencyKey": "once"}

    assert await answers(stack, "createSubscription", [given] * AT_ONCE) == {"done": AT_ONCE}


async def test_a_change_that_is_repeated_under_its_key_is_answered_though_the_plan_is_taken_since(
    stack: Stack,
) -> None:
    a, b, c = [
        await a_plan(stack, trialDays=0, name=f"Plan {number}", price={"amount": str(30 + number)})
        for number in range(3)
    ]
    subscription = await subscribe(stack, a, "x@example.com", card="tok_visa")
    change = {"subscriptionId": subscription, "planId": b, "idempotencyKey": "once"}
    assert await mutate(stack, "changePlan", **change) == []
    assert await mutate(stack, "changePlan", subscriptionId=subscription, planId=c) == []
    await subscribe(stack, b, "x@example.com")

    assert await mutate(stack, "changePlan", **change) == []
    assert (await details(stack, subscription))["plan"]["name"] == "Plan 2"


async def test_a_preview_refuses_what_the_change_would_be_refused_for(stack: Stack) -> None:
    a, b = await a_plan(stack, trialDays=0), await a_plan(stack, trialDays=0, name="Other Plan")
    on_a = await subscribe(stack, a, "x@example.com", card="tok_visa")
    await subscribe(stack, b, "x@example.com")

    answer = await stack.graphql(
        "query($input: PreviewPlanChangeInput!) { previewPlanChange(input: $input) { takesEffectOn } }",
        {"input": {"subscriptionId": on_a, "planId": b}},
    )

    assert [error["extensions"]["code"] for error in answer["errors"]] == ["ALREADY_SUBSCRIBED"]
