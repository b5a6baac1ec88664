"""Profiles: what an operator, or the seller's own system, writes of a customer."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Final

from ciclo.copies import replace
from ciclo.domain.customer import Address, Customer, normalize_external_id, validate_name
from ciclo.domain.errors.customers import CustomerAnonymized, CustomerChanged, CustomerMerged
from ciclo.domain.errors.general import InvalidValue
from ciclo.domain.free_text import validate_text
from ciclo.domain.ids import CustomerId
from ciclo.domain.lines.tax_rate import ANYBODY, TaxProfile
from ciclo.domain.tax_id import normalize_tax_id

METADATA_ENTRIES_MAX: Final = 20
METADATA_KEY_CHARS_MAX: Final = 40
METADATA_VALUE_CHARS_MAX: Final = 500
_METADATA_KEY: Final = re.compile(rf"[A-Za-z0-9_.-]{{1,{METADATA_KEY_CHARS_MAX}}}", re.ASCII)

NOWHERE: Final = "anonymized.invalid"
"""A domain that can't be: addresses of customers are unique, of nobodies too (RFC 2606)."""

BRAZIL_CALLING_CODE: Final = "+55"
_PHONE_PUNCTUATION: Final = re.compile(r"[\s().-]")
_INTERNATIONAL: Final = re.compile(r"\+[1-9][0-9]{7,14}", re.ASCII)
"""The longest that E.164 has are 15 digits."""
_BRAZILIAN: Final = re.compile(r"[1-9][0-9]{9,10}", re.ASCII)
"""Two digits of the area, and eight, or nine of a mobile phone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerProfile:
    """What is written of a customer; `email` is normalized, all else is checked by `normalize_profile`."""

    email: str
    name: str | None = None
    phone: str | None = field(default=None, repr=False)
    tax_id: str | None = field(default=None, repr=False)
    address: Address | None = field(default=None, repr=False)
    locale: str | None = None
    external_id: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)


def profile_of(customer: Customer) -> CustomerProfile:
    """Return what is written of *customer* now."""
    return CustomerProfile(**{one.name: getattr(customer, one.name) for one in fields(CustomerProfile)})


def normalize_profile(profile: CustomerProfile) -> CustomerProfile:
    """Return *profile* as it is kept; what is empty is taken away.

    The address is normalized already, the locale is one of those that documents are written in.

    Raises:
        InvalidValue: a field is outside its bounds; its text is not repeated.
    """
    return replace(
        profile,
        name=_name(profile.name) if profile.name else None,
        phone=normalize_phone(profile.phone) if profile.phone else None,
        tax_id=_tax_id(profile.tax_id) if profile.tax_id else None,
        external_id=normalize_external_id(profile.external_id) if profile.external_id else None,
        metadata=validate_metadata(profile.metadata),
    )


def new_customer(
    id_: CustomerId, profile: CustomerProfile, *, at: datetime, tax_profile: TaxProfile = ANYBODY
) -> Customer:
    """Return the customer that a normalized *profile* is of."""
    written = {one.name: getattr(profile, one.name) for one in fields(CustomerProfile)}
    return Customer(
        id=id_, created_at=at, credit={}, provider_references={}, tax_profile=tax_profile, **written
    )


def revise_customer(customer: Customer, profile: CustomerProfile, *, version: int | None) -> Customer:
    """Return *customer* with a normalized *profile*; itself, if that changes nothing.

    Args:
        customer: As they are.
        profile: What they are to be.
        version: What the caller read; None: whatever is there.

    Raises:
        CustomerAnonymized, CustomerMerged: there is nobody any more to write of.
        CustomerChanged: they were changed since the caller read them.
    """
    require_present(customer)
    if version is not None and version != customer.version:
        raise CustomerChanged
    if profile == profile_of(customer):
        return customer
    written = {one.name: getattr(profile, one.name) for one in fields(CustomerProfile)}
    return replace(customer, version=customer.version + 1, **written)


def anonymize_customer(customer: Customer, *, at: datetime) -> Customer:
    """Return *customer* without anything that is known of the person: an id, and what they were billed in.

    Raises:
        CustomerAnonymized, CustomerMerged: there is nobody any more.
    """
    require_present(customer)
    nobody = CustomerProfile(email=f"{customer.id}@{NOWHERE}")
    written = {one.name: getattr(nobody, one.name) for one in fields(CustomerProfile)}
    return replace(
        customer, version=customer.version + 1, anonymized_at=at, provider_references={}, **written
    )


def require_present(customer: Customer) -> None:
    """Check that there is somebody behind a customer's id.

    Raises:
        CustomerAnonymized, CustomerMerged: there is not.
    """
    if customer.anonymized_at is not None:
        raise CustomerAnonymized
    if customer.merged_into is not None:
        raise CustomerMerged(customer.merged_into)


def metadata_of(entries: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return metadata from its entries.

    Raises:
        InvalidValue: a key comes twice.
    """
    metadata = dict(entries)
    if len(metadata) != len(entries):
        raise InvalidValue("metadata has each key once", field=("metadata",))
    return metadata


def normalize_phone(text: str) -> str:
    """Return a telephone number by E.164, such as +5511912345678; one without a country is Brazilian.

    Raises:
        InvalidValue: it is none.
    """
    plain = _PHONE_PUNCTUATION.sub("", text)
    if _BRAZILIAN.fullmatch(plain):
        plain = BRAZIL_CALLING_CODE + plain
    if _INTERNATIONAL.fullmatch(plain) is None:
        raise InvalidValue("a phone number has its area code, abroad also +country", field=("phone",))
    return plain


def _name(text: str) -> str:
    try:
        return validate_name(text)
    except InvalidValue as error:
        raise error.at("name") from None


def _tax_id(text: str) -> str:
    try:
        return normalize_tax_id(text)
    except InvalidValue as error:
        raise error.at("tax_id") from None


def validate_metadata(metadata: Mapping[str, str]) -> Mapping[str, str]:
    """Return the seller's own notes of a customer.

    Raises:
        InvalidValue: there are too many, or one is outside its bounds.
    """
    if len(metadata) > METADATA_ENTRIES_MAX:
        raise InvalidValue(f"metadata has at most {METADATA_ENTRIES_MAX} entries", field=("metadata",))
    for key, value in metadata.items():
        if _METADATA_KEY.fullmatch(key) is None:
            allowed = f"a metadata key has 1 to {METADATA_KEY_CHARS_MAX} of A-Z a-z 0-9 _ . -"
            raise InvalidValue(allowed, field=("metadata",))
        validate_text(value, field="metadata", chars_max=METADATA_VALUE_CHARS_MAX)
    return dict(metadata)
