"""Many at once for a few: no more is used than the limit allows, by however many processes it is asked."""

import asyncio

from ciclo.settings.settings import Settings
from tests.journeys.entitled import a_trainer, checked, used
from tests.stack import Stack, running_stack

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
