"""What a seller's system is told days before it happens."""

import asyncio
from datetime import date, timedelta

from ciclo.actions.processing.due_work import run_due_work
from tests.deliveries.asking import an_endpoint, everything_delivered
from tests.deliveries.receiver import Receiver
from tests.journeys.asking import a_plan, subscribe
from tests.stack import Stack

REMINDERS = ["SUBSCRIPTION_TRIAL_ENDING", "INVOICE_UPCOMING"]


async def test_the_end_of_a_trial_and_a_yearly_invoice_are_told_days_before(
    stack: Stack, receiver: Receiver
) -> None:
    await an_endpoint(stack, receiver.url, types=REMINDERS)
    plan = await a_plan(stack, billingCycle="ANNUAL", trialDays=7)
    subscription = await subscribe(stack, plan, "ana@example.com", card="tok_visa")
    await stack.idle()
    await stack.advance(by="P3D")
    assert receiver.told == []
    await stack.advance(by="P370D")
    await everything_delivered(stack)

    ending, upcoming = (one.body for one in receiver.told)
    assert receiver.types() == ["subscription.trial_ending", "invoice.upcoming"]
    assert {ending["data"]["id"], upcoming["data"]["id"]} == {subscription}
    ends_on = date.fromisoformat(ending["data"]["trial"]["end"])
    assert ending["timestamp"][:10] == (ends_on - timedelta(days=3)).isoformat()
    invoiced_on = date.fromisoformat(upcoming["data"]["nextBillingDate"])
    assert upcoming["timestamp"][:10] == (invoiced_on - timedelta(days=15)).isoformat()


async def test_many_schedulers_say_it_once(stack: Stack, receiver: Receiver) -> None:
    await an_endpoint(stack, receiver.url, types=REMINDERS)
    await subscribe(stack, await a_plan(stack, trialDays=3), "ana@example.com")
    await stack.idle()
    now = await stack.deps.clock.now()

    await asyncio.gather(*(run_due_work(stack.deps, now=now) for _ in range(8)))
    await everything_delivered(stack)

    assert receiver.types() == ["subscription.trial_ending"]
