"""The judge of a chaos run can see what it looks for: each check finds what was spoiled for it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from random import Random
from typing import Any, Final

import pytest

from ciclo.settings.settings import Settings
from tests.chaos.cards import by_stripe
from tests.chaos.long import judge
from tests.chaos.long.client import Client
from tests.chaos.long.faults import ROLLING
from tests.chaos.long.load import Load
from tests.chaos.long.record import Answer, Record, Recovery, Span
from tests.deliveries.asking import an_endpoint
from tests.deliveries.receiver import receiving
from tests.gateways.fake_stripe import FakeStripe
from tests.gateways.serving import serving
from tests.journeys.asking import a_plan
from tests.stack import running_stack

Spoil = Callable[[judge.Case], Awaitable[Any]]


@pytest.fixture
async def case(settings: Settings) -> AsyncIterator[judge.Case]:
    """A business with something of everything."""
    provider = FakeStripe()
    told = settings.model_copy(update={"webhook_audience_ms": 0})
    async with (
        serving(provider.app()) as url,
        receiving() as receiver,
        running_stack(by_stripe(told, url), delivery_workers=1) as stack,
    ):
        await an_endpoint(stack, receiver.url, types=judge.LISTENED)
        client = Client(http=stack.http, record=Record(), random=Random(1))
        plan_id = await a_plan(stack, trialDays=0)
        load = Load(client, provider, Random(1), plan_id, rate=1.0)
        for act in (load.subscribe_by_notice, load.subscribe_by_card, load.notify_again, load.grant):
            await act()
        await stack.idle()
        await load.refund()
        await load.pause()
        await stack.idle()
        yield judge.Case(deps=stack.deps, provider=provider, receiver=receiver, record=client.record)


async def test_nothing_is_wrong_with_what_nobody_spoiled(case: judge.Case) -> None:
    record = case.record

    assert (len(record.notices), len(record.subscriptions), len(record.refunds)) == (2, 2, 1)
    assert set(record.commands.values()) == {"credit_granted", "refund_created", "subscription_paused"}
    assert await judge.judge(case) == []


async def lose_notice(case: judge.Case) -> None:
    await case.collection("events").delete_one({"_id": next(iter(case.record.notices.values()))})


async def lose_delivery(case: judge.Case) -> None:
    await case.collection("webhook_deliveries").delete_one({})


async def fail_delivery(case: judge.Case) -> None:
    await case.collection("webhook_deliveries").update_one({}, {"$set": {"state": "FAILED"}})


async def tell_nobody(case: judge.Case) -> None:
    case.receiver.told.clear()


async def lose_creation(case: judge.Case) -> None:
    await case.collection("subscriptions").delete_one({"_id": next(iter(case.record.subscriptions.values()))})


async def lose_command(case: judge.Case) -> None:
    await case.collection("events").delete_one({"data.reason": list(case.record.commands)[-1]})


async def double_command(case: judge.Case) -> None:
    event = await case.collection("events").find_one({"data.reason": next(iter(case.record.commands))})
    await case.collection("events").insert_one(event | {"_id": "evt_again", "dedupe_key": "again"})


async def charge_twice(case: judge.Case) -> None:
    case.provider.charged.update(list(case.provider.charged))


async def forget_charge(case: judge.Case) -> None:
    case.provider.intents.clear()


async def forget_refund(case: judge.Case) -> None:
    case.provider.refunds.clear()


async def refund_twice(case: judge.Case) -> None:
    [refund] = case.provider.refunds.values()
    case.provider.refunds["re_again"] = refund


async def lose_number(case: judge.Case) -> None:
    await case.collection("invoices").delete_one({"number": "INV-000001"})


async def bury(case: judge.Case) -> None:
    await case.collection("events").update_one({"type": "credit_granted"}, {"$set": {"dead": True}})


async def change_balance(case: judge.Case) -> None:
    await case.collection("invoices").update_one({"number": "INV-000001"}, {"$inc": {"total": 1}})


async def fail_silently(case: judge.Case) -> None:
    case.record.answers.append(an_answer(status=503, code="UNAVAILABLE", retry_after=False))


async def hang(case: judge.Case) -> None:
    case.record.answers.append(an_answer(status=503, code="UNAVAILABLE", seconds=judge.HANG_S_MAX + 0.1))


async def drop_in_restart(case: judge.Case) -> None:
    case.record.spans.append(Span(name=ROLLING, started_at=0.0, ended_at=1.0))
    case.record.answers.append(an_answer(status=None, code="ReadError"))


async def never_recover(case: judge.Case) -> None:
    case.record.recoveries.append(
        Recovery(fault="x", endured_s=0.0, acknowledged_s=0.1, applied_s=None, goal_s=6.0)
    )


def an_answer(*, status: int | None, code: str, seconds: float = 0.5, retry_after: bool = True) -> Answer:
    return Answer(
        what="notice", started_at=0.0, ended_at=seconds, status=status, code=code, retry_after=retry_after
    )


SPOILED: Final[tuple[tuple[judge.Check, Spoil], ...]] = (
    (judge.answers_honest, fail_silently),
    (judge.answers_in_time, hang),
    (judge.restarts_unnoticed, drop_in_restart),
    (judge.recovered, never_recover),
    (judge.books_right, change_balance),
    (judge.charged_once, charge_twice),
    (judge.refunded_once, refund_twice),
    (judge.refunded_once, forget_refund),
    (judge.charged_once, forget_charge),
    (judge.commands_there_once, double_command),
    (judge.commands_there_once, lose_command),
    (judge.nothing_dead, bury),
    (judge.messages_delivered, fail_delivery),
    (judge.messages_delivered, lose_delivery),
    (judge.messages_delivered, tell_nobody),
    (judge.numbers_gapless, lose_number),
    (judge.notices_applied_once, lose_notice),
    (judge.creations_there_once, lose_creation),
)


async def test_each_check_finds_what_was_spoiled_for_it(case: judge.Case) -> None:
    assert {check for check, _ in SPOILED} == set(judge.CHECKS) - {judge.nobody_died}
    for check, spoil in SPOILED:
        before = await check(case)

        await spoil(case)

        assert set(await check(case)) - set(before), spoil.__name__
