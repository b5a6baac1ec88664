"""Customers: their type."""

from datetime import date, datetime
from typing import Self

import strawberry

from ciclo.domain.customer import Customer as DomainCustomer
from ciclo.domain.payments.grant import Grant as DomainGrant
from graphql_schema.types.addressee import PostalAddress
from graphql_schema.types.money import Money, to_money
from graphql_schema.types.selling.tax import TaxProfile


@strawberry.type(description="Credit that an operator gave: used soonest expiry first.")
class CreditGrant:
    """A grant of which something is left."""

    id: strawberry.ID
    amount: Money
    left: Money
    reason: str
    granted_at: datetime
    expires_on: date | None = strawberry.field(description="The last day to use it; null: it never expires.")

    @classmethod
    def of(cls, grant: DomainGrant, currency: str) -> Self:
        """Return *grant* as the API shows it."""
        return cls(
            id=strawberry.ID(grant.id),
            amount=to_money(grant.amount, currency),
            left=to_money(grant.left, currency),
            reason=grant.reason,
            granted_at=grant.granted_at,
            expires_on=grant.expires_on,
        )


@strawberry.type(description="Who subscribes and pays.")
class Customer:
    """One customer."""

    id: strawberry.ID
    external_id: str | None = strawberry.field(description="What the seller's own system calls them.")
    email: str
    name: str | None
    address: PostalAddress | None = strawberry.field(description="As it is known today; null: it is not.")
    credit_balances: list[Money] = strawberry.field(
        description="What the next invoices use first, one amount a currency."
    )
    credit_grants: list[CreditGrant] = strawberry.field(
        description="What is left of grants: a part of the balances."
    )
    tax_profile: TaxProfile
    created_at: datetime

    @classmethod
    def of(cls, customer: DomainCustomer) -> Self:
        """Return *customer* as the API shows it."""
        return cls(
            id=strawberry.ID(customer.id),
            external_id=customer.external_id,
            email=customer.email,
            name=customer.name,
            address=PostalAddress.of(customer.address),
            credit_balances=[to_money(amount, currency) for currency, amount in customer.credit.items()],
            credit_grants=[
                CreditGrant.of(grant, currency)
                for currency, grants in customer.grants.items()
                for grant in grants
            ],
            tax_profile=TaxProfile.of(customer.tax_profile),
            created_at=customer.created_at,
        )
