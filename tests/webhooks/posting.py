"""Posts notices as a provider does, and looks at what they leave."""

from datetime import UTC, datetime
from typing import Any

import httpx

from ciclo.web.webhooks.signature import sign
from tests.stack import WEBHOOK_SECRET, Stack

OTHER_SECRET = "whsec_" + "b3RoZXIgc2VjcmV0IG9mIHRoZSB0ZXN0cywgd3Jvbmc="
NOBODY = "sub_01h455vb4pex5vsknk084sn02q"
NOTICE: dict[str, Any] = {
    "subscription_id": NOBODY,
    "event": "payment_success",
    "amount": 29.99,
    "date": "2025-01-01",
}


async def events(stack: Stack) -> int:
    return await stack.deps.store["events"].count_documents({"source": "WEBHOOK"})


async def posted(
    stack: Stack,
    body: bytes,
    *,
    webhook_id: str = "msg_x",
    secret: str = WEBHOOK_SECRET,
    at: datetime | None = None,
    **headers: str,
) -> httpx.Response:
    signed = sign(body, webhook_id=webhook_id, secret=secret, at=at or datetime.now(UTC))
    given = {**signed, "content-type": "application/json", **headers}
    return await stack.http.post("/api/webhooks/payment", content=body, headers=given)


def assert_problem(answer: httpx.Response, status: int, code: str) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["request_id"]
