import asyncio

from ciclo.settings.settings import Settings
from tests.chaos.notices import pay_all, total_active, unpaid_subscriptions
from tests.stack import running_stack


async def test_two_workers_share_a_group_and_apply_everything_once(settings: Settings) -> None:
    async with running_stack(settings) as stack:
        subscriptions = await unpaid_subscriptions(stack, 40)
    async with running_stack(settings, keep=True, billing_workers=2) as stack:
        # Many small posts, so that entries arrive while both workers read.
        for start in range(0, len(subscriptions), 4):
            await pay_all(stack, subscriptions[start : start + 4])
        await stack.idle()
        assert await total_active(stack) == 40
        assert await stack.deps.store["payments"].count_documents({}) == 40
        consumers = await stack.deps.streams.redis.xinfo_consumers(
            f"{settings.stream_prefix}:billing", "billing"
        )
        assert len(consumers) == 2


async def test_emptying_redis_loses_nothing(settings: Settings) -> None:
    async with running_stack(settings) as stack:
        subscriptions = await unpaid_subscriptions(stack, 10)
    async with running_stack(settings, keep=True, billing_workers=0) as stack:
        await pay_all(stack, subscriptions)
        keys = [key async for key in stack.deps.streams.redis.scan_iter(f"{settings.stream_prefix}:*")]
        await stack.deps.streams.redis.delete(*keys)
    async with running_stack(settings, keep=True) as stack:
        await stack.idle()
        assert await total_active(stack) == 10


async def test_the_same_notice_from_many_connections_is_one_payment(settings: Settings) -> None:
    async with running_stack(settings) as stack:
        [subscription] = await unpaid_subscriptions(stack, 1)
        body = {
            "subscription_id": subscription,
            "event": "payment_success",
            "amount": 29.99,
            "date": "2026-11-01",
        }
        answers = await asyncio.gather(*(stack.notify(body, webhook_id="msg_same") for _ in range(100)))
        codes = sorted(answer.status_code for answer in answers)
        assert codes == [200] * 99 + [202]
        assert len({answer.json()["event_id"] for answer in answers}) == 1
        await stack.idle()
        assert await total_active(stack) == 1
        assert await stack.deps.store["events"].count_documents({"type": "payment_success"}) == 1
