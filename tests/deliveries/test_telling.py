"""What a seller's system is told, from its own side of the wire."""

import asyncio
from datetime import UTC, datetime, timedelta

from starlette.responses import Response

from ciclo.actions.webhooks.fan_out import fan_out
from tests.deliveries.asking import an_endpoint, deliveries, everything_delivered
from tests.deliveries.receiver import Receiver
from tests.journeys.asking import a_plan, mutate, subscribe
from tests.stack import Stack, until

CARD = "tok_visa"


async def test_a_paid_subscription_is_told_with_signed_snapshots(stack: Stack, receiver: Receiver) -> None:
    _, secret = await an_endpoint(stack, receiver.url)
    plan = await a_plan(stack, trialDays=0)
    subscription = await subscribe(stack, plan, "ana@example.com", card=CARD)
    await everything_delivered(stack)

    for one in receiver.told:
        one.verify(secret)
    assert {
        "subscription.created",
        "subscription.activated",
        "invoice.issued",
        "invoice.paid",
        "payment.succeeded",
    } <= set(receiver.types())
    [paid] = [one.body for one in receiver.told if one.type == "invoice.paid"]
    assert paid["customer"]["email"] == "ana@example.com"
    assert paid["data"]["subscriptionId"] == subscription
    assert paid["data"]["total"] == {"amount": "29.99", "currency": "BRL"}
    assert paid["data"]["status"] == "PAID"
    assert paid["data"]["number"] is not None
    assert len(set(receiver.ids())) == len(receiver.told)


async def test_a_line_says_what_it_is_and_which_item_it_bills(stack: Stack, receiver: Receiver) -> None:
    subscription = await subscribe(stack, await a_plan(stack, trialDays=0), "ana@example.com", card=CARD)
    await an_endpoint(stack, receiver.url)
    item = {"description": "Visit", "unitPrice": {"amount": "150.00"}}
    assert await mutate(stack, "createInvoice", subscriptionId=subscription, items=[item]) == []
    await everything_delivered(stack)

    assert {"invoice.issued", "invoice.paid"} <= set(receiver.types())
    [paid] = [one.body["data"] for one in receiver.told if one.type == "invoice.paid"]
    [line] = paid["lines"]
    assert (paid["kind"], line["kind"], line["description"]) == ("ONE_OFF", "ONE_OFF", "Visit")
    assert line["itemId"].startswith("itm_")


async def test_nobody_to_tell_costs_no_message(stack: Stack) -> None:
    await subscribe(stack, await a_plan(stack), "ana@example.com")
    assert await stack.deps.store["messages"].find_one({}) is None


async def test_an_endpoint_gets_nothing_from_before_its_time(stack: Stack, receiver: Receiver) -> None:
    plan = await a_plan(stack)
    await an_endpoint(stack, receiver.url + "/first", types=["SUBSCRIPTION_CREATED"])
    before = await subscribe(stack, plan, "ana@example.com")
    await everything_delivered(stack)
    later, _ = await an_endpoint(stack, receiver.url + "/later", types=["SUBSCRIPTION_CREATED"])
    # Even if the fan-out of before is done again.
    store = stack.deps.store
    ids = [document["_id"] async for document in store["messages"].find({})]
    await store["messages"].update_many({}, {"$set": {"fanned_out": False}})
    await fan_out(stack.deps, ids)
    after = await subscribe(stack, plan, "rui@example.com")
    await everything_delivered(stack)

    told = [(one.path, one.body["data"]["id"]) for one in receiver.told]
    assert sorted(told) == sorted(
        [("/hooks/first", before), ("/hooks/first", after), ("/hooks/later", after)]
    )
    assert len(await deliveries(stack, later)) == 1


async def test_an_endpoint_is_told_what_it_asked_for(stack: Stack, receiver: Receiver) -> None:
    await an_endpoint(stack, receiver.url, types=["INVOICE_PAID", "PAYMENT_SUCCEEDED"])
    await subscribe(stack, await a_plan(stack, trialDays=0), "ana@example.com", card=CARD)
    await everything_delivered(stack)
    assert sorted(receiver.types()) == ["invoice.paid", "payment.succeeded"]


async def test_what_is_known_is_not_told_again(stack: Stack, receiver: Receiver) -> None:
    plan = await a_plan(stack, trialDays=0)
    subscription = await subscribe(stack, plan, "ana@example.com")
    await an_endpoint(stack, receiver.url)
    body = {
        "subscription_id": subscription,
        "event": "payment_success",
        "amount": 29.99,
        "date": "2026-01-01",
    }
    for _ in range(2):
        await stack.notify(body, webhook_id="msg_1")
        await stack.idle()
    await everything_delivered(stack)
    assert receiver.types().count("payment.succeeded") == 1
    assert receiver.types().count("invoice.paid") == 1


