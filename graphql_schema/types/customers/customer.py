"""Customers: their type."""

from datetime import date, datetime
from typing import Final, Self

import strawberry

from ciclo.domain.customer import Customer as DomainCustomer
from ciclo.domain.customer import is_email_broken
from ciclo.domain.payments.grant import Grant as DomainGrant
from ciclo.domain.tax_id import mask_tax_id, tax_id_kind
from graphql_schema.types.customers.addressee import PostalAddress
from graphql_schema.types.enums import Language, TaxIdKind
from graphql_schema.types.money import Money, to_money
from graphql_schema.types.selling.tax import TaxProfile

EXTERNAL_ID: Final = "What the seller's own system calls them: no two have the same."


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


@strawberry.type
class MetadataEntry:
    """An entry of metadata."""

    key: str
    value: str


@strawberry.type(description="Who subscribes and pays.")
class Customer:
    """One customer."""

    id: strawberry.ID
    external_id: str | None = strawberry.field(description=EXTERNAL_ID)
    email: str
    email_broken: bool = strawberry.field(
        description="Mail to the address came back: nothing is sent there until it is another one."
    )
    name: str | None
    phone: str | None
    tax_id: str | None = strawberry.field(description="CPF or CNPJ, masked: see customerTaxId.")
    tax_id_kind: TaxIdKind | None
    address: PostalAddress | None = strawberry.field(description="As it is known today; null: it is not.")
    locale: Language | None = strawberry.field(description="What they read; null: the seller's language.")
    metadata: list[MetadataEntry] = strawberry.field(description="The seller's own notes, by their keys.")
    credit_balances: list[Money] = strawberry.field(
        description="What the next invoices use first, one amount a currency."
    )
    credit_grants: list[CreditGrant] = strawberry.field(
        description="What is left of grants: a part of the balances."
    )
    tax_profile: TaxProfile
    created_at: datetime
    version: int = strawberry.field(description="How often what is written of them was changed.")
    merged_into: strawberry.ID | None = strawberry.field(description="The customer whom they became part of.")
    anonymized_at: datetime | None = strawberry.field(
        description="Since when nothing is known of them any more."
    )

    @classmethod
    def of(cls, customer: DomainCustomer) -> Self:
        """Return *customer* as the API shows it."""
        return cls(
            id=strawberry.ID(customer.id),
            external_id=customer.external_id,
            email=customer.email,
            email_broken=is_email_broken(customer),
            name=customer.name,
            phone=customer.phone,
            tax_id=mask_tax_id(customer.tax_id) if customer.tax_id else None,
            tax_id_kind=tax_id_kind(customer.tax_id) if customer.tax_id else None,
            address=PostalAddress.of(customer.address),
            locale=Language(customer.locale) if customer.locale else None,
            metadata=[MetadataEntry(key=key, value=value) for key, value in customer.metadata.items()],
            credit_balances=[to_money(amount, currency) for currency, amount in customer.credit.items()],
            credit_grants=[
                CreditGrant.of(grant, currency)
                for currency, grants in customer.grants.items()
                for grant in grants
            ],
            tax_profile=TaxProfile.of(customer.tax_profile),
            created_at=customer.created_at,
            version=customer.version,
            merged_into=strawberry.ID(customer.merged_into) if customer.merged_into else None,
            anonymized_at=customer.anonymized_at,
        )
