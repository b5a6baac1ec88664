"""Says what a run has broken: each check looks at the record, what is stored, or what the provider knows."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ciclo.actions.dependencies import Deps
from ciclo.domain.webhooks.message import MessageType
from ciclo.store.ledger.numbering import NUMBERED, read_number_series
from tests.chaos.long.faults import MOVING, ROLLING, audit
from tests.chaos.long.members import Member
from tests.chaos.long.record import Answer, Record
from tests.deliveries.receiver import Receiver
from tests.gateways.fake_stripe import FakeStripe

HANG_S_MAX: Final = 5.0
"""Any answer comes within this, whatever it says: beyond it a caller has to guess. The time for which callers
and APIs waited for a processor meanwhile is taken off, so that a busy machine is not taken for a slow API."""

RECOVERY_S_MAX: Final = 60.0
SETTLED_S_MAX: Final = 120.0
POLL_S: Final = 0.25
LISTENED: Final = ("SUBSCRIPTION_CREATED", "SUBSCRIPTION_CANCELLED", "INVOICE_PAID")
"""What the seller's system hears of."""

NAMED_MAX: Final = 5
"""Examples that a finding names."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """What is judged."""

    deps: Deps
    provider: FakeStripe
    receiver: Receiver
    """The seller's own system, which takes every message at once."""
    record: Record
    members: Sequence[Member] = ()

    def collection(self, name: str) -> Any:
        """Return what is stored under a name."""
        return self.deps.store[name]


Check = Callable[[Case], Awaitable[list[str]]]


WAITING: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    ("events", {"processed": False, "dead": False}),
    ("messages", {"fanned_out": False}),
    ("webhook_deliveries", {"state": "PENDING"}),
)
"""What waits to be processed, told, delivered: in this order, since each leads to the next."""


async def settle(deps: Deps) -> list[str]:
    """Wait until nothing waits any more; return what still does."""
    left = [one for name, waiting in WAITING for one in await _settled(deps, name, waiting)]
    return [f"{one['_id']} ({one['type']}) still waits after {SETTLED_S_MAX:.0f} s" for one in left]


async def _settled(deps: Deps, name: str, waiting: dict[str, Any]) -> list[dict[str, Any]]:
    for _ in range(int(SETTLED_S_MAX / POLL_S)):
        if not await deps.store[name].find_one(waiting):
            return []
        await asyncio.sleep(POLL_S)
    return await deps.store[name].find(waiting).to_list(NAMED_MAX)


async def judge(case: Case) -> list[str]:
    """Return everything that is wrong."""
    told = Counter(case.record.findings)
    found = [f"{text} x{number}" for text, number in told.items()] + await settle(case.deps)
    for check in CHECKS:
        found += await check(case)
    return found


async def notices_applied_once(case: Case) -> list[str]:
    """Return the acknowledged notices that are not there, or were not applied."""
    wanted = set(case.record.notices.values())
    applied = {"_id": {"$in": list(wanted)}, "processed": True, "dead": False, "seq": {"$ne": None}}
    there = {one["_id"] async for one in case.collection("events").find(applied, {"_id": 1})}
    twice = [
        one["_id"]
        async for one in case.collection("events").aggregate(
            [
                {"$match": {"seq": {"$ne": None}}},
                {"$group": {"_id": {"subscription": "$subscription_id", "seq": "$seq"}, "n": {"$sum": 1}}},
                {"$match": {"n": {"$gt": 1}}},
            ]
        )
    ]
    return [*_named("notices were acknowledged and not applied", wanted - there), *_named("twice", twice)]


async def creations_there_once(case: Case) -> list[str]:
    """Return the acknowledged subscriptions that are missing, and the customers who have two."""
    emails = {one["_id"]: one["email"] async for one in case.collection("customers").find({}, {"email": 1})}
    stored: Counter[str] = Counter()
    ids: set[str] = set()
    async for one in case.collection("subscriptions").find({}, {"customer_id": 1}):
        stored[emails[one["customer_id"]]] += 1
        ids.add(one["_id"])
    missing = {email for email, id_ in case.record.subscriptions.items() if id_ not in ids}
    return [
        *_named("creations were acknowledged and are not there", missing),
        *_named("creations were doubled", [email for email, number in stored.items() if number > 1]),
        *_named("subscriptions are nobody's", stored.keys() - case.record.tried),
    ]


async def commands_there_once(case: Case) -> list[str]:
    """Return the acknowledged mutations whose event is missing, and those that left two."""
    reasons = {"data.reason": {"$in": list(case.record.reasons)}}
    stored: Counter[tuple[str, str]] = Counter()
    async for one in case.collection("events").find(reasons, {"type": 1, "data.reason": 1}):
        stored[one["data"]["reason"], one["type"]] += 1
    missing = [
        f"{event} ({reason})"
        for reason, event in case.record.commands.items()
        if (reason, event) not in stored
    ]
    return [
        *_named("mutations were acknowledged and are not there", missing),
        *_named("mutations were doubled", [key for key, number in stored.items() if number > 1]),
    ]


async def charged_once(case: Case) -> list[str]:
    """Compare what the provider charged with what is booked."""
    provider = case.provider
    paid = {"method.kind": "CREDIT_CARD", "status": {"$in": ["COMPLETED", "REFUNDED"]}}
    booked = {
        one["provider_reference"]
        async for one in case.collection("payments").find(paid, {"provider_reference": 1})
    }
    charged = {id_ for id_, one in provider.intents.items() if one["status"] == "succeeded"}
    return [
        *_named("charges were made twice", [key for key, number in provider.charged.items() if number > 1]),
        *_named("charges are not booked", charged - booked),
        *_named("payments are booked that the provider does not know", booked - charged),
    ]


