"""Customers: their type."""

from datetime import datetime
from typing import Self

import strawberry

from ciclo.domain.customer import Customer as DomainCustomer
from graphql_schema.types.money import Money, to_money


@strawberry.type(description="Who subscribes and pays.")
class Customer:
    """One customer."""

    id: strawberry.ID
    email: str
    name: str | None
    credit_balances: list[Money] = strawberry.field(
        description="What the next invoices use first, one amount a currency."
    )
    created_at: datetime

    @classmethod
    def of(cls, customer: DomainCustomer) -> Self:
        """Return *customer* as the API shows it."""
        return cls(
            id=strawberry.ID(customer.id),
            email=customer.email,
            name=customer.name,
            credit_balances=[to_money(amount, currency) for currency, amount in customer.credit.items()],
            created_at=customer.created_at,
        )
