"""Subscriptions: type, filters and queries."""

from datetime import date, datetime
from enum import Enum
from functools import partial
from typing import Self

import strawberry

from ciclo.domain import subscription as domain
from ciclo.domain.ids import parse_id
from ciclo.domain.metrics import mrr
from ciclo.store.customers import search_customers
from ciclo.store.invoices import NEWEST_FIRST as INVOICES_NEWEST_FIRST
from ciclo.store.invoices import invoice_query, list_invoices
from ciclo.store.paging import Order, count
from ciclo.store.payments import NEWEST_FIRST as PAYMENTS_NEWEST_FIRST
from ciclo.store.payments import list_payments, payment_query
from ciclo.store.subscriptions import (
    current_subscription,
    find_subscription,
    list_subscriptions,
    subscription_query,
)
from graphql_schema.context import Info, SignedIn
from graphql_schema.customer import Customer
from graphql_schema.enums import EndReason, SubscriptionStatus
from graphql_schema.invoice import Invoice
from graphql_schema.invoice_line import Period
from graphql_schema.money import Money, money
from graphql_schema.pagination import After, Connection, First, Listing, OrderDirection, connect
from graphql_schema.payment import Payment, PaymentMethod
from graphql_schema.plan import Plan


@strawberry.type(description="A change of plan or quantity that is set for the end of the period.")
class PendingChange:
    """A scheduled change."""

    plan_id: strawberry.ID
    plan_name: str
    quantity: int
    price: Money = strawberry.field(description="Of a full period.")
    takes_effect_on: date


@strawberry.type(description="A customer's agreement to a plan.")
class BillingSubscription:
    """A subscription."""

    id: strawberry.ID
    status: SubscriptionStatus
    quantity: int
    price: Money = strawberry.field(description="Of a full period: the agreed unit price times the quantity.")
    mrr: Money = strawberry.field(description="What it adds to monthly recurring revenue now.")
    current_period: Period
    next_billing_date: date | None = strawberry.field(description="Null if nothing is going to be billed.")
    trial_ends_on: date | None = strawberry.field(description="The day on which the trial ends or ended.")
    payment_method: PaymentMethod | None
    pending_change: PendingChange | None
    cancel_at_period_end: bool
    cancel_reason: str | None
    end_reason: EndReason | None
    paused_on: date | None
    created_at: datetime
    activated_at: datetime | None = strawberry.field(description="When it was first paid service.")
    ended_at: datetime | None
    billing_reference: str | None = strawberry.field(description="The billing system's id of it.")
    source: strawberry.Private[domain.Subscription]

    @classmethod
    def of(cls, sub: domain.Subscription) -> Self:
        """Return *sub* as the API shows it."""
        currency = sub.terms.currency
        return cls(
            id=strawberry.ID(sub.id),
            status=sub.status,
            quantity=sub.terms.quantity,
            price=money(sub.terms.price, currency),
            mrr=money(mrr(sub), currency),
            current_period=Period.of(sub.period),
            next_billing_date=sub.next_billing_date,
            trial_ends_on=sub.trial.end if sub.trial else None,
            payment_method=PaymentMethod.of(sub.method) if sub.method else None,
            pending_change=_pending(sub),
            cancel_at_period_end=sub.cancel_at_period_end,
            cancel_reason=sub.cancel_reason,
            end_reason=sub.end_reason,
            paused_on=sub.paused_on,
            created_at=sub.created_at,
            activated_at=sub.activated_at,
            ended_at=sub.ended_at,
            billing_reference=sub.registration,
            source=sub,
        )

    @strawberry.field(description="The plan in the version that was taken.")
    async def plan(self, info: Info) -> Plan:
        """Fetch the plan, with those of the other rows."""
        taken = (self.source.terms.plan_id, self.source.terms.plan_version)
        return Plan.of(await info.context.loaders.plan_versions.load(taken))

    @strawberry.field(description="Who subscribes.")
    async def customer(self, info: Info) -> Customer:
        """Fetch the customer, with those of the other rows."""
        return Customer.of(await info.context.loaders.customers.load(self.source.customer_id))

    @strawberry.field(description="Its invoices, the newest first.")
    async def invoices(self, info: Info, first: First = None, after: After = None) -> Connection[Invoice]:
        """List its invoices; first pages of many rows are fetched together."""
        store, query = info.context.deps.store, invoice_query(owner=None, subscription_id=self.source.id)
        listing = Listing(
            name="subscription.invoices",
            order=INVOICES_NEWEST_FIRST,
            read=lambda key, size: (
                list_invoices(store, query, order=INVOICES_NEWEST_FIRST, after=key, size=size)
                if key
                else info.context.loaders.invoices_of.load((self.source.id, size))
            ),
            count=lambda: count(store, "invoices", query),
        )
        return await connect(
            info, listing, first=first, after=after, to_node=partial(Invoice.of, today=info.context.today)
        )

    @strawberry.field(description="Its payments, the newest first.")
    async def payments(self, info: Info, first: First = None, after: After = None) -> Connection[Payment]:
        """List its payments; first pages of many rows are fetched together."""
        store, query = info.context.deps.store, payment_query(owner=None, subscription_id=self.source.id)
        listing = Listing(
            name="subscription.payments",
            order=PAYMENTS_NEWEST_FIRST,
            read=lambda key, size: (
                list_payments(store, query, order=PAYMENTS_NEWEST_FIRST, after=key, size=size)
                if key
                else info.context.loaders.payments_of.load((self.source.id, size))
            ),
            count=lambda: count(store, "payments", query),
        )
        return await connect(info, listing, first=first, after=after, to_node=Payment.of)


