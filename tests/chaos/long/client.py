"""Callers of the API as they should be: each has a limit of time, and asks again under the same key."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any, Final

import httpx
import orjson

from ciclo.web.webhooks.signature import sign
from tests.chaos.long.record import Answer, Record
from tests.stack import WEBHOOK_SECRET, token

CALLER_S_MAX: Final = 30.0
"""The time after which a caller goes away: far more than any answer may take, so that hangs are seen."""

ASKED_S_MAX: Final = 120.0
"""How long one thing is asked for again and again."""

AGAIN_S: Final = 0.25
AGAIN_S_MAX: Final = 1.0
SERVER_FAULT: Final = 500
UNAVAILABLE: Final = "UNAVAILABLE"
JSON: Final = {"content-type": "application/json"}


@dataclass(frozen=True, kw_only=True)
class Client:
    """All callers of a run, who share a pool of connections."""

    http: httpx.AsyncClient
    record: Record
    random: Random

    async def graphql(self, what: str, query: str, variables: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the data of an answer; None if there was none in all the time."""
        body = orjson.dumps({"query": query, "variables": variables})
        answer = await self.ask(what, "/graphql", body, lambda: JSON | {"authorization": f"Bearer {token()}"})
        data: dict[str, Any] | None = answer.json()["data"] if answer else None
        return data

    async def mutate(self, what: str, query: str, given: Mapping[str, Any]) -> dict[str, Any] | None:
        """Run a mutation under a key of its own; return its payload, None if nothing was heard of it."""
        key = f"{what}-{self.random.getrandbits(64):x}"
        data = await self.graphql(what, query, {"input": {**given, "idempotencyKey": key}})
        payload: dict[str, Any] | None = data and data[what]
        return payload

    async def notify(self, body: Mapping[str, Any], *, webhook_id: str) -> bool:
        """Post a notice until it is acknowledged; return whether it was."""
        raw = orjson.dumps(body)

        def headers() -> dict[str, str]:
            return JSON | sign(raw, webhook_id=webhook_id, secret=WEBHOOK_SECRET, at=datetime.now(UTC))

        answer = await self.ask("notice", "/api/webhooks/payment", raw, headers)
        if answer is not None:
            self.record.notices[webhook_id] = answer.json()["event_id"]
        return answer is not None

    async def ask(
        self, what: str, path: str, body: bytes, headers: Callable[[], dict[str, str]]
    ) -> httpx.Response | None:
        """Post until there is a good answer; None if the request itself is refused, or all time is over."""
        ends_at = time.monotonic() + ASKED_S_MAX
        pause_s = AGAIN_S
        while time.monotonic() < ends_at:
            response, answer = await self._once(what, path, body, headers())
            if response is not None and answer.is_good:
                return response
            if answer.status is not None and answer.status < SERVER_FAULT and answer.code != UNAVAILABLE:
                self.record.findings.append(f"{what}: {answer.status} {answer.code}")
                return None
            await asyncio.sleep(pause_s * (0.5 + self.random.random()))
            pause_s = min(AGAIN_S_MAX, 2 * pause_s)
        self.record.findings.append(f"{what}: no answer within {ASKED_S_MAX:.0f} s")
        return None

    async def _once(
        self, what: str, path: str, body: bytes, headers: Mapping[str, str]
    ) -> tuple[httpx.Response | None, Answer]:
        started_at = time.monotonic()
        response: httpx.Response | None = None
        try:
            response = await self.http.post(path, content=body, headers=headers)
        except httpx.TransportError as error:
            code: str | None = type(error).__name__
        else:
            code = _code(response)
        answer = Answer(
            what=what,
            started_at=started_at,
            ended_at=time.monotonic(),
            status=response.status_code if response is not None else None,
            code=code,
            retry_after=response is not None and "retry-after" in response.headers,
        )
        self.record.answers.append(answer)
        return response, answer


def _code(response: httpx.Response) -> str | None:
    """Return the code of the error that an answer tells, if it tells one."""
    if not response.headers.get("content-type", "").partition(";")[0].endswith("json"):
        return response.text[:80] if response.is_error else None
    body = response.json()
    errors = body.get("errors") or ()
    for error in errors:
        return str(error.get("extensions", {}).get("code"))
    return str(body.get("code")) if response.is_error else None
