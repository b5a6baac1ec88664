"""Many at once for a few: no more is used than the limit allows, by however many processes it is asked."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from ciclo.settings.settings import Settings
from tests.journeys.entitled import a_trainer, checked, used
from tests.stack import Stack, running_stack, token

RACERS = 64


async def test_sixty_four_race_for_thirty_through_two_servers_and_exactly_thirty_get_one(
    stack: Stack, settings: Settings
) -> None:
    _, trainer = await a_trainer(stack)
    about = {"customer": {"id": trainer}, "feature": "alunos"}
    async with running_stack(
        settings, billing_workers=0, collection_workers=0, relaying=False, keep=True
    ) as other:
        racing = [
            used((stack, other)[number % 2], "consume", **about, idempotencyKey=f"student {number}")
            for number in range(RACERS)
        ]
        answers = await asyncio.gather(*racing)

        # Whoever asks again under the same key, of the other server, hears the same.
        again = await asyncio.gather(
            *(
                used((other, stack)[number % 2], "consume", **about, idempotencyKey=f"student {number}")
                for number in range(RACERS)
            )
        )

    granted = [answer for answer in answers if answer["allowed"]]
    assert sorted(answer["used"] for answer in granted) == list(range(1, 31))
    assert {answer["reason"] for answer in answers if not answer["allowed"]} == {"LIMIT_REACHED"}
    assert again == answers
    assert (await checked(stack, trainer))["used"] == 30


async def test_one_key_sent_by_many_at_once_counts_once(stack: Stack) -> None:
    _, trainer = await a_trainer(stack)
    about = {"customer": {"id": trainer}, "feature": "alunos", "idempotencyKey": "once"}

    answers = await asyncio.gather(*(used(stack, "consume", **about) for _ in range(20)))

    assert {answer["used"] for answer in answers} == {1}
    assert (await checked(stack, trainer))["used"] == 1


async def test_what_is_reserved_and_released_at_the_same_time_adds_up(stack: Stack) -> None:
    _, trainer = await a_trainer(stack)
    about = {"customer": {"id": trainer}, "feature": "alunos"}
    await used(stack, "setUsage", **about, used=20)

    answers = await asyncio.gather(
        *(used(stack, "reserve", **about, quantity=3) for _ in range(8)),
        *(used(stack, "release", **about, quantity=1, idempotencyKey=f"r{n}") for n in range(5)),
    )

    after = await checked(stack, trainer)
    held = sum(3 for answer in answers if answer.get("reservationId"))
    assert (after["used"], after["reserved"]) == (15, held)
    assert after["used"] + after["reserved"] <= 30


@pytest.mark.usefixtures("told")
async def test_each_of_many_at_once_has_its_own_answer_whatever_is_wrong_with_the_others(
    stack: Stack,
) -> None:
    _, trainer = await a_trainer(stack)
    _, broken = await a_trainer(stack, "bia@example.com", name="Outro")
    await used(stack, "setUsage", customer={"id": broken}, feature="alunos", used=1)
    await stack.deps.store["entitlement_usage"].update_one(
        {"customer_id": broken}, {"$set": {"used": "a text"}}
    )
    mistakes = {
        "FEATURE_NOT_FOUND": {"feature": "cavalos"},
        "CUSTOMER_NOT_FOUND": {"customer": {"id": "cus_01h455vb4pex5vsknk084sn02q"}},
        "INVALID_VALUE": {"quantity": 0},
    }
    query = "mutation($input: ConsumeInput!) { consume(input: $input) { allowed used } }"

    def consume(key: str, **changes: object) -> asyncio.Task[Any]:
        about = {"customer": {"id": trainer}, "feature": "alunos", "idempotencyKey": key}
        return asyncio.create_task(used(stack, "consume", **about | changes))

    about_broken = {"customer": {"id": broken}, "feature": "alunos", "idempotencyKey": "unreadable"}
    unreadable = asyncio.create_task(stack.graphql(query, {"input": about_broken}, bearer=token()))
    wrong = {code: consume(code, **given) for code, given in mistakes.items()}
    right = [consume(f"student {number}") for number in range(20)]

    assert sorted([(await one)["used"] for one in right]) == list(range(1, 21))
    assert {code: await one for code, one in wrong.items()} == {code: {"codes": [code]} for code in mistakes}
    assert (await unreadable)["data"] is None
    # What was refused left nothing under its key.
    assert (await consume("INVALID_VALUE"))["used"] == 21


async def test_a_key_of_more_than_a_day_ago_counts_anew(stack: Stack) -> None:
    _, trainer = await a_trainer(stack)
    about = {"customer": {"id": trainer}, "feature": "alunos", "idempotencyKey": "once a day"}

    first = [await used(stack, "consume", **about) for _ in range(2)]
    await stack.deps.store["idempotency"].update_many({}, {"$set": {"expires_at": datetime.now(UTC)}})
    later = [await used(stack, "consume", **about) for _ in range(2)]

    assert [answer["used"] for answer in (*first, *later)] == [1, 1, 2, 2]
