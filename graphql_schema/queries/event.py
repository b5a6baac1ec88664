"""Reading events and dead letters, for operators."""

from enum import Enum

import strawberry

from ciclo.domain.ids import parse_id
from ciclo.store.events.dead_letters import count_dead, list_dead
from ciclo.store.events.lists import NEWEST_FIRST, event_query, find_event, list_events
from ciclo.store.mongo.paging import SortOrder, count_documents
from graphql_schema.context import Info, Operator
from graphql_schema.types.enums import EventType
from graphql_schema.types.event import Event
from graphql_schema.types.pagination import After, Connection, First, Listing, OrderDirection, connect


@strawberry.input(description="Which events to list; what is left out does not matter.")
class EventFilter:
    """Conditions on events."""

    type: EventType | None = None
    processed: bool | None = None
    subscription_id: strawberry.ID | None = None
    needs_review: bool | None = strawberry.field(
        default=None, description="Marked for a person to look at, and not decided yet."
    )
    reviewed: bool | None = strawberry.field(default=None, description="It was marked, and is decided.")


@strawberry.enum(description="What events are sorted by.")
class EventOrderField(Enum):
    """Sortable fields: by id, which has the instant at which an event was asked for or fell due."""

    OCCURRED_AT = "OCCURRED_AT"


@strawberry.input(description="How events are sorted.")
class EventOrder:
    """An order."""

    field: EventOrderField = EventOrderField.OCCURRED_AT
    direction: OrderDirection = OrderDirection.DESC


@strawberry.type
class EventQueries:
    """Reading events."""

    @strawberry.field(
        permission_classes=[Operator], description="Events, the newest first unless orderBy says otherwise."
    )
    async def events(
        self,
        info: Info,
        filter: EventFilter | None = None,  # noqa: A002 - the API's name
        order_by: EventOrder | None = None,
        first: First = None,
        after: After = None,
    ) -> Connection[Event]:
        """List events."""
        store, chosen = info.context.deps.store, filter or EventFilter()
        query = event_query(
            event_type=chosen.type,
            processed=chosen.processed,
            subscription_id=parse_id("sub", chosen.subscription_id) if chosen.subscription_id else None,
            needs_review=chosen.needs_review,
            reviewed=chosen.reviewed,
        )
        direction = (order_by or EventOrder()).direction
        sort = SortOrder(field=None, descending=direction is OrderDirection.DESC)
        listing = Listing(
            name="events",
            order=sort,
            read=lambda key, size: list_events(store, query, order=sort, after=key, size=size),
            count=lambda: count_documents(store, "events", query),
        )
        return await connect(info, listing, first=first, after=after, to_node=Event.of)

    @strawberry.field(permission_classes=[Operator], description="One event.")
    async def event(self, info: Info, id: strawberry.ID) -> Event | None:  # noqa: A002 - the API's name
        """Find an event."""
        found = await find_event(info.context.deps.store, parse_id("evt", id))
        return Event.of(found) if found else None

    @strawberry.field(
        permission_classes=[Operator],
        description="Events that kept failing by their own fault, the newest first.",
    )
    async def dead_letters(self, info: Info, first: First = None, after: After = None) -> Connection[Event]:
        """List dead letters."""
        store = info.context.deps.store
        listing = Listing(
            name="deadLetters",
            order=NEWEST_FIRST,
            read=lambda key, size: list_dead(store, after=key, size=size),
            count=lambda: count_dead(store),
        )
        return await connect(info, listing, first=first, after=after, to_node=Event.of)
