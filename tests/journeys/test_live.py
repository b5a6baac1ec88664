import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect

from tests.journeys.asking import a_plan, subscribe
from tests.stack import Stack, running_stack, token

UPDATED = "subscription { subscriptionUpdated { id status } }"
ONE_UPDATED = "subscription($id: ID) { subscriptionUpdated(id: $id) { id status plan { name } } }"
FEED = "subscription { eventFeed { type subscriptionId outcome } }"
REPORT = "subscription { reportUpdated { totalActive } }"


@asynccontextmanager
async def socket(stack: Stack, bearer: str) -> AsyncIterator[ClientConnection]:
    url = f"{stack.url.replace('http', 'ws')}/graphql"
    async with connect(url, subprotocols=["graphql-transport-ws"]) as ws:
        await ws.send(
            json.dumps({"type": "connection_init", "payload": {"Authorization": f"Bearer {bearer}"}})
        )
        assert json.loads(await ws.recv())["type"] == "connection_ack"
        yield ws


async def listen(ws: ClientConnection, query: str, **variables: Any) -> None:
    payload = {"query": query, "variables": variables}
    await ws.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))


async def received(ws: ClientConnection) -> dict[str, Any]:
    message = json.loads(await asyncio.wait_for(ws.recv(), timeout=10))
    assert message["type"] == "next", message
    data: dict[str, Any] = message["payload"]["data"]
    return data


async def paid(stack: Stack, subscription: str) -> None:
    answer = await stack.notify(
        {"subscription_id": subscription, "event": "payment_success", "amount": 29.99, "date": "2026-11-01"},
        webhook_id=f"msg_{subscription}",
    )
    assert answer.status_code == 202


async def test_a_customer_sees_their_own_subscription_change_and_nobody_elses(stack: Stack) -> None:
    plan_id = await a_plan(stack)
    anas = await subscribe(stack, plan_id, "ana@example.com")
    brunos = await subscribe(stack, plan_id, "bruno@example.com")
    async with socket(stack, token(role="customer", email="ana@example.com")) as ws:
        await listen(ws, UPDATED)
        # The report arrives at once, so its arrival proves that the first subscription is listening too.
        await ws.send(json.dumps({"type": "ping"}))
        await ws.recv()
        await paid(stack, brunos)
        await stack.idle()
        await paid(stack, anas)
        assert await received(ws) == {"subscriptionUpdated": {"id": anas, "status": "ACTIVE"}}


async def test_another_customers_subscription_can_not_be_followed(stack: Stack) -> None:
    plan_id = await a_plan(stack)
    anas = await subscribe(stack, plan_id, "ana@example.com")
    await subscribe(stack, plan_id, "bruno@example.com")
    async with socket(stack, token(role="customer", email="bruno@example.com")) as ws:
        await listen(ws, ONE_UPDATED, id=anas)
        await ws.send(json.dumps({"type": "ping"}))
        await ws.recv()
        await paid(stack, anas)
        await stack.idle()
        await ws.send(json.dumps({"type": "ping"}))
        assert json.loads(await ws.recv())["type"] == "pong"


async def test_operators_follow_events_and_the_report(stack: Stack) -> None:
    plan_id = await a_plan(stack)
    subscription = await subscribe(stack, plan_id, "ana@example.com")
    async with socket(stack, token()) as ws, socket(stack, token()) as feed:
        await listen(ws, REPORT)
        assert await received(ws) == {"reportUpdated": {"totalActive": 0}}
        await listen(feed, FEED)
        await feed.send(json.dumps({"type": "ping"}))
        await feed.recv()
        await paid(stack, subscription)
        assert await received(feed) == {
            "eventFeed": {
                "type": "PAYMENT_SUCCESS",
                "subscriptionId": subscription,
                "outcome": "PAYMENT_RECORDED",
            }
        }
        assert await received(ws) == {"reportUpdated": {"totalActive": 1}}


async def test_customers_may_not_follow_all_events(stack: Stack) -> None:
    async with socket(stack, token(role="customer", email="ana@example.com")) as ws:
        await listen(ws, FEED)
        message = json.loads(await ws.recv())
        assert message["type"] == "error" or message["payload"]["errors"], message
        assert "FORBIDDEN" in json.dumps(message)


async def test_the_report_comes_as_server_sent_events_too(stack: Stack) -> None:
    headers = {"authorization": f"Bearer {token()}", "accept": "text/event-stream"}
    async with (
        httpx.AsyncClient(base_url=stack.url, timeout=10) as http,
        http.stream("POST", "/graphql", json={"query": REPORT}, headers=headers) as response,
    ):
        async for line in response.aiter_lines():
            if line.startswith("data:"):
                assert json.loads(line.removeprefix("data:"))["data"] == {"reportUpdated": {"totalActive": 0}}
                break


async def test_what_one_api_takes_is_seen_at_another(stack: Stack) -> None:
    plan_id = await a_plan(stack)
    anas = await subscribe(stack, plan_id, "ana@example.com")
    async with (
        running_stack(
            stack.deps.settings, billing_workers=0, collection_workers=0, relaying=False, keep=True
        ) as other,
        socket(other, token(role="customer", email="ana@example.com")) as ws,
    ):
        await listen(ws, UPDATED)
        await ws.send(json.dumps({"type": "ping"}))
        await ws.recv()
        await paid(stack, anas)
        assert await received(ws) == {"subscriptionUpdated": {"id": anas, "status": "ACTIVE"}}


async def test_who_listened_before_they_ever_subscribed_sees_their_first_subscription(stack: Stack) -> None:
    plan_id = await a_plan(stack)
    async with socket(stack, token(role="customer", email="ana@example.com")) as ws:
        await listen(ws, UPDATED)
        await ws.send(json.dumps({"type": "ping"}))
        await ws.recv()
        await subscribe(stack, plan_id, "bruno@example.com")
        anas = await subscribe(stack, plan_id, "ana@example.com")
        told = [await received(ws)]
        while told[-1]["subscriptionUpdated"]["status"] == "PENDING":
            told.append(await received(ws))
        assert {one["subscriptionUpdated"]["id"] for one in told} == {anas}
        assert told[-1]["subscriptionUpdated"]["status"] == "TRIALING"