async def hurried(stack: Stack) -> None:
    """Let the time of every pause be over."""
    now = datetime.now(UTC)
    await stack.deps.store["webhook_deliveries"].update_many({"state": "PENDING"}, {"$set": {"next_at": now}})


async def test_a_retry_has_the_same_id_and_body_whatever_happened_since(
    stack: Stack, receiver: Receiver
) -> None:
    endpoint, secret = await an_endpoint(stack, receiver.url, types=["SUBSCRIPTION_CREATED"])
    receiver.answer = lambda _: Response("no room", status_code=503)
    subscription = await subscribe(stack, await a_plan(stack), "ana@example.com")
    await until(lambda: first_failed(stack, endpoint))
    assert (
        await mutate(stack, "cancelSubscription", subscriptionId=subscription, cancelImmediately=True) == []
    )

    receiver.answer = lambda _: None
    await hurried(stack)
    await everything_delivered(stack)
    first, second = receiver.told
    assert (second.id, second.raw) == (first.id, first.raw)
    assert second.body["data"]["status"] == "TRIALING"
    second.verify(secret)
    [logged] = await deliveries(stack, endpoint)
    assert logged["state"] == "SUCCEEDED"
    assert [(one["status"], one["failure"], one["answer"]) for one in logged["attempts"]] == [
        (503, "STATUS", "no room"),
        (204, None, ""),
    ]
    assert logged["message"]["body"] == first.raw.decode()


async def first_failed(stack: Stack, endpoint: str) -> bool:
    found = await deliveries(stack, endpoint)
    return bool(found) and all(one["attempts"] for one in found)


async def test_an_endpoint_that_asks_for_time_gets_it(stack: Stack, receiver: Receiver) -> None:
    endpoint, _ = await an_endpoint(stack, receiver.url, types=["SUBSCRIPTION_CREATED"])
    receiver.answer = lambda _: Response(status_code=429, headers={"retry-after": "3600"})
    await subscribe(stack, await a_plan(stack), "ana@example.com")
    await until(lambda: first_failed(stack, endpoint))
    [logged] = await deliveries(stack, endpoint)
    asked = datetime.fromisoformat(logged["nextAttemptAt"]) - datetime.now(UTC)
    assert timedelta(minutes=55) < asked <= timedelta(hours=1)


async def test_a_redirect_is_not_followed(stack: Stack, receiver: Receiver) -> None:
    endpoint, _ = await an_endpoint(stack, receiver.url, types=["SUBSCRIPTION_CREATED"])
    elsewhere = receiver.url + "/elsewhere"
    receiver.answer = lambda _: Response(status_code=307, headers={"location": elsewhere})
    await subscribe(stack, await a_plan(stack), "ana@example.com")
    await until(lambda: first_failed(stack, endpoint))
    assert [one.path for one in receiver.told] == ["/hooks"]


async def test_an_answer_is_read_up_to_a_bound(stack: Stack, receiver: Receiver) -> None:
    endpoint, _ = await an_endpoint(stack, receiver.url, types=["SUBSCRIPTION_CREATED"])
    receiver.answer = lambda _: Response(b"x" * 10_000_000)
    await subscribe(stack, await a_plan(stack), "ana@example.com")
    await everything_delivered(stack)
    [logged] = await deliveries(stack, endpoint)
    assert logged["state"] == "SUCCEEDED"
    assert logged["attempts"][0]["answer"] == "x" * 1_024


async def test_a_slow_endpoint_holds_up_no_other(stack: Stack, receiver: Receiver) -> None:
    slow, _ = await an_endpoint(stack, receiver.url + "/slow")
    await an_endpoint(stack, receiver.url + "/quick", types=["SUBSCRIPTION_CREATED"])
    hold = asyncio.Event()
    receiver.hold_path, receiver.hold = "/hooks/slow", hold
    plan = await a_plan(stack)
    subscriptions = [await subscribe(stack, plan, f"{n}@example.com") for n in range(20)]

    async def all_told() -> bool:
        quick = {one.body["data"]["id"] for one in receiver.told if one.path == "/hooks/quick"}
        return quick == set(subscriptions)

    await until(all_told)
    assert all(one["state"] == "PENDING" for one in await deliveries(stack, slow))
    hold.set()
    await everything_delivered(stack)


