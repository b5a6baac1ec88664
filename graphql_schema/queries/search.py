"""Finding anything by what an operator has of it."""

from typing import Self

import strawberry

from ciclo.actions.customers.search import Findings, search
from graphql_schema.context import Info, Operator
from graphql_schema.types.account import BillingSubscription, Invoice, Payment
from graphql_schema.types.customers.customer import Customer


@strawberry.type(description="What was found: of each kind at most five, the newest first.")
class SearchFindings:
    """Findings by kind."""

    customers: list[Customer]
    subscriptions: list[BillingSubscription]
    invoices: list[Invoice]
    payments: list[Payment]

    @classmethod
    def of(cls, found: Findings, info: Info) -> Self:
        """Return *found* as the API shows it."""
        today = info.context.today
        return cls(
            customers=[Customer.of(one) for one in found.customers],
            subscriptions=[BillingSubscription.of(one) for one in found.subscriptions],
            invoices=[Invoice.of(one, today=today) for one in found.invoices],
            payments=[Payment.of(one) for one in found.payments],
        )


@strawberry.type
class SearchQueries:
    """Finding anything."""

    @strawberry.field(
        permission_classes=[Operator],
        description="What a text of 2 to 100 characters finds: an id; an invoice's number, with or without "
        "its series; and customers, as `customers(filter: { search })` does, with their subscriptions.",
    )
    async def search(self, info: Info, text: str) -> SearchFindings:
        """Search everything."""
        found = await search(info.context.deps, text)
        info.context.loaders.customers_read += len(found.customers)
        return SearchFindings.of(found, info)
