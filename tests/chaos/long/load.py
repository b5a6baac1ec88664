"""What people and providers do meanwhile: a modest rate of everything that must not get lost."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

import stripe

from tests.chaos.long.client import JSON, Client
from tests.gateways.facts import STRIPE_SECRET
from tests.gateways.fake_stripe import HOOK_PATH, FakeStripe

AT_ONCE_MAX: Final = 60
"""Things under way: while the stack is away callers wait, and no more of them come."""

PRICE: Final = 29.99
REPEATED: Final = 0.3
"""So many of the notices are sent twice, as providers do."""

DECLINED: Final = 0.1
PROVIDER_EVERY_S: Final = 0.5

SUBSCRIBE: Final = """mutation($input: CreateSubscriptionInput!) { createSubscription(input: $input) {
  subscription { id customer { id } } userErrors { code } } }"""
PAYMENTS: Final = """query($id: ID!) { subscription(id: $id) {
  invoices(first: 5) { edges { node { payments { id status } } } } } }"""
LOOK: Final = """{ subscriptionReport { totalActive } plans { totalCount }
  subscriptions(first: 20) { edges { node { id status customer { email } } } } }"""


@dataclass(slots=True)
class Person:
    """A customer with one subscription."""

    subscription_id: str
    customer_id: str
    by_card: bool
    is_busy: bool = False
    """Somebody changes something about them: each change is made once, so that it can be counted."""
    did: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Load:
    """Everybody who asks, at *rate* things a second."""

    client: Client
    provider: FakeStripe
    random: Random
    plan_id: str
    rate: float
    people: list[Person] = field(default_factory=list)
    number: int = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Go on until *stop* is set, then let what is under way end."""
        acts = self._acts()
        free = asyncio.Semaphore(AT_ONCE_MAX)

        async def one(act: Callable[[], Awaitable[None]]) -> None:
            async with free:
                await act()

        async with asyncio.TaskGroup() as tasks:
            telling = tasks.create_task(self._tell_for_provider())
            under_way = set()
            while not stop.is_set():
                if not free.locked():
                    task = tasks.create_task(one(self.random.choice(acts)))
                    under_way.add(task)
                    task.add_done_callback(under_way.discard)
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), self.random.expovariate(self.rate))
            while under_way:
                await asyncio.wait(under_way)
            await self._tell_all_for_provider()
            telling.cancel()

    def _acts(self) -> list[Callable[[], Awaitable[None]]]:
        """Return what is done, each as often as it is likely."""
        return [
            *([self.subscribe_by_notice] * 3),
            *([self.subscribe_by_card] * 2),
            *([self.notify_again] * 4),
            *([self.look] * 2),
            self.grant,
            self.refund,
            self.pause,
            self.cancel,
        ]

    async def subscribe_by_notice(self) -> None:
        """Subscribe somebody who pays elsewhere, and tell that they have paid."""
        person = await self._subscribe({})
        if person is not None:
            await self._tell_paid(person)

    async def subscribe_by_card(self) -> None:
        """Subscribe somebody by card; some of the cards are declined."""
        declines = "generic_decline" if self.random.random() < DECLINED else None
        method = self.provider.method(declines=declines)
        await self._subscribe({"paymentMethod": {"cardToken": method.id}})

    async def notify_again(self) -> None:
        """Tell of money that nobody expects: it is booked, or a person has to look at it."""
        person = self._somebody(lambda one: not one.by_card)
        if person is not None:
            await self._tell_paid(person)

    async def look(self) -> None:
        """Read what operators read."""
        await self.client.graphql("look", LOOK, {})

    async def grant(self) -> None:
        """Give somebody credit."""
        person = self._somebody(lambda _: True)
        if person is not None:
            given = {"customerId": person.customer_id, "amount": "1.00", "currency": "BRL"}
            await self._command("grantCredit", "credit_granted", given)

    async def pause(self) -> None:
        """Pause a subscription."""
        await self._once(
            "pauseSubscription",
            "subscription_paused",
            lambda one: one.by_card and "cancelSubscription" not in one.did,
        )

    async def cancel(self) -> None:
        """End one that was not paused with its period."""
        await self._once(
            "cancelSubscription", "cancellation_requested", lambda one: "pauseSubscription" not in one.did
        )

    async def refund(self) -> None:
        """Give a card's payment back."""
        person = self._somebody(lambda one: one.by_card and not one.is_busy and "refund" not in one.did)
        if person is None:
            return
        person.is_busy = True
        found = await self.client.graphql("payments", PAYMENTS, {"id": person.subscription_id})
        for payment in _payments(found):
            if payment["status"] == "COMPLETED":
                person.did.add("refund")
                if await self._command("refundPayment", "refund_created", {"paymentId": payment["id"]}):
                    self.client.record.refunds.add(payment["id"])
        person.is_busy = False

    async def _subscribe(self, how: dict[str, Any]) -> Person | None:
        self.number += 1
        email = f"person-{self.number}@example.com"
        record = self.client.record
        record.tried.add(email)
        given = {"planId": self.plan_id, "customerEmail": email, **how}
        payload = await self.client.mutate("createSubscription", SUBSCRIBE, given)
        created = payload and payload["subscription"]
        if not created:
            if payload:
                record.findings.append(f"createSubscription: {payload['userErrors']}")
            return None
        record.subscriptions[email] = created["id"]
        person = Person(created["id"], created["customer"]["id"], by_card=bool(how))
        self.people.append(person)
        return person

    async def _tell_paid(self, person: Person) -> None:
        self.number += 1
        webhook_id = f"msg-{self.number}"
        body = {
            "subscription_id": person.subscription_id,
            "event": "payment_success",
            "amount": PRICE,
            "date": "2026-11-29",
        }
        await self.client.notify(body, webhook_id=webhook_id)
        if self.random.random() < REPEATED:
            await self.client.notify(body, webhook_id=webhook_id)

    async def _once(self, mutation: str, event: str, wanted: Callable[[Person], bool]) -> None:
        """Do something to somebody to whom it was not done yet."""
        person = self._somebody(lambda one: wanted(one) and not one.is_busy and mutation not in one.did)
        if person is None:
            return
        person.is_busy = True
        person.did.add(mutation)
        await self._command(mutation, event, {"subscriptionId": person.subscription_id})
        person.is_busy = False

    async def _command(self, mutation: str, event: str, given: dict[str, Any]) -> bool:
        """Run a mutation under a reason by which its event can be found; return whether it was done."""
        self.number += 1
        reason = f"chaos {self.number}"
        record = self.client.record
        record.reasons.add(reason)
        query = (
            f"mutation($input: {mutation[0].upper()}{mutation[1:]}Input!)"
            f" {{ {mutation}(input: $input) {{ userErrors {{ code }} }} }}"
        )
        payload = await self.client.mutate(mutation, query, {**given, "reason": reason})
        if payload is None or payload["userErrors"]:
            return False
        record.commands[reason] = event
        return True

    def _somebody(self, wanted: Callable[[Person], bool]) -> Person | None:
        chosen = [person for person in self.people if wanted(person)]
        return self.random.choice(chosen) if chosen else None

    async def _tell_for_provider(self) -> None:
        """Deliver what the provider has to tell, until this task is cancelled."""
        while True:
            await asyncio.sleep(PROVIDER_EVERY_S)
            await self._tell_all_for_provider()

    async def _tell_all_for_provider(self) -> None:
        while self.provider.events:
            event = self.provider.events.pop(0)
            body = json.dumps(event).encode()
            await self.client.ask("provider", HOOK_PATH, body, lambda body=body: _signed(body))


def _signed(body: bytes) -> dict[str, str]:
    signature = stripe.WebhookSignature.generate_signature_header(
        body.decode(), STRIPE_SECRET, int(time.time())
    )
    return JSON | {"stripe-signature": signature}


def _payments(found: dict[str, Any] | None) -> list[dict[str, Any]]:
    subscription = found and found["subscription"]
    if not subscription:
        return []
    return [one for edge in subscription["invoices"]["edges"] for one in edge["node"]["payments"]]
