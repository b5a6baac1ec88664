"""What the GraphQL API is compared with: the same reads by hand, and Strawberry as its guide has it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

import orjson
import strawberry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader
from strawberry.types import Info

from ciclo.domain.plan import Plan as DomainPlan
from ciclo.domain.subscription import Subscription as DomainSubscription
from ciclo.settings.settings import Settings
from ciclo.store.customers import find_customers
from ciclo.store.mongo.client import Document, Store, open_store
from ciclo.store.plan_versions import find_versions
from ciclo.store.subscriptions import NEWEST_FIRST, find_subscription, list_subscriptions

FIELDS: Final = """
  id status quantity createdAt nextBillingDate cancelAtPeriodEnd
  price { amount currency } currentPeriod { start end }
  plan { id name } customer { id email }
"""
PAGE: Final = f"query($first: Int) {{ subscriptions(first: $first) {{ edges {{ node {{ {FIELDS} }} }} }} }}"
ONE: Final = "query($id: ID!) { subscription(id: $id) { id status quantity createdAt nextBillingDate } }"


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[dict[str, object]]:
    store = open_store(settings)
    yield {"store": store}
    store.close()


def floor(settings: Settings) -> Starlette:
    """Answer both queries by hand: the reads that they need, plain documents, orjson."""

    async def answer(request: Request) -> Response:
        variables = orjson.loads(await request.body())["variables"]
        store: Store = request.state.store
        if "id" in variables:
            document = await store["subscriptions"].find_one({"_id": variables["id"]})
            assert document is not None
            return _json({"subscription": _scalars(document)})
        return _json({"subscriptions": {"edges": await _edges(store, variables["first"])}})

    routes = [Route("/graphql", answer, methods=["POST"])]
    return Starlette(routes=routes, lifespan=lambda _: _opened(settings))


async def _edges(store: Store, first: int) -> list[Document]:
    newest = store["subscriptions"].find({}).sort([("created_at", -1), ("_id", -1)])
    found = await newest.limit(first + 1).to_list(first + 1)
    shown = found[:first]
    versions = {f"{one['terms']['plan_id']}:{one['terms']['plan_version']}" for one in shown}
    customers = {one["customer_id"] for one in shown}
    plans = {one["_id"]: one async for one in store["plan_versions"].find({"_id": {"$in": list(versions)}})}
    people = {one["_id"]: one async for one in store["customers"].find({"_id": {"$in": list(customers)}})}
    return [{"node": _node(one, plans, people)} for one in shown]


def _node(one: Document, plans: dict[str, Document], people: dict[str, Document]) -> Document:
    terms = one["terms"]
    plan = plans[f"{terms['plan_id']}:{terms['plan_version']}"]
    amount = terms["unit_price"] * terms["quantity"]
    return {
        **_scalars(one),
        "cancelAtPeriodEnd": one["cancel_at_period_end"],
        "price": {"amount": f"{amount // 100}.{amount % 100:02}", "currency": terms["currency"]},
        "currentPeriod": one["period"],
        "plan": {"id": plan["plan_id"], "name": plan["name"]},
        "customer": {"id": one["customer_id"], "email": people[one["customer_id"]]["email"]},
    }


def _scalars(one: Document) -> Document:
    return {
        "id": one["_id"],
        "status": one["status"],
        "quantity": one["terms"]["quantity"],
        "createdAt": one["created_at"],
        "nextBillingDate": one["next_billing_date"],
    }


def _json(data: object) -> Response:
    return Response(orjson.dumps({"data": data}), media_type="application/graphql-response+json")


@strawberry.type
class Money:
    amount: Decimal
    currency: str


@strawberry.type
class Period:
    start: date
    end: date


@strawberry.type
class Plan:
    id: strawberry.ID
    name: str


@strawberry.type
class Customer:
    id: strawberry.ID
    email: str


@strawberry.type
class BillingSubscription:
    source: strawberry.Private[DomainSubscription]
    id: strawberry.ID
    status: str
    quantity: int
    created_at: datetime
    next_billing_date: date | None
    cancel_at_period_end: bool
    price: Money
    current_period: Period

    @strawberry.field
    async def plan(self, info: Info[Any, None]) -> Plan:
        terms = self.source.terms
        found: DomainPlan = await info.context["plans"].load((terms.plan_id, terms.plan_version))
        return Plan(id=strawberry.ID(found.id), name=found.name)

    @strawberry.field
    async def customer(self, info: Info[Any, None]) -> Customer:
        found = await info.context["customers"].load(self.source.customer_id)
        return Customer(id=strawberry.ID(found.id), email=found.email)


@strawberry.type
class Edge:
    node: BillingSubscription


@strawberry.type
class Connection:
    edges: list[Edge]


@strawberry.type
class Query:
    @strawberry.field
    async def subscriptions(self, info: Info[Any, None], first: int | None = None) -> Connection:
        store: Store = info.context["store"]
        page = await list_subscriptions(store, {}, order=NEWEST_FIRST, after=None, size=first or 20)
        return Connection(edges=[Edge(node=_row(one)) for one in page.items])

    @strawberry.field
    async def subscription(self, info: Info[Any, None], id: strawberry.ID) -> BillingSubscription | None:  # noqa: A002 - the API's name
        found = await find_subscription(info.context["store"], id, owner=None)
        return _row(found) if found else None


class _View(GraphQL[Any, None]):
    async def get_context(self, request: Any, response: Any) -> dict[str, object]:  # noqa: ARG002 - its shape
        store: Store = request.state.store

        async def plans(keys: list[Any]) -> list[Any]:
            found = await find_versions(store, keys)
            return [found[key] for key in keys]

        async def customers(keys: list[Any]) -> list[Any]:
            found = await find_customers(store, keys)
            return [found[key] for key in keys]

        return {
            "store": store,
            "plans": DataLoader(load_fn=plans),
            "customers": DataLoader(load_fn=customers),
        }


def plain(settings: Settings) -> Starlette:
    """Answer with Strawberry and its loaders as the guide shows them: no cache, no look ahead."""
    view = _View(strawberry.Schema(query=Query))
    return Starlette(routes=[Route("/graphql", view)], lifespan=lambda _: _opened(settings))


def _row(sub: DomainSubscription) -> BillingSubscription:
    return BillingSubscription(
        source=sub,
        id=strawberry.ID(sub.id),
        status=sub.status.value,
        quantity=sub.terms.quantity,
        created_at=sub.created_at,
        next_billing_date=sub.next_billing_date,
        cancel_at_period_end=sub.cancel_at_period_end,
        price=Money(amount=Decimal(sub.terms.price).scaleb(-2), currency=sub.terms.currency),
        current_period=Period(start=sub.period.start, end=sub.period.end),
    )
