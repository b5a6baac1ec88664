"""Customers: their type."""

from datetime import date, datetime
from typing import Final, Self

import strawberry

from ciclo.domain.customer import Customer as DomainCustomer
from ciclo.domain.customer import is_email_broken
from ciclo.domain.payments.grant import Grant as DomainGrant
from ciclo.domain.tax_id import mask_tax_id, tax_id_kind
from graphql_schema.rows import fields_of
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


_customer: Final = fields_of(DomainCustomer)


@strawberry.type(description="Who subscribes and pays.")
class Customer:
    """One customer."""

    source: strawberry.Private[DomainCustomer]
    id: strawberry.ID = _customer(lambda customer: strawberry.ID(customer.id))
    external_id: str | None = _customer(lambda customer: customer.external_id, description=EXTERNAL_ID)
    email: str = _customer(lambda customer: customer.email)
    email_proven: bool = _customer(
        lambda customer: customer.unproven is None,
        description="False: nobody has shown yet that the address is theirs, as after a checkout link.",
    )
    email_broken: bool = _customer(
        is_email_broken,
        description="Mail to the address came back: nothing is sent there until it is another one.",
    )
    name: str | None = _customer(lambda customer: customer.name)
    phone: str | None = _customer(lambda customer: customer.phone)
    tax_id: str | None = _customer(
        lambda customer: mask_tax_id(customer.tax_id) if customer.tax_id else None,
        description="CPF or CNPJ, masked: see customerTaxId.",
    )
    tax_id_kind: TaxIdKind | None = _customer(
        lambda customer: tax_id_kind(customer.tax_id) if customer.tax_id else None
    )
    address: PostalAddress | None = _customer(
        lambda customer: PostalAddress.of(customer.address),
        description="As it is known today; null: it is not.",
    )
    locale: Language | None = _customer(
        lambda customer: Language(customer.locale) if customer.locale else None,
        description="What they read; null: the seller's language.",
    )
    metadata: list[MetadataEntry] = _customer(
        lambda customer: [MetadataEntry(key=key, value=value) for key, value in customer.metadata.items()],
        description="The seller's own notes, by their keys.",
    )
    credit_balances: list[Money] = _customer(
        lambda customer: [to_money(amount, currency) for currency, amount in customer.credit.items()],
        description="What the next invoices use first, one amount a currency.",
    )
    credit_grants: list[CreditGrant] = _customer(
        lambda customer: [
            CreditGrant.of(grant, currency)
            for currency, grants in customer.grants.items()
            for grant in grants
        ],
        description="What is left of grants: a part of the balances.",
    )
    tax_profile: TaxProfile = _customer(lambda customer: TaxProfile.of(customer.tax_profile))
    created_at: datetime = _customer(lambda customer: customer.created_at)
    version: int = _customer(
        lambda customer: customer.version, description="How often what is written of them was changed."
    )
    merged_into: strawberry.ID | None = _customer(
        lambda customer: strawberry.ID(customer.merged_into) if customer.merged_into else None,
        description="The customer whom they became part of.",
    )
    anonymized_at: datetime | None = _customer(
        lambda customer: customer.anonymized_at, description="Since when nothing is known of them any more."
    )

    @classmethod
    def of(cls, customer: DomainCustomer) -> Self:
        """Return *customer* as the API shows it."""
        return cls(source=customer)
