from typing import Any

from ciclo.settings.settings import Settings
from tests.chaos.notices import pay_all, total_active, unpaid_subscriptions
from tests.stack import Stack, running_stack, until

DEAD = "{ deadLetters { edges { node { id type tries lastError dead } } } }"
REPLAY = """
mutation($input: ReplayDeadLettersInput!) {
  replayDeadLetters(input: $input) { events { id } userErrors { code } }
}"""
DISCARD = """
mutation($input: DiscardDeadLettersInput!) {
  discardDeadLetters(input: $input) { events { id } userErrors { code field } }
}"""


async def dead_letters(stack: Stack) -> list[dict[str, Any]]:
    found = await stack.data(DEAD)
    return [edge["node"] for edge in found["deadLetters"]["edges"]]


async def corrupted(stack: Stack, subscription: str) -> str:
    """Break the stored notice of a subscription, and return its event's id."""
    events = stack.deps.store["events"]
    notice = await events.find_one({"subscription_id": subscription, "type": "payment_success"})
    assert notice is not None
    await events.update_one({"_id": notice["_id"]}, {"$set": {"data.amount": "twenty-nine"}})
    event_id: str = notice["_id"]
    return event_id


async def test_a_poison_event_is_dead_lettered_and_the_rest_goes_on(settings: Settings) -> None:
    async with running_stack(settings) as stack:
        subscriptions = await unpaid_subscriptions(stack, 6)
    async with running_stack(settings, keep=True, billing_workers=0) as stack:
        await pay_all(stack, subscriptions)
        poison = await corrupted(stack, subscriptions[2])
    async with running_stack(settings, keep=True) as stack:

        async def has_died() -> bool:
            return bool(await dead_letters(stack))

        await until(has_died)
        await stack.idle()
        assert await total_active(stack) == 5
        [letter] = await dead_letters(stack)
        assert (letter["id"], letter["type"], letter["tries"]) == (poison, "PAYMENT_SUCCESS", 2)
        announced = await stack.deps.streams.redis.xrange(f"{settings.stream_prefix}:dead")
        assert [fields[b"event_id"].decode() for _, fields in announced] == [poison]

        await stack.deps.store["events"].update_one({"_id": poison}, {"$set": {"data.amount": 2999}})
        replayed = await stack.data(REPLAY, {"input": {"ids": [poison]}})
        assert replayed["replayDeadLetters"] == {"events": [{"id": poison}], "userErrors": []}
        await stack.idle()
        assert await total_active(stack) == 6
        assert await dead_letters(stack) == []


async def test_a_discarded_letter_stays_in_the_record_and_changes_nothing(settings: Settings) -> None:
    async with running_stack(settings) as stack:
        [subscription] = await unpaid_subscriptions(stack, 1)
    async with running_stack(settings, keep=True, billing_workers=0) as stack:
        await pay_all(stack, [subscription])
        poison = await corrupted(stack, subscription)
    async with running_stack(settings, keep=True) as stack:

        async def has_died() -> bool:
            return bool(await dead_letters(stack))

        await until(has_died)
        discarded = await stack.data(DISCARD, {"input": {"ids": [poison], "reason": "a test"}})
        assert discarded["discardDeadLetters"] == {"events": [{"id": poison}], "userErrors": []}
        again = await stack.data(DISCARD, {"input": {"ids": [poison]}})
        assert again["discardDeadLetters"] == {
            "events": [],
            "userErrors": [{"code": "DEAD_LETTER_NOT_FOUND", "field": ["ids"]}],
        }
        kept = await stack.deps.store["events"].find_one({"_id": poison})
        assert kept is not None
        assert (kept["processed"], kept["outcome"]) == (True, "DISCARDED")
        assert kept["interventions"][0]["reason"] == "a test"
        assert await total_active(stack) == 0
