"""Reading customers."""

from datetime import date
from enum import Enum
from typing import Final

import strawberry

from ciclo.actions.customers.finding import find_customer_named
from ciclo.actions.customers.listing import CustomerSearch, find_customers_like
from ciclo.actions.customers.tax_ids import reveal_tax_id
from ciclo.store.customer_list import count_customers, list_customers
from ciclo.store.mongo.paging import SortKind, SortOrder
from graphql_schema.context import Info, Operator
from graphql_schema.types.customers.customer import Customer
from graphql_schema.types.enums import SubscriptionStatus
from graphql_schema.types.pagination import After, Connection, First, Listing, OrderDirection, connect


@strawberry.input(
    description="Which customers to list; what is left out does not matter. "
    "Created from createdFrom to createdTo, both included, the seller's days."
)
class CustomerFilter:
    """Conditions on customers."""

    search: str | None = strawberry.field(
        default=None,
        description="The beginnings of words of a name (accents and capitals do not matter), an address or "
        "an external id, and the last four digits of a card; or one whole CPF, CNPJ, id of a customer, or "
        "number of an invoice.",
    )
    email: str | None = strawberry.field(default=None, description="The beginning of the address.")
    tax_id: str | None = strawberry.field(default=None, description="A whole CPF or CNPJ.")
    external_id: str | None = None
    plan_id: strawberry.ID | None = strawberry.field(
        default=None, description="With a subscription to it, in one of the statuses if they are given too."
    )
    status: list[SubscriptionStatus] | None = strawberry.field(
        default=None, description="With a subscription in one of them."
    )
    has_overdue: bool | None = strawberry.field(
        default=None, description="Whether they owe an invoice that is past due."
    )
    created_from: date | None = None
    created_to: date | None = None


@strawberry.enum(description="What customers are sorted by; NAME is the address where there is no name.")
class CustomerOrderField(Enum):
    """Sortable fields."""

    CREATED_AT = "created_at"
    NAME = "name_key"
    EMAIL = "email"


@strawberry.input(description="How customers are sorted.")
class CustomerOrder:
    """An order."""

    field: CustomerOrderField = CustomerOrderField.CREATED_AT
    direction: OrderDirection = OrderDirection.DESC


_TEXTS: Final = frozenset({CustomerOrderField.NAME, CustomerOrderField.EMAIL})


@strawberry.type
class CustomerQueries:
    """Reading customers."""

    @strawberry.field(
        permission_classes=[Operator], description="One customer, by exactly one of the three arguments."
    )
    async def customer(
        self,
        info: Info,
        id: strawberry.ID | None = None,  # noqa: A002 - the API's name
        external_id: str | None = None,
        email: str | None = None,
    ) -> Customer | None:
        """Find a customer."""
        found = await find_customer_named(info.context.deps, id_=id, external_id=external_id, email=email)
        return Customer.of(found) if found else None

    @strawberry.field(permission_classes=[Operator], description="Customers.")
    async def customers(
        self,
        info: Info,
        filter: CustomerFilter | None = None,  # noqa: A002 - the API's name
        order_by: CustomerOrder | None = None,
        first: First = None,
        after: After = None,
    ) -> Connection[Customer]:
        """List customers."""
        deps, order = info.context.deps, order_by or CustomerOrder()
        found = await find_customers_like(deps, _search(filter or CustomerFilter()))
        sort = SortOrder(
            field=order.field.value,
            descending=order.direction is OrderDirection.DESC,
            kind=SortKind.TEXT if order.field in _TEXTS else SortKind.INSTANT,
        )
        listing = Listing(
            name="customers",
            order=sort,
            read=lambda key, size: list_customers(deps.store, found, order=sort, after=key, size=size),
            count=lambda: count_customers(deps.store, found),
        )
        page = await connect(info, listing, first=first, after=after, to_node=Customer.of)
        info.context.loaders.customers_read += len(page.edges)
        return page

    @strawberry.field(
        permission_classes=[Operator],
        description="A customer's CPF or CNPJ, unmasked: each look stands in the operations log.",
    )
    async def customer_tax_id(self, info: Info, customer_id: strawberry.ID) -> str | None:
        """Reveal a tax id."""
        return await reveal_tax_id(info.context.deps, customer_id, by=info.context.actor)


def _search(given: CustomerFilter) -> CustomerSearch:
    return CustomerSearch(
        text=given.search,
        email=given.email,
        tax_id=given.tax_id,
        external_id=given.external_id,
        plan_id=given.plan_id,
        statuses=tuple(given.status or ()),
        has_overdue=given.has_overdue,
        created_from=given.created_from,
        created_to=given.created_to,
    )
