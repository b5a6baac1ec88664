"""`POST /api/webhooks/payment`, as the design's table has it: what is taken, and what leaves no trace."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from prometheus_client.parser import text_string_to_metric_families

from ciclo.web.webhooks.signature import sign
from tests.journeys.asking import a_plan, subscribe
from tests.stack import WEBHOOK_SECRET, Stack
from tests.webhooks.posting import NOTICE, OTHER_SECRET, assert_problem, events, posted


async def test_accepted_means_stored_and_a_repeat_gets_the_same_event(stack: Stack) -> None:
    body = orjson.dumps(NOTICE)
    first = await posted(stack, body, webhook_id="msg_repeat")
    again = await posted(stack, body, webhook_id="msg_repeat")
    assert (first.status_code, again.status_code) == (202, 200)
    assert first.json() == {"event_id": first.json()["event_id"], "status": "queued"}
    assert again.json() == {**first.json(), "duplicate": True}
    stored = await stack.deps.store["events"].find_one({"_id": first.json()["event_id"]})
    assert stored is not None
    assert stored["data"]["amount"] == 2999
    assert stored["dedupe_key"] == "hook:msg_repeat"


async def test_an_unknown_subscription_is_kept_for_review(stack: Stack) -> None:
    answer = await posted(stack, orjson.dumps(NOTICE), webhook_id="msg_unknown")
    assert answer.status_code == 202
    await stack.idle()
    found = await stack.data(
        "{ events(filter: { needsReview: true }, first: 100) { edges { node { id review outcome } } } }"
    )
    [node] = [
        edge["node"] for edge in found["events"]["edges"] if edge["node"]["id"] == answer.json()["event_id"]
    ]
    assert (node["review"], node["outcome"]) == ("UNKNOWN_SUBSCRIPTION", "NEEDS_REVIEW")


async def test_the_same_id_with_another_body_is_a_conflict(stack: Stack) -> None:
    await posted(stack, orjson.dumps(NOTICE), webhook_id="msg_conflict")
    before = await events(stack)
    other = await posted(stack, orjson.dumps(NOTICE | {"amount": 30}), webhook_id="msg_conflict")
    assert_problem(other, 409, "WEBHOOK_ID_REUSED")
    assert await events(stack) == before


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "MALFORMED_JSON"),
        (b"{", "MALFORMED_JSON"),
        (b"\xff\xfe", "SIGNATURE_REJECTED"),
        (b'{"a": 1, "a": 2}', "MALFORMED_JSON"),
        (b'{"amount": NaN}', "MALFORMED_JSON"),
        (b'{"amount": 1} x', "MALFORMED_JSON"),
        (b"[" * 1_000 + b"]" * 1_000, "MALFORMED_JSON"),
        (b'{"amount": ' + b"9" * 5_000 + b"}", "MALFORMED_JSON"),
    ],
)
async def test_malformed_bodies_are_refused_and_leave_nothing(stack: Stack, body: bytes, code: str) -> None:
    before = await events(stack)
    signed = sign(b"{}", webhook_id="msg_bad", secret=WEBHOOK_SECRET, at=datetime.now(UTC))
    if body != b"\xff\xfe":
        signed = sign(body, webhook_id="msg_bad", secret=WEBHOOK_SECRET, at=datetime.now(UTC))
    answer = await stack.http.post(
        "/api/webhooks/payment", content=body, headers={**signed, "content-type": "application/json"}
    )
    assert_problem(answer, 401 if code == "SIGNATURE_REJECTED" else 400, code)
    assert await events(stack) == before


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"subscription_id": None}, "INVALID_NOTICE"),
        ({"subscription_id": "sub_67890"}, "MALFORMED_ID"),
        ({"subscription_id": {"$ne": ""}}, "INVALID_NOTICE"),
        ({"event": "payment_maybe"}, "INVALID_NOTICE"),
        ({"amount": 0}, "INVALID_NOTICE"),
        ({"amount": -29.99}, "INVALID_NOTICE"),
        ({"amount": True}, "INVALID_NOTICE"),
        ({"amount": "29_99"}, "INVALID_NOTICE"),
        ({"amount": "٢٩"}, "INVALID_NOTICE"),
        ({"amount": 29.999}, "TOO_MANY_DECIMALS"),
        ({"amount": 99999999999999}, "AMOUNT_OUT_OF_RANGE"),
        ({"amount": [29.99]}, "INVALID_NOTICE"),
        ({"date": "yesterday"}, "INVALID_NOTICE"),
        ({"date": "2025-02-30"}, "INVALID_NOTICE"),
        ({"date": 1735689600}, "INVALID_NOTICE"),
        ({"date": "2025-01-01T00:00:00"}, "INVALID_NOTICE"),
        ({"date": "2999-01-01"}, "DATE_IN_FUTURE"),
        ({"date": "0001-01-01T00:00:00+14:00"}, "INVALID_NOTICE"),
        ({"payment_id": "pay_1"}, "MALFORMED_ID"),
        ({"currency": "brl"}, "INVALID_NOTICE"),
        ({"currency": "XXX"}, "UNKNOWN_CURRENCY"),
        ({"currency": "JPY", "amount": 1.5}, "TOO_MANY_DECIMALS"),
        ({"failure_code": "x" * 65}, "INVALID_NOTICE"),
        ({"attempt": 0}, "INVALID_NOTICE"),
        ({"attempt": "1"}, "INVALID_NOTICE"),
    ],
)
async def test_what_can_not_be_is_refused_and_leaves_nothing(
    stack: Stack, change: dict[str, Any], code: str
) -> None:
    before = await events(stack)
    answer = await posted(stack, orjson.dumps(NOTICE | change), webhook_id="msg_invalid")
    assert_problem(answer, 422, code)
    assert await events(stack) == before


@pytest.mark.parametrize("shift", [timedelta(seconds=-320), timedelta(seconds=320)])
async def test_old_and_future_signatures_are_refused(stack: Stack, shift: timedelta) -> None:
    answer = await posted(stack, orjson.dumps(NOTICE), at=datetime.now(UTC) + shift)
    assert_problem(answer, 401, "SIGNATURE_REJECTED")


async def test_forged_and_unsigned_notices_are_refused(stack: Stack) -> None:
    before = await events(stack)
    body = orjson.dumps(NOTICE)
    assert_problem(await posted(stack, body, secret=OTHER_SECRET), 401, "SIGNATURE_REJECTED")
    unsigned = await stack.http.post(
        "/api/webhooks/payment", content=body, headers={"content-type": "application/json"}
    )
    assert_problem(unsigned, 401, "SIGNATURE_REJECTED")
    signed = sign(body, webhook_id="msg_x", secret=WEBHOOK_SECRET, at=datetime.now(UTC))
    tampered = await stack.http.post(
        "/api/webhooks/payment",
        content=body.replace(b"29.99", b"99.99"),
        headers={**signed, "content-type": "application/json"},
    )
    assert_problem(tampered, 401, "SIGNATURE_REJECTED")
    assert await events(stack) == before


async def test_other_types_methods_and_sizes_are_refused(stack: Stack) -> None:
    body = orjson.dumps(NOTICE)
    assert_problem(await posted(stack, body, **{"content-type": "text/plain"}), 415, "UNSUPPORTED_MEDIA_TYPE")
    assert_problem(
        await posted(stack, body, **{"content-encoding": "gzip"}), 415, "UNSUPPORTED_CONTENT_ENCODING"
    )
    large = orjson.dumps(NOTICE | {"padding": "x" * 65_536})
    assert_problem(await posted(stack, large), 413, "BODY_TOO_LARGE")
    assert_problem(await stack.http.get("/api/webhooks/payment"), 405, "METHOD_NOT_ALLOWED")


async def test_fields_that_nobody_asked_for_are_not_kept(stack: Stack) -> None:
    extra = NOTICE | {"card_number": "4242424242424242", "role": "admin", "processed": True}
    answer = await posted(stack, orjson.dumps(extra), webhook_id="msg_extra")
    stored = await stack.deps.store["events"].find_one({"_id": answer.json()["event_id"]})
    assert "4242" not in str(stored)
    assert "admin" not in str(stored)


async def test_amounts_are_read_exactly_as_number_and_as_text(stack: Stack) -> None:
    for number, (amount, minor) in enumerate([(b"19.99", 1999), (b'"19.99"', 1999), (b"20", 2000)]):
        body = orjson.dumps(NOTICE | {"amount": 0}).replace(b'"amount":0', b'"amount":' + amount)
        answer = await posted(stack, body, webhook_id=f"msg_exact_{number}")
        assert answer.status_code == 202, answer.text
        stored = await stack.deps.store["events"].find_one({"_id": answer.json()["event_id"]})
        assert stored is not None
        assert stored["data"]["amount"] == minor


async def test_ten_duplicate_and_shuffled_notices_end_in_one_state(stack: Stack) -> None:
    plan_id = await a_plan(stack, trialDays=0)
    outcomes = []
    notices = [("payment_failed", 1), ("payment_success", 2), ("payment_failed", 3), ("payment_success", 2)]
    for number, order in enumerate(([0, 1, 2, 3, 1], [3, 2, 1, 0, 0], [1, 3, 0, 2, 2])):
        subscription = await subscribe(stack, plan_id, f"shuffle{number}@example.com")
        for place in order + order:
            event, day = notices[place]
            body = NOTICE | {"subscription_id": subscription, "event": event, "date": f"2026-11-0{day}"}
            answer = await posted(stack, orjson.dumps(body), webhook_id=f"msg_{subscription}_{event}_{day}")
            assert answer.status_code in {200, 202}
        await stack.idle()
        found = await stack.data(
            """query($id: ID!) { subscription(id: $id) { status createdAt activatedAt
              invoices { edges { node { status paidAt total { amount } } } }
              payments { edges { node { status failureCode completedAt } } } } }""",
            {"id": subscription},
        )
        outcome = found["subscription"]
        # Each is as old as its own creation, and no notice from before that makes it older.
        assert outcome.pop("activatedAt") == outcome.pop("createdAt")
        outcomes.append(outcome)
    assert outcomes[0]["status"] == "ACTIVE"
    assert outcomes[0]["payments"]["edges"][0]["node"]["status"] == "COMPLETED"
    assert outcomes[0] == outcomes[1] == outcomes[2]


async def test_what_became_of_notices_is_counted(stack: Stack) -> None:
    async def counted() -> dict[str, float]:
        page = (await stack.http.get("/metrics")).text
        return {
            sample.labels["outcome"]: sample.value
            for family in text_string_to_metric_families(page)
            for sample in family.samples
            if sample.name == "ciclo_webhooks_total" and sample.labels["provider"] == "payment"
        }

    before = await counted()
    await posted(stack, orjson.dumps(NOTICE), webhook_id="msg_counted")
    await posted(stack, orjson.dumps(NOTICE), webhook_id="msg_counted")
    await posted(stack, orjson.dumps(NOTICE | {"amount": 1}), webhook_id="msg_counted")
    await posted(stack, orjson.dumps(NOTICE), webhook_id="msg_forged", secret=OTHER_SECRET)
    await posted(stack, b"{", webhook_id="msg_torn")
    after = await counted()

    changes = {outcome: after[outcome] - before.get(outcome, 0) for outcome in after}
    # What never came since this process began may be told as 0, or not at all.
    assert {outcome: change for outcome, change in changes.items() if change} == {
        "accepted": 1,
        "duplicate": 1,
        "conflict": 1,
        "rejected": 1,
        "malformed": 1,
    }
