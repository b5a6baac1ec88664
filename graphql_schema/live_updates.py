"""Live updates: subscriptions in GraphQL's own sense, over graphql-transport-ws and SSE."""

import asyncio
import secrets
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Final

import strawberry
from graphql import GraphQLError

from ciclo.actions.caller import NOBODY
from ciclo.actions.customers.finding import get_customer
from ciclo.actions.live_updates import (
    ENTITLEMENTS_CHANGED,
    LISTENERS_OF_VIEWER_MAX,
    Listener,
    ListenerTooSlow,
    ServerEnding,
    SubscriptionChange,
    TooManyListeners,
    TooManyOfViewer,
)
from ciclo.domain.events.event_type import EventType
from ciclo.domain.ids import CustomerId, parse_id
from ciclo.store.events.lists import find_event
from ciclo.store.mongo.transient_errors import is_transient
from ciclo.store.reports import subscriptions as reports
from ciclo.store.subscriptions import find_subscription
from ciclo.store.webhooks.endpoints import LISTENER_KEPT_FOR, forget_listener, keep_listener
from ciclo.store.webhooks.messages import find_messages
from graphql_schema.context import Context, Info, Operator, SignedIn
from graphql_schema.queries.entitlement import CustomerArgument, customer_of
from graphql_schema.types.account import BillingSubscription
from graphql_schema.types.entitlements.entitlement import EntitlementSet
from graphql_schema.types.enums import WebhookMessageType
from graphql_schema.types.event import Event
from graphql_schema.types.report import SubscriptionReport
from graphql_schema.types.webhook import WebhookMessage

LISTENER_RENEWALS: Final = 3
"""How often a listener says that it is there, in the time after which it counts as gone."""

REPORT_EVERY_S: Final = 1.0
"""A report is sent at most this often, however much changes."""


@strawberry.type
class Subscription:
    """The root of live updates."""

    @strawberry.subscription(
        permission_classes=[SignedIn],
        description="A subscription in its new state, whenever something happens to it: the viewer's own, "
        "for an operator any. Fetch the present state when you connect.",
    )
    async def subscription_updated(
        self,
        info: Info,
        id: strawberry.ID | None = None,  # noqa: A002 - the API's name
    ) -> AsyncGenerator[BillingSubscription, None]:
        """Follow one subscription, or all that the viewer may see."""
        context = info.context
        wanted = parse_id("sub", id) if id else None
        concern = _Concern(owner=await context.owner(), subscription_id=wanted)
        with _listening(context, concern) as listener:
            async for change in _changes(listener):
                await context.renew()
                concern.owner = await context.owner()
                subscription_id = change.subscription_id if change else wanted
                if subscription_id is None:
                    continue
                found = await find_subscription(context.deps.store, subscription_id, owner=concern.owner)
                if found is not None:
                    yield BillingSubscription.of(found)

    @strawberry.subscription(
        permission_classes=[Operator], description="Every event, as soon as it has been applied."
    )
    async def event_feed(self, info: Info) -> AsyncGenerator[Event, None]:
        """Follow the events."""
        context = info.context
        with _listening(context, _everything) as listener:
            async for change in _changes(listener):
                record = await find_event(context.deps.store, change.event_id) if change else None
                if record is not None:
                    yield Event.of(record)

    @strawberry.subscription(
        permission_classes=[Operator],
        description="What webhook endpoints would be told, as it is committed, of these types or of all. "
        "Nothing is kept for who listens: it is for desks, an endpoint misses nothing.",
    )
    async def webhook_messages(
        self, info: Info, types: list[WebhookMessageType] | None = None
    ) -> AsyncGenerator[WebhookMessage, None]:
        """Follow the messages."""
        context = info.context
        wanted = set(types or WebhookMessageType)
        with _listening(context, _is_told) as listener:
            async with _audible(context):
                async for change in _changes(listener):
                    ids = change.message_ids if change else ()
                    found = await find_messages(context.deps.store, ids)
                    for message_id in ids:
                        message = found.get(message_id)
                        if message is not None and message.type in wanted:
                            yield WebhookMessage.of(message)

    @strawberry.subscription(
        permission_classes=[Operator],
        description="The subscription report when you connect and whenever something changed, "
        "once a second at most.",
    )
    async def report_updated(self, info: Info) -> AsyncGenerator[SubscriptionReport, None]:
        """Follow the counts."""
        context = info.context
        with _listening(context, _everything, coalescing=True) as listener:
            changes = _changes(listener)
            while True:
                sent_at = time.monotonic()
                yield SubscriptionReport.of(await reports.subscription_report(context.deps.store))
                await asyncio.sleep(max(0.0, sent_at + REPORT_EVERY_S - time.monotonic()))
                await anext(changes)

    @strawberry.subscription(
        permission_classes=[SignedIn],
        description="What a customer may use: when you connect, and whenever that or its use has changed.",
    )
    async def entitlements_changed(
        self, info: Info, customer: CustomerArgument = None
    ) -> AsyncGenerator[EntitlementSet, None]:
        """Follow what one customer may use."""
        context = info.context
        customer_id = (await get_customer(context.deps, await customer_of(info, customer))).id
        last: object = None
        with _listening(context, lambda change: change.customer_id == customer_id, coalescing=True) as heard:
            changes = _changes(heard)
            while True:
                entitlements, items = await context.meter.reader.all_of(customer_id)
                if last != (entitlements, items):
                    last = entitlements, items
                    await context.renew()
                    yield EntitlementSet.of(entitlements, items, as_of=context.now)
                await anext(changes)