@strawberry.input(description="Which subscriptions to list; what is left out does not matter.")
class SubscriptionFilter:
    """Conditions on subscriptions."""

    status: list[SubscriptionStatus] | None = None
    plan_id: strawberry.ID | None = None
    customer_email: str | None = strawberry.field(
        default=None, description="The beginning of the customer's address."
    )


@strawberry.enum(description="What subscriptions are sorted by.")
class SubscriptionOrderField(Enum):
    """Sortable fields."""

    CREATED_AT = "created_at"


@strawberry.input(description="How subscriptions are sorted.")
class SubscriptionOrder:
    """An order."""

    field: SubscriptionOrderField = SubscriptionOrderField.CREATED_AT
    direction: OrderDirection = OrderDirection.DESC


@strawberry.type
class SubscriptionQueries:
    """Reading subscriptions."""

    @strawberry.field(
        permission_classes=[SignedIn],
        description="The viewer's newest live subscription, else the newest, else null.",
    )
    async def my_subscription(self, info: Info) -> BillingSubscription | None:
        """Find the viewer's own subscription."""
        customer_id = (await info.context.caller()).customer_id
        if customer_id is None:
            return None
        found = await current_subscription(info.context.deps.store, customer_id)
        return BillingSubscription.of(found) if found else None

    @strawberry.field(permission_classes=[SignedIn], description="One subscription.")
    async def subscription(self, info: Info, id: strawberry.ID) -> BillingSubscription | None:  # noqa: A002
        """Find a subscription."""
        owner = await info.context.owner()
        found = await find_subscription(info.context.deps.store, parse_id("sub", id), owner=owner)
        return BillingSubscription.of(found) if found else None

    @strawberry.field(
        permission_classes=[SignedIn], description="The viewer's subscriptions; all of them for an operator."
    )
    async def subscriptions(
        self,
        info: Info,
        filter: SubscriptionFilter | None = None,  # noqa: A002 - the API's name
        order_by: SubscriptionOrder | None = None,
        first: First = None,
        after: After = None,
    ) -> Connection[BillingSubscription]:
        """List subscriptions."""
        store = info.context.deps.store
        chosen, order = filter or SubscriptionFilter(), order_by or SubscriptionOrder()
        query = subscription_query(
            owner=await info.context.owner(),
            statuses=chosen.status or (),
            plan_id=parse_id("plan", chosen.plan_id) if chosen.plan_id else None,
            customer_ids=(
                await search_customers(store, chosen.customer_email) if chosen.customer_email else None
            ),
        )
        sort = Order(field=order.field.value, descending=order.direction is OrderDirection.DESC)
        listing = Listing(
            name="subscriptions",
            order=sort,
            read=lambda key, size: list_subscriptions(store, query, order=sort, after=key, size=size),
            count=lambda: count(store, "subscriptions", query),
        )
        return await connect(info, listing, first=first, after=after, to_node=BillingSubscription.of)


def _pending(sub: domain.Subscription) -> PendingChange | None:
    change = sub.pending_change
    if change is None:
        return None
    return PendingChange(
        plan_id=strawberry.ID(change.plan_id),
        plan_name=change.plan_name,
        quantity=change.quantity,
        price=money(change.price, change.currency),
        takes_effect_on=sub.period.end,
    )