async def test_an_ordered_endpoint_gets_one_objects_messages_in_turn(
    stack: Stack, receiver: Receiver
) -> None:
    endpoint, _ = await an_endpoint(stack, receiver.url, ordered=True)
    plan = await a_plan(stack)
    stuck = await subscribe(stack, plan, "ana@example.com")
    await everything_delivered(stack)
    receiver.told.clear()
    receiver.answer = lambda told: Response(status_code=500) if told.body["data"]["id"] == stuck else None
    assert await mutate(stack, "cancelSubscription", subscriptionId=stuck) == []
    await until(lambda: told_of(receiver, stuck))
    assert await mutate(stack, "uncancelSubscription", subscriptionId=stuck) == []
    assert await mutate(stack, "cancelSubscription", subscriptionId=stuck, cancelImmediately=True) == []
    other = await subscribe(stack, plan, "rui@example.com")
    await until(lambda: told_of(receiver, other))
    # Three messages about the first one wait; only the oldest of them was tried.
    assert len(await deliveries(stack, endpoint, objectId=stuck, state="PENDING")) == 3
    assert len({one.id for one in receiver.told if one.body["data"]["id"] == stuck}) == 1

    receiver.answer = lambda _: None
    receiver.told.clear()
    await hurried(stack)
    await everything_delivered(stack)
    sequences = [one.body["sequence"] for one in receiver.told if one.body["data"]["id"] == stuck]
    assert sequences == sorted(sequences)
    assert receiver.types()[-1] == "subscription.cancelled"


async def told_of(receiver: Receiver, subscription: str) -> bool:
    return any(one.body["data"]["id"] == subscription for one in receiver.told)


async def test_a_message_that_is_not_delivered_for_a_day_is_overtaken(
    stack: Stack, receiver: Receiver
) -> None:
    endpoint, _ = await an_endpoint(stack, receiver.url, ordered=True)
    subscription = await subscribe(stack, await a_plan(stack), "ana@example.com")
    await everything_delivered(stack)
    receiver.answer = lambda _: Response(status_code=500)
    assert await mutate(stack, "cancelSubscription", subscriptionId=subscription) == []
    await until(lambda: pending_attempted(stack, endpoint))
    long_ago = datetime.now(UTC) - timedelta(hours=24)
    await stack.deps.store["webhook_deliveries"].update_many(
        {"state": "PENDING"}, {"$set": {"began_at": long_ago}}
    )
    receiver.answer = lambda _: None
    receiver.told.clear()
    assert await mutate(stack, "uncancelSubscription", subscriptionId=subscription) == []
    await until(lambda: told_of(receiver, subscription))

    async def one_is_left() -> bool:
        return len(await deliveries(stack, endpoint, state="PENDING")) == 1

    await until(one_is_left)
    [overtaken] = await deliveries(stack, endpoint, state="PENDING")
    assert overtaken["messageId"] not in receiver.ids()


async def pending_attempted(stack: Stack, endpoint: str) -> bool:
    found = await deliveries(stack, endpoint, state="PENDING")
    return bool(found) and all(one["attempts"] for one in found)


async def test_messages_are_announced_again_when_redis_lost_them(stack: Stack, receiver: Receiver) -> None:
    await an_endpoint(stack, receiver.url, types=["SUBSCRIPTION_CREATED"])
    subscription = await subscribe(stack, await a_plan(stack), "ana@example.com")
    await everything_delivered(stack)
    store, receiver.told[:] = stack.deps.store, []
    await stack.deps.streams.redis.delete(stack.deps.streams.key("deliveries"))
    # As if the worker had died before it fanned the message out.
    await store["webhook_deliveries"].delete_many({})
    await store["messages"].update_many({}, {"$set": {"fanned_out": False}})
    await until(lambda: told_of(receiver, subscription), seconds=30)


async def test_what_cant_be_read_holds_up_nothing_else(stack: Stack, receiver: Receiver) -> None:
    endpoint, _ = await an_endpoint(stack, receiver.url, types=["SUBSCRIPTION_CREATED"])
    store, past = stack.deps.store, datetime.now(UTC) - timedelta(days=1)
    await store["webhook_endpoints"].insert_one({"_id": "whe_0", "deleted_at": None, "url": 7})
    broken = {"endpoint_id": endpoint, "state": "PENDING", "next_at": past, "held_until": None}
    await store["webhook_deliveries"].insert_one({"_id": "dlv_0", **broken})
    await store["messages"].insert_one(
        {"_id": "msg_0", "type": "of.tomorrow", "fanned_out": False, "next_publish_at": past, "pubs": 0}
    )
    subscription = await subscribe(stack, await a_plan(stack), "ana@example.com")
    await until(lambda: told_of(receiver, subscription))
    found = await store["webhook_deliveries"].find_one({"_id": "dlv_0"})
    assert found is not None
    assert found["state"] == "FAILED"