def _is_told(change: SubscriptionChange) -> bool:
    return bool(change.message_ids)


@asynccontextmanager
async def _audible(context: Context) -> AsyncIterator[None]:
    """Let messages be written for as long as the block lasts: there is somebody to tell."""
    listener_id = secrets.token_hex(16)
    keeping = asyncio.create_task(_keep(context, listener_id))
    try:
        yield
    finally:
        keeping.cancel()
        await asyncio.wait({keeping})
        await forget_listener(context.deps.store, listener_id)


async def _keep(context: Context, listener_id: str) -> None:
    store = context.deps.store
    while True:
        try:
            await keep_listener(store, listener_id, until=context.deps.wall() + LISTENER_KEPT_FOR)
        except Exception as error:
            if not is_transient(error):
                raise
        await asyncio.sleep(LISTENER_KEPT_FOR.total_seconds() / LISTENER_RENEWALS)


@dataclass(slots=True, kw_only=True)
class _Concern:
    """Whose changes, or which subscription's, somebody follows; no owner stands for all.

    Who has no subscription yet is told of every new one, and then looks whether it is theirs.
    """

    owner: CustomerId | None
    subscription_id: str | None

    def __call__(self, change: SubscriptionChange) -> bool:
        """Return whether a change may be one to show."""
        if change.type == ENTITLEMENTS_CHANGED:
            return False
        might_be_theirs = self.owner == NOBODY and change.type == EventType.SUBSCRIPTION_CREATED
        ours = self.owner in {None, change.customer_id} or might_be_theirs
        return ours and self.subscription_id in {None, change.subscription_id}


def _everything(change: SubscriptionChange) -> bool:
    """Say yes to every event: what somebody uses of a feature is none."""
    return change.type != ENTITLEMENTS_CHANGED


@contextmanager
def _listening(
    context: Context, concerns: Callable[[SubscriptionChange], bool], *, coalescing: bool = False
) -> Iterator[Listener]:
    """Listen to the changes that *concerns* tells apart.

    Raises:
        GraphQLError: this process ends, has no room for another listener, or for one of this viewer.
    """
    try:
        with context.hub.listen(concerns, viewer=context.viewer.subject, coalescing=coalescing) as listener:
            yield listener
    except TooManyOfViewer:
        raise GraphQLError(
            f"you have {LISTENERS_OF_VIEWER_MAX} live updates open already; close some of them",
            extensions={"code": "TOO_MANY_LIVE_UPDATES"},
        ) from None
    except TooManyListeners:
        raise GraphQLError(
            "too many listeners; try again later", extensions={"code": "TOO_MANY_LISTENERS"}
        ) from None
    except ServerEnding:
        raise GraphQLError("this process ends; connect again", extensions={"code": "CONNECT_AGAIN"}) from None


async def _changes(listener: Listener) -> AsyncGenerator[SubscriptionChange | None, None]:
    """Yield changes.

    Raises:
        GraphQLError: the client does not keep up.
    """
    try:
        async for change in listener.changes():
            yield change
    except ListenerTooSlow:
        raise GraphQLError(
            "the client is too slow; connect again and fetch the present state",
            extensions={"code": "SLOW_CLIENT"},
        ) from None
