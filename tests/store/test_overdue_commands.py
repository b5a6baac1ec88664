"""A command first does what is due: in its own transaction, whatever the schedulers are doing."""

from dataclasses import replace
from datetime import date

import pytest

from ciclo.actions.dependencies import Deps
from ciclo.actions.processing.commands import (
    OVERDUE_TOGETHER_MAX,
    apply_command,
    foresee_subscription,
    preview_command,
)
from ciclo.actions.processing.due_work import run_due_work
from ciclo.domain.batch import AppliedEvent
from ciclo.domain.errors.payments import InvoiceUnpaid
from ciclo.domain.errors.subscriptions import OverdueWorkFailed
from ciclo.domain.events.commands import CancellationRequested, Command, PlanChanged, SubscriptionPaused
from ciclo.domain.events.event import Event
from ciclo.store.idempotency import IdempotentRequest, answer_of
from ciclo.store.ledger.beside import Beside
from tests.builders import SUBSCRIPTION, Story, event, noon, terms
from tests.domain.plans import paid
from tests.store.storing import stored

JAN_10, JAN_19, MAR_20 = date(2026, 1, 10), date(2026, 1, 19), date(2026, 3, 20)
A, B = terms(3100, plan="a"), terms(6200, plan="b")
CANCEL = CancellationRequested(immediately=True)


async def begun(deps: Deps) -> Story:
    """Store a monthly subscription of 31.00 that is paid from 01-10 to 02-10: nobody was there since."""
    story = paid(A, on=JAN_10)
    await stored(deps, story)
    return story


def command(payload: Command, *, on: date = MAR_20) -> Event:
    return event(payload, at=on)


async def invoices(deps: Deps) -> list[tuple[str, int]]:
    found = deps.store["invoices"].find({}, {"period": 1, "total": 1}).sort("period.start", 1)
    return [(one["period"]["start"], one["total"]) async for one in found]


async def history(deps: Deps) -> list[str]:
    found = deps.store["events"].find({"processed": True}, {"type": 1}).sort("seq", 1)
    return [one["type"] async for one in found]


def figures(entry: AppliedEvent) -> list[int]:
    return [one.total for one in entry.decision.account.invoices.values()]


RENEWED = [("2026-01-10", 3100), ("2026-02-10", 3100), ("2026-03-10", 3100)]
"""The periods that began by 03-20, at the price of their day."""


async def test_a_late_cancellation_is_applied_to_an_account_that_is_up_to_date(deps: Deps) -> None:
    await begun(deps)

    await apply_command(deps, command(CANCEL))

    assert await invoices(deps) == RENEWED
    assert await history(deps) == ["period_ended", "period_ended", "cancellation_requested"]


async def test_what_a_command_does_first_the_scheduler_does_not_do_again(deps: Deps) -> None:
    await begun(deps)

    await apply_command(deps, command(PlanChanged(terms=B)))
    assert await run_due_work(deps, now=noon(MAR_20)) == 0

    # 21 of 31 days: 62.00 x 21/31 - 31.00 x 21/31 = 21.00.
    assert await invoices(deps) == [*RENEWED, ("2026-03-20", 2100)]


async def test_a_preview_shows_what_the_command_then_does_and_writes_nothing(deps: Deps) -> None:
    await begun(deps)
    upgrade = command(PlanChanged(terms=B))

    shown = await preview_command(deps, upgrade)
    assert await history(deps) == []
    done = await apply_command(deps, upgrade)

    assert shown.decision == done.decision
    assert set(figures(shown)) - {3100} == {2100}


async def test_a_preview_shows_the_invoice_of_a_trial_that_the_change_cuts_short(deps: Deps) -> None:
    story = Story(JAN_10, of=A, trial_days=14).start()
    await stored(deps, story)

    shown = await preview_command(deps, command(PlanChanged(terms=replace(B, trial_days=7)), on=JAN_19))

    # Seven days of trial would have ended on 01-17: the first period of 62.00 begins with the change.
    assert figures(shown) == [6200]
    assert shown.decision.account.subscription.anchor == JAN_19


async def test_what_was_due_stays_done_if_the_command_is_refused(deps: Deps) -> None:
    await begun(deps)

    # The renewals' charges are on their way only now: a pause can't credit days that are not paid yet.
    with pytest.raises(InvoiceUnpaid):
        await apply_command(deps, command(SubscriptionPaused()))

    assert await invoices(deps) == RENEWED
    assert await history(deps) == ["period_ended", "period_ended"]


async def test_of_a_long_absence_the_first_part_is_committed_before_the_command(deps: Deps) -> None:
    await begun(deps)
    # 2026-02-10 to 2029-01-10 are 36 boundaries: one transaction takes 24, the command's the other 12.
    assert OVERDUE_TOGETHER_MAX == 24
    request = IdempotentRequest(subject="ana", operation="cancel", key="k", fingerprint="f")
    answer = answer_of(request, result_id=SUBSCRIPTION, now=deps.wall())

    await apply_command(deps, command(CANCEL, on=date(2029, 1, 20)), beside=Beside(answer=answer))

    assert await history(deps) == ["period_ended"] * 36 + ["cancellation_requested"]
    assert len({one["processed_at"] async for one in deps.store["events"].find({"processed": True})}) == 2
    assert await deps.store["idempotency"].count_documents({}) == 1


async def test_a_command_finds_the_quantity_and_the_plan_that_are_due_by_then(deps: Deps) -> None:
    story = paid(B, on=JAN_10)
    story.tell(PlanChanged(terms=A), at=date(2026, 1, 20))
    await stored(deps, story)

    at_the_end = await foresee_subscription(deps, story.subscription, at=noon(MAR_20))
    before_it = await foresee_subscription(deps, story.subscription, at=noon(date(2026, 2, 9)))

    assert (at_the_end.terms, at_the_end.pending_change) == (A, None)
    assert before_it == story.subscription


async def test_no_command_is_applied_while_a_rule_fails_at_what_is_due(deps: Deps) -> None:
    await begun(deps)
    lost = replace(deps, policy=replace(deps.policy, timezone="Nowhere/At_All"))

    with pytest.raises(OverdueWorkFailed):
        await apply_command(lost, command(CANCEL))

    assert await history(deps) == []


async def test_no_command_is_applied_while_what_is_due_can_t_be_written(deps: Deps) -> None:
    await begun(deps)
    # 2^62 x 4 is more than a document's number holds.
    too_much = {"$set": {"terms.unit_price": 2**62, "terms.quantity": 4}}
    await deps.store["subscriptions"].update_one({}, too_much)

    with pytest.raises(OverdueWorkFailed):
        await apply_command(deps, command(CANCEL))

    assert await history(deps) == []


async def test_no_command_is_applied_while_something_stands_in_the_way_of_what_is_due(deps: Deps) -> None:
    story = await begun(deps)
    key = f"period_ended:{SUBSCRIPTION}:{story.subscription.period.end}"
    foreign = {"_id": "evt_r", "dedupe_key": key, "processed": False, "dead": False}
    await deps.store["events"].insert_one(foreign)

    with pytest.raises(OverdueWorkFailed):
        await apply_command(deps, command(CANCEL))

    assert await history(deps) == []
    assert await deps.store["subscriptions"].count_documents({"ended_at": None}) == 1


async def test_a_command_before_its_time_comes_does_nothing_of_it(deps: Deps) -> None:
    await begun(deps)

    await apply_command(deps, command(CANCEL, on=date(2026, 2, 9)))

    assert await history(deps) == ["cancellation_requested"]
