"""Endpoints in an operator's hands: secrets, tests, replays, and what disables one."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from standardwebhooks.webhooks import WebhookVerificationError
from starlette.responses import Response

from ciclo.actions.webhooks.replays import replay_once
from ciclo.domain.webhooks.message import API_VERSION
from ciclo.store.webhooks.deliveries import find_deliveries
from tests.deliveries.asking import CREATE, an_endpoint, ask, deliveries, everything_delivered
from tests.deliveries.receiver import Receiver
from tests.deliveries.test_telling import first_failed, hurried
from tests.journeys.asking import a_plan, subscribe
from tests.stack import Stack, token, until

STATE = """
query($id: ID!) {
  webhookEndpoint(id: $id) { enabled disableReason failingSince stats { succeeded failed pending } }
}"""


async def state(stack: Stack, endpoint: str) -> dict[str, Any]:
    found: dict[str, Any] = (await stack.data(STATE, {"id": endpoint}))["webhookEndpoint"]
    return found


async def stored(stack: Stack) -> str:
    """Return all that is stored of endpoints, messages and deliveries as text."""
    names = ("webhook_endpoints", "messages", "webhook_deliveries", "idempotency")
    return repr([document for name in names async for document in stack.deps.store[name].find({})])


async def test_a_secret_is_shown_once_and_kept_encrypted(stack: Stack, receiver: Receiver) -> None:
    given = {"url": receiver.url, "idempotencyKey": "one"}
    first = (await stack.data(CREATE, {"input": given}))["createWebhookEndpoint"]
    # Who lost the answer asks again under the same key.
    again = (await stack.data(CREATE, {"input": given}))["createWebhookEndpoint"]
    assert first["secret"] == again["secret"]
    assert first["secret"].startswith("whsec_")
    assert first["endpoint"]["secretHint"] == first["secret"].rstrip("=")[-4:]
    assert first["secret"].removeprefix("whsec_") not in await stored(stack)
    assert len((await stack.data("{ webhookEndpoints { id } }"))["webhookEndpoints"]) == 1


async def test_during_a_rotation_both_secrets_verify(stack: Stack, receiver: Receiver) -> None:
    endpoint, old = await an_endpoint(stack, receiver.url)
    rotated = await ask(stack, "rotateWebhookSecret", "secret", endpointId=endpoint, overlapHours=1)
    await ask(stack, "testWebhookEndpoint", "deliveryId", endpointId=endpoint, type="INVOICE_PAID")
    await everything_delivered(stack)
    [told] = receiver.told
    told.verify(old)
    told.verify(rotated["secret"])

    last = await ask(stack, "rotateWebhookSecret", "secret", endpointId=endpoint, overlapHours=0)
    await ask(stack, "testWebhookEndpoint", "deliveryId", endpointId=endpoint, type="INVOICE_PAID")
    await everything_delivered(stack)
    receiver.told[-1].verify(last["secret"])
    with pytest.raises(WebhookVerificationError):
        receiver.told[-1].verify(rotated["secret"])


async def test_a_test_message_goes_to_one_endpoint_and_says_what_it_is(
    stack: Stack, receiver: Receiver
) -> None:
    await an_endpoint(stack, receiver.url + "/other")
    endpoint, secret = await an_endpoint(stack, receiver.url + "/tried", types=["INVOICE_PAID"])
    sent = await ask(
        stack, "testWebhookEndpoint", "deliveryId", endpointId=endpoint, type="SUBSCRIPTION_SUSPENDED"
    )
    await everything_delivered(stack)
    [told] = receiver.told
    told.verify(secret)
    assert (told.path, told.type, told.body["test"]) == ("/hooks/tried", "subscription.suspended", True)
    assert [one["id"] for one in await deliveries(stack, endpoint)] == [sent["deliveryId"]]


async def test_a_replay_keeps_the_id_and_the_body(stack: Stack, receiver: Receiver) -> None:
    endpoint, _ = await an_endpoint(stack, receiver.url, types=["SUBSCRIPTION_CREATED"])
    await subscribe(stack, await a_plan(stack), "ana@example.com")
    await everything_delivered(stack)
    [logged] = await deliveries(stack, endpoint)
    for key in ("again", "again", "and again"):
        replayed = await ask(
            stack, "redeliverWebhooks", "count", deliveryIds=[logged["id"]], idempotencyKey=key
        )
        assert replayed == {"count": 1, "userErrors": []}
        await everything_delivered(stack)
    assert len(receiver.told) == 3
    assert len({(one.id, one.raw) for one in receiver.told}) == 1
    [logged] = await deliveries(stack, endpoint)
    assert len(logged["attempts"]) == 3


async def test_an_endpoint_that_is_gone_is_disabled_at_once_and_the_others_hear_of_it(
    stack: Stack, receiver: Receiver
) -> None:
    gone, _ = await an_endpoint(stack, receiver.url + "/gone", types=["SUBSCRIPTION_CREATED"])
    await an_endpoint(stack, receiver.url + "/watch", types=["WEBHOOK_ENDPOINT_DISABLED"])
    receiver.answer = lambda told: Response(status_code=410) if told.path == "/hooks/gone" else None
    await subscribe(stack, await a_plan(stack), "ana@example.com")

    async def heard() -> bool:
        return "webhook_endpoint.disabled" in receiver.types()

    await until(heard)
    found = await state(stack, gone)
    assert (found["enabled"], found["disableReason"]) == (False, "GONE")
    assert [one["state"] for one in await deliveries(stack, gone)] == ["FAILED"]
    assert receiver.told[-1].body["data"]["id"] == gone


async def fail_for_days(stack: Stack, endpoint: str, *, attempts: int) -> None:
    """Let an endpoint have failed for five days, and its next message fail too."""
    store, now = stack.deps.store, datetime.now(UTC)
    since = now - timedelta(days=5, minutes=1)
    tried = [
        {"at": since + timedelta(hours=n), "ms": 1, "status": 500, "failure": "STATUS", "answer": ""}
        for n in range(attempts)
    ]
    await store["webhook_endpoints"].update_one({"_id": endpoint}, {"$set": {"failing_since": since}})
    await store["webhook_deliveries"].update_many(
        {"endpoint_id": endpoint}, {"$push": {"attempts": {"$each": tried}}}
    )
    await hurried(stack)


@pytest.mark.parametrize(("attempts", "enabled"), [(9, False), (3, True)])
async def test_five_days_of_failures_disable_if_they_are_ten(
    stack: Stack, receiver: Receiver, attempts: int, *, enabled: bool
) -> None:
    endpoint, _ = await an_endpoint(stack, receiver.url, types=["SUBSCRIPTION_CREATED"])
    receiver.answer = lambda _: Response(status_code=500)
    await subscribe(stack, await a_plan(stack), "ana@example.com")
    await until(lambda: first_failed(stack, endpoint))
    tried = len(receiver.told)
    await fail_for_days(stack, endpoint, attempts=attempts)

    async def judged() -> bool:
        return len(receiver.told) > tried and (await state(stack, endpoint))["enabled"] is enabled

    await until(judged)
    assert (await state(stack, endpoint))["disableReason"] == (None if enabled else "FAILING")


async def test_one_success_is_enough_not_to_be_disabled(stack: Stack, receiver: Receiver) -> None:
    endpoint, _ = await an_endpoint(stack, receiver.url, types=["SUBSCRIPTION_CREATED"])
    plan = await a_plan(stack)
    await subscribe(stack, plan, "ana@example.com")
    await everything_delivered(stack)
    receiver.answer = lambda _: Response(status_code=500)
    await subscribe(stack, plan, "rui@example.com")

    async def failing() -> bool:
        return (await state(stack, endpoint))["failingSince"] is not None

    await until(failing)
    tried = len(receiver.told)
    await fail_for_days(stack, endpoint, attempts=12)

    async def cleared() -> bool:
        return len(receiver.told) > tried and (await state(stack, endpoint))["failingSince"] is None

    await until(cleared)
    assert (await state(stack, endpoint))["enabled"]


async def test_what_was_missed_while_disabled_is_delivered_afterwards(
    stack: Stack, receiver: Receiver
) -> None:
    endpoint, _ = await an_endpoint(stack, receiver.url, types=["SUBSCRIPTION_CREATED"])
    plan, began = await a_plan(stack), datetime.now(UTC)
    seen = await subscribe(stack, plan, "ana@example.com")
    await everything_delivered(stack)
    assert (
        await ask(stack, "updateWebhookEndpoint", "endpoint { enabled }", endpointId=endpoint, enabled=False)
    )["endpoint"] == {"enabled": False}
    missed = await subscribe(stack, plan, "rui@example.com")
    await everything_delivered(stack)
    span = {"start": began.isoformat(), "end": (datetime.now(UTC) + timedelta(hours=1)).isoformat()}
    refused = await ask(stack, "redeliverWebhooks", "count", endpointId=endpoint, **span)
    assert refused["userErrors"] == [{"code": "WEBHOOK_ENDPOINT_DISABLED"}]

    await ask(stack, "updateWebhookEndpoint", "endpoint { enabled }", endpointId=endpoint, enabled=True)
    assert (await ask(stack, "redeliverWebhooks", "count", endpointId=endpoint, **span))["count"] == 1
    await everything_delivered(stack)
    assert [one.body["data"]["id"] for one in receiver.told] == [seen, missed]
    # Nothing failed any more, so there is nothing to deliver again but all.
    assert (await ask(stack, "redeliverWebhooks", "count", endpointId=endpoint, **span))["count"] == 0
    all_ = await ask(stack, "redeliverWebhooks", "count", endpointId=endpoint, onlyFailed=False, **span)
    assert all_["count"] == 2


async def test_a_deleted_endpoint_is_told_nothing_more(stack: Stack, receiver: Receiver) -> None:
    endpoint, _ = await an_endpoint(stack, receiver.url)
    deleted = await ask(stack, "deleteWebhookEndpoint", "deletedId", endpointId=endpoint)
    assert deleted["deletedId"] == endpoint
    await subscribe(stack, await a_plan(stack), "ana@example.com")
    assert receiver.told == []
    again = await ask(stack, "deleteWebhookEndpoint", "deletedId", endpointId=endpoint)
    assert again["userErrors"] == [{"code": "WEBHOOK_ENDPOINT_NOT_FOUND"}]
    # Nobody is left to be told.
    assert await stack.deps.store["messages"].find_one({}) is None


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"url": "http://10.0.0.1/hooks"}, {"code": "INVALID_VALUE", "field": ["url"]}),
        ({"url": "http://169.254.169.254/latest"}, {"code": "INVALID_VALUE", "field": ["url"]}),
        ({"url": "http://0xa.1/"}, {"code": "INVALID_VALUE", "field": ["url"]}),
        ({"url": "ftp://example.com"}, {"code": "INVALID_VALUE", "field": ["url"]}),
        (
            {"url": "http://127.0.0.1/", "description": "a" * 201},
            {"code": "INVALID_VALUE", "field": ["description"]},
        ),
        (
            {"url": "http://127.0.0.1/", "types": ["INVOICE_PAID", "INVOICE_PAID"]},
            {"code": "INVALID_VALUE", "field": ["types"]},
        ),
    ],
)
async def test_an_endpoint_that_will_not_do_is_refused(
    stack: Stack, given: dict[str, Any], refusal: dict[str, Any]
) -> None:
    answer = (await stack.data(CREATE, {"input": given}))["createWebhookEndpoint"]
    [error] = answer["userErrors"]
    assert {name: error[name] for name in refusal} == refusal
    assert answer["secret"] is None


async def test_there_are_twenty_endpoints_at_most(stack: Stack) -> None:
    for n in range(20):
        await an_endpoint(stack, f"http://127.0.0.1:9/{n}")
    answer = await stack.data(CREATE, {"input": {"url": "http://127.0.0.1:9/"}})
    assert [error["code"] for error in answer["createWebhookEndpoint"]["userErrors"]] == ["LIMIT_EXCEEDED"]


async def test_creations_that_race_make_no_twenty_first_endpoint(stack: Stack) -> None:
    for n in range(18):
        await an_endpoint(stack, f"http://127.0.0.1:9/{n}")

    answers = await asyncio.gather(
        *(stack.data(CREATE, {"input": {"url": f"http://127.0.0.1:9/race/{n}"}}) for n in range(6))
    )

    made = [answer for answer in answers if answer["createWebhookEndpoint"]["endpoint"]]
    assert len(made) == 2
    assert len((await stack.data("{ webhookEndpoints { id } }"))["webhookEndpoints"]) == 20


async def test_replays_that_race_send_once(stack: Stack, receiver: Receiver) -> None:
    endpoint, _ = await an_endpoint(stack, receiver.url, types=["SUBSCRIPTION_CREATED"])
    await subscribe(stack, await a_plan(stack), "ana@example.com")
    await everything_delivered(stack)
    [logged] = await deliveries(stack, endpoint)
    read = (await find_deliveries(stack.deps.store, [logged["id"]]))[logged["id"]]

    await asyncio.gather(*(replay_once(stack.deps, read) for _ in range(8)))
    await everything_delivered(stack)
    # One that has read it before the others were through with it comes late.
    await replay_once(stack.deps, read)
    await everything_delivered(stack)

    assert len(receiver.told) == 2


async def test_an_endpoint_keeps_the_version_of_bodies_that_it_was_made_with(
    stack: Stack, receiver: Receiver
) -> None:
    given = {"url": receiver.url, "types": ["SUBSCRIPTION_CREATED"], "apiVersion": "1999-01-01"}
    refused = (await stack.data(CREATE, {"input": given}))["createWebhookEndpoint"]["userErrors"]
    assert [(one["code"], one["field"]) for one in refused] == [("INVALID_VALUE", ["apiVersion"])]

    await an_endpoint(stack, receiver.url, types=["SUBSCRIPTION_CREATED"])
    await subscribe(stack, await a_plan(stack), "ana@example.com")
    await everything_delivered(stack)

    [shown] = (await stack.data("{ webhookEndpoints { apiVersion } }"))["webhookEndpoints"]
    assert [one.body["apiVersion"] for one in receiver.told] == [shown["apiVersion"]] == [API_VERSION]


async def test_customers_see_none_of_it(stack: Stack) -> None:
    customer = token(role="customer", email="ana@example.com")
    for document in (
        "{ webhookEndpoints { id } }",
        'mutation { createWebhookEndpoint(input: {url: "https://example.com"}) { secret } }',
        "mutation { redeliverWebhooks(input: {deliveryIds: []}) { count } }",
    ):
        answer = await stack.graphql(document, bearer=customer)
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"]


async def test_a_delivery_log_is_searched_by_object_type_and_state(stack: Stack, receiver: Receiver) -> None:
    endpoint, _ = await an_endpoint(stack, receiver.url)
    plan = await a_plan(stack, trialDays=0)
    ana = await subscribe(stack, plan, "ana@example.com", card="tok_visa")
    await subscribe(stack, plan, "rui@example.com", card="tok_visa")
    await everything_delivered(stack)
    of_ana = await deliveries(stack, endpoint, objectId=ana)
    assert {one["objectId"] for one in of_ana} == {ana}
    assert {"SUBSCRIPTION_CREATED", "SUBSCRIPTION_ACTIVATED"} <= {one["type"] for one in of_ana}
    paid = await deliveries(stack, endpoint, type="INVOICE_PAID", state="SUCCEEDED")
    assert len(paid) == 2
    assert await deliveries(stack, endpoint, state="FAILED") == []
    one = paid[0]["messageId"]
    assert [each["messageId"] for each in await deliveries(stack, endpoint, messageId=one)] == [one]
    counts = (await state(stack, endpoint))["stats"]
    assert counts == {"succeeded": len(receiver.told), "failed": 0, "pending": 0}
