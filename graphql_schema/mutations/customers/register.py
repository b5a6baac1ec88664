"""Writing customers down, and changing what is written of them."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Final

import strawberry

from ciclo.actions.customers import register as actions
from ciclo.domain.customer import Address, normalize_country
from ciclo.domain.customers.profile import CustomerProfile, metadata_of
from ciclo.domain.errors.general import InvalidValue
from ciclo.domain.lines.tax_rate import ANYBODY, TaxProfile
from ciclo.email_address import normalize_email
from graphql_schema.context import Info, Operator
from graphql_schema.mutations.idempotency import IDEMPOTENCY_KEY, request_of
from graphql_schema.mutations.payment_method import AddressInput, address_of
from graphql_schema.mutations.refusals import USER_ERRORS, UserError, mutation
from graphql_schema.types.customers.customer import EXTERNAL_ID, Customer
from graphql_schema.types.enums import Language

PHONE: Final = "With its area code; without a country's +code it is Brazilian."
METADATA: Final = (
    "Of your own: 20 entries at most; a key has 1 to 40 of A-Z a-z 0-9 _ . -, a value up to 500."
)
VERSION: Final = "As you read it: refused if somebody changed the customer since. Null: whatever is there."


@strawberry.input
class MetadataEntryInput:
    """An entry of metadata."""

    key: str
    value: str


@strawberry.input(description="How a customer is taxed.")
class TaxProfileInput:
    """A tax profile."""

    country: str | None = strawberry.field(default=None, description="Two letters, ISO 3166-1.")
    exempt: bool = False


@strawberry.input(description="A customer who has no subscription yet.")
class CreateCustomerInput:
    """A new customer."""

    email: str
    name: str | None = None
    phone: str | None = strawberry.field(default=None, description=PHONE)
    tax_id: str | None = strawberry.field(default=None, description="CPF or CNPJ.")
    address: AddressInput | None = None
    locale: Language | None = None
    external_id: str | None = strawberry.field(default=None, description=EXTERNAL_ID)
    metadata: list[MetadataEntryInput] = strawberry.field(default_factory=list, description=METADATA)
    tax_profile: TaxProfileInput | None = None
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)

    def __repr__(self) -> str:
        """Return nothing of the person: inputs end up in logs and tracebacks."""
        return "CreateCustomerInput(…)"


@strawberry.input(description="What is left out stays, null takes away.")
class UpdateCustomerInput:
    """Changes of a customer."""

    customer_id: strawberry.ID
    version: int | None = strawberry.field(default=None, description=VERSION)
    email: str | None = strawberry.field(
        default=strawberry.UNSET, description="Whoever signs in by it is the customer from then on."
    )
    name: str | None = strawberry.UNSET
    phone: str | None = strawberry.field(default=strawberry.UNSET, description=PHONE)
    tax_id: str | None = strawberry.field(default=strawberry.UNSET, description="CPF or CNPJ.")
    address: AddressInput | None = strawberry.UNSET
    locale: Language | None = strawberry.UNSET
    external_id: str | None = strawberry.field(default=strawberry.UNSET, description=EXTERNAL_ID)
    metadata: list[MetadataEntryInput] | None = strawberry.field(
        default=strawberry.UNSET, description=f"All of it. {METADATA}"
    )
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)

    def __repr__(self) -> str:
        """Return nothing of the person: inputs end up in logs and tracebacks."""
        return "UpdateCustomerInput(…)"


@strawberry.type
class CustomerPayload:
    """What a mutation of a customer came to."""

    customer: Customer | None = None
    user_errors: list[UserError] = strawberry.field(default_factory=list, description=USER_ERRORS)


@strawberry.type
class CreateCustomerPayload(CustomerPayload):
    """What createCustomer came to."""


@strawberry.type
class UpdateCustomerPayload(CustomerPayload):
    """What updateCustomer came to."""


@strawberry.type
class CustomerMutations:
    """Writing customers down."""

    @mutation(Operator, description="Write a customer down before they subscribe.")
    async def create_customer(self, info: Info, input: CreateCustomerInput) -> CreateCustomerPayload:  # noqa: A002
        """Create a customer."""
        profile = CustomerProfile(
            email=_email(input.email),
            name=input.name,
            phone=input.phone,
            tax_id=input.tax_id,
            address=_address(input.address) if input.address else None,
            locale=input.locale.value if input.locale else None,
            external_id=input.external_id,
            metadata=_metadata(input.metadata),
        )
        customer = await actions.create_customer(
            info.context.deps,
            profile,
            tax_profile=_tax_profile(input.tax_profile),
            by=info.context.actor,
            request=request_of(info, input),
        )
        return CreateCustomerPayload(customer=Customer.of(customer))

    @mutation(
        Operator,
        description="Change what is written of a customer: invoices that are issued from now on say so.",
    )
    async def update_customer(self, info: Info, input: UpdateCustomerInput) -> UpdateCustomerPayload:  # noqa: A002
        """Update a customer."""
        customer = await actions.update_customer(
            info.context.deps,
            input.customer_id,
            partial(_revised, input),
            version=input.version,
            by=info.context.actor,
            request=request_of(info, input),
        )
        return UpdateCustomerPayload(customer=Customer.of(customer))


def _revised(given: UpdateCustomerInput, profile: CustomerProfile) -> CustomerProfile:
    """Return *profile* as it is to be.

    Raises:
        InvalidValue: there is no address, or a field is outside its bounds.
    """
    told = {
        name: getattr(given, name)
        for name in ("name", "phone", "tax_id", "external_id")
        if getattr(given, name) is not strawberry.UNSET
    }
    if given.email is not strawberry.UNSET:
        told["email"] = _email(given.email or "")
    if given.address is not strawberry.UNSET:
        told["address"] = _address(given.address) if given.address else None
    if given.locale is not strawberry.UNSET:
        told["locale"] = given.locale.value if given.locale else None
    if given.metadata is not strawberry.UNSET:
        told["metadata"] = _metadata(given.metadata or [])
    return replace(profile, **told)


def _email(text: str) -> str:
    try:
        return normalize_email(text)
    except InvalidValue as error:
        raise error.at("email") from None


def _address(given: AddressInput) -> Address:
    try:
        return address_of(given)
    except InvalidValue as error:
        raise error.at(*error.field[1:]) from None


def _metadata(entries: Sequence[MetadataEntryInput]) -> dict[str, str]:
    return metadata_of([(entry.key, entry.value) for entry in entries])


def _tax_profile(given: TaxProfileInput | None) -> TaxProfile:
    if given is None:
        return ANYBODY
    try:
        country = normalize_country(given.country) if given.country else None
    except InvalidValue as error:
        raise error.at("tax_profile", "country") from None
    return TaxProfile(country=country, exempt=given.exempt)
