"""A reminder is written once by any number of schedulers, and never sent of what was paid meanwhile."""

import asyncio
from datetime import date

from ciclo.actions.mails.reminders import write_reminders
from ciclo.settings.settings import Settings
from tests.journeys.asking import a_plan, subscribe
from tests.mails.post_office import PostOffice
from tests.mails.test_year import PIX, pay_on
from tests.stack import Stack, local, running_stack, until


async def test_two_schedulers_write_one_reminder_and_nobody_is_reminded_of_what_is_paid(
    settings: Settings, office: PostOffice
) -> None:
    async with running_stack(settings) as stack, running_stack(settings, keep=True) as other:
        await stack.advance(to=local(date(2027, 1, 4)))
        plan = await a_plan(stack, trialDays=3)
        sub = await subscribe(stack, plan, "ana@example.com", paymentMethod=PIX)
        await stack.advance(to=local(date(2027, 1, 7)))
        mails = stack.deps.store["mails"]
        assert await mails.count_documents({"kind": "INVOICE_DUE"}) == 1
        await mails.delete_many({})
        await stack.deps.store["settings"].delete_many({"_id": "mail_reminders"})
        for one in (stack, other):
            one.deps.reminded.day = None
        now = await stack.deps.clock.now()
        await asyncio.gather(*(write_reminders(one.deps, now=now) for one in (stack, other)))
        assert await mails.count_documents({"kind": "INVOICE_DUE"}) == 1
        await pay_on(stack, sub, date(2027, 1, 7))
        await mails.delete_many({"kind": "TRIAL_ENDING"})
    async with running_stack(settings, keep=True, mailers=1) as sending:
        await until(lambda: _all_sent(sending))
        reminder = await sending.deps.store["mails"].find_one({"kind": "INVOICE_DUE"})
        assert reminder is not None
        assert (reminder["state"], reminder["void_reason"]) == ("VOID", "SETTLED")
    assert [subject.partition(":")[0] for subject in office.subjects] == ["Recibo"]


async def _all_sent(stack: Stack) -> bool:
    return await stack.deps.store["mails"].find_one({"state": "WAITING"}) is None