async def refunded_once(case: Case) -> list[str]:
    """Compare the refunds that were acknowledged with the provider's."""
    wanted = {"_id": {"$in": list(case.record.refunds)}}
    asked = {
        one["provider_reference"]
        async for one in case.collection("payments").find(wanted, {"provider_reference": 1})
    }
    made = Counter(one["payment_intent"] for one in case.provider.refunds.values())
    return [
        *_named("refunds were acknowledged and not made", asked - made.keys()),
        *_named("refunds were made twice", [intent for intent, number in made.items() if number > 1]),
    ]


async def messages_delivered(case: Case) -> list[str]:
    """Compare what the seller's system was told with what is stored, and with what was acknowledged."""
    told, heard_of = set(case.receiver.ids()), {one.body["data"]["id"] for one in case.receiver.told}
    states = {
        one["message_id"]: one["state"]
        async for one in case.collection("webhook_deliveries").find({}, {"message_id": 1, "state": 1})
    }
    wanted = {"type": {"$in": [MessageType[name].value for name in LISTENED]}}
    messages = {one["_id"] async for one in case.collection("messages").find(wanted, {"_id": 1})}
    begun = {"_id": {"$in": list(case.record.subscriptions.values())}, "status": {"$ne": "PENDING"}}
    taken_up = {one["_id"] async for one in case.collection("subscriptions").find(begun, {"_id": 1})}
    return [
        *_named("messages have no delivery", messages - states.keys()),
        *_named("deliveries did not succeed", [id_ for id_, state in states.items() if state != "SUCCEEDED"]),
        *_named("messages were never told", messages - told),
        *_named("messages were told and are not stored", told - messages),
        *_named("subscriptions were taken up and never told", taken_up - heard_of),
    ]


async def numbers_gapless(case: Case) -> list[str]:
    """Return the series of numbers that have gaps."""
    store = case.deps.store
    series = [await read_number_series(store, collection, name) for collection, name in NUMBERED.items()]
    return [f"{one}: not gapless" for one in series if not one.numbers == one.highest == one.counter]


async def nothing_dead(case: Case) -> list[str]:
    """Return the dead letters: nothing here fails by its own fault."""
    dead = await case.collection("events").find({"dead": True}).to_list(None)
    return [f"dead letter {one['_id']} ({one['type']}): {one['last_error']}" for one in dead]


async def books_right(case: Case) -> list[str]:
    """Return what `ciclo audit` finds."""
    found = await audit(case.deps.settings)
    return [f"audit: {found}"] if found else []


async def answers_honest(case: Case) -> list[str]:
    """Return the server's faults that are not 503 with Retry-After."""
    wrong = [
        f"{one.what} {one.status} {one.code}{'' if one.retry_after else ' without Retry-After'}"
        for one in case.record.answers
        if (one.status is not None and one.status >= 500 and (one.status != 503 or not one.retry_after))
        or (one.status == 200 and one.code not in {None, "UNAVAILABLE"})
    ]
    return [f"{text} x{number}" for text, number in Counter(wrong).items()]


async def answers_in_time(case: Case) -> list[str]:
    """Return the answers that took longer than anything may, unless what should give them was frozen."""
    late = [one for one in case.record.answers if one.status is not None and _is_late(case.record, one)]
    worst = sorted(late, key=lambda one: -one.seconds)[:NAMED_MAX]
    return [f"one of {len(late)} later than {HANG_S_MAX:.0f} s: {_told(case.record, one)}" for one in worst]


def _told(record: Record, one: Answer) -> str:
    """Return an answer with the faults around it: the last one to begin before it, and those meanwhile."""
    before = [span for span in record.spans if span.started_at < one.started_at]
    last = max(before, key=lambda span: span.started_at, default=None)
    since = f"{one.started_at - last.ended_at:+.1f} s after {last.name}" if last else "at the beginning"
    return f"{one.what} {one.status} {one.code or ''} took {one.seconds:.1f} s, {since}"


def _is_late(record: Record, one: Answer) -> bool:
    # Moving the clock waits for the workers, as it says.
    if one.what == MOVING or one.seconds - record.stalled_s(one) <= HANG_S_MAX:
        return False
    return not any(span.name == "API frozen" and span.overlaps(one) for span in record.spans)


async def restarts_unnoticed(case: Case) -> list[str]:
    """Return the requests that failed while the APIs were restarted one after the other."""
    spans = [span for span in case.record.spans if span.name == ROLLING]
    failed = [
        f"{one.what}: {one.status} {one.code}"
        for one in case.record.answers
        if not one.is_good and any(span.overlaps(one) for span in spans)
    ]
    return [f"failed during a rolling restart: {text} x{number}" for text, number in Counter(failed).items()]


async def recovered(case: Case) -> list[str]:
    """Return the faults after which nothing was applied for far too long."""
    return [
        f"nothing was applied within {RECOVERY_S_MAX:.0f} s after: {one.fault}"
        for one in case.record.recoveries
        if one.applied_s is None
    ]


async def nobody_died(case: Case) -> list[str]:
    """Return the processes that ended without anybody's doing."""
    return [surprise for member in case.members for surprise in member.surprises]


CHECKS: Final[tuple[Check, ...]] = (
    notices_applied_once,
    creations_there_once,
    commands_there_once,
    charged_once,
    refunded_once,
    messages_delivered,
    numbers_gapless,
    nothing_dead,
    books_right,
    answers_honest,
    answers_in_time,
    restarts_unnoticed,
    recovered,
    nobody_died,
)


def _named(what: str, which: Any) -> list[str]:
    examples = sorted(map(str, which))
    return [f"{len(examples)} {what}: {', '.join(examples[:NAMED_MAX])}"] if examples else []
