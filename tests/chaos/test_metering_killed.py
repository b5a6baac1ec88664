"""An API dies while customers consume: whoever asks another one again is counted once."""

import asyncio
from typing import Any, Final

import httpx

from ciclo.settings.settings import Settings
from tests.benchmarks.bench import api
from tests.journeys.entitled import a_trainer, checked
from tests.stack import running_stack, token

ASKING: Final = 96
ANSWERED_FIRST: Final = 20


async def test_what_a_dying_process_was_asked_is_counted_once_by_another(settings: Settings) -> None:
    answers: dict[int, dict[str, Any]] = {}
    headers = {"authorization": f"Bearer {token()}"}

    async def consume(http: httpx.AsyncClient, trainer: str, number: int) -> dict[str, Any]:
        body = {"customer": trainer, "feature": "alunos", "idempotencyKey": f"student {number}"}
        response = await http.post("/api/entitlements/consume", json=body, headers=headers)
        response.raise_for_status()
        answer: dict[str, Any] = response.json()
        return answer

    async with running_stack(settings) as stack:
        _, trainer = await a_trainer(stack, limits=[{"name": "alunos", "value": ASKING}])
        heard = asyncio.Event()

        async def ask_the_dying(http: httpx.AsyncClient, number: int) -> None:
            answers[number] = await consume(http, trainer, number)
            if len(answers) >= ANSWERED_FIRST:
                heard.set()

        async with (
            api(settings) as (process, port),
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as doomed,
        ):
            asking = asyncio.gather(
                *(ask_the_dying(doomed, number) for number in range(ASKING)), return_exceptions=True
            )
            await heard.wait()
            process.kill()
            ended = await asking

        assert all(error is None or isinstance(error, httpx.TransportError) for error in ended)
        again = await asyncio.gather(*(consume(stack.http, trainer, number) for number in range(ASKING)))

        assert {number: again[number] for number in answers} == answers
        assert sorted(answer["used"] for answer in again) == list(range(1, ASKING + 1))
        assert (await checked(stack, trainer))["used"] == ASKING
