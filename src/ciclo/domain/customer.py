"""Customers: who subscribes, by e-mail address; and where their invoices are addressed to."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from ciclo.copies import replace
from ciclo.domain.card_number import holds_card_number
from ciclo.domain.errors.general import InvalidValue
from ciclo.domain.free_text import validate_text
from ciclo.domain.ids import CustomerId
from ciclo.domain.lines.tax_rate import ANYBODY, TaxProfile
from ciclo.domain.payments.grant import Grant

NAME_CHARS_MAX: Final = 120
ADDRESS_LINE_CHARS_MAX: Final = 200
CITY_CHARS_MAX: Final = 100
STATE_CHARS_MAX: Final = 60
POSTAL_CODE_CHARS_MAX: Final = 20
EXTERNAL_ID_CHARS_MAX: Final = 200

BRAZIL: Final = "BR"
BRAZILIAN_STATES: Final = """
AC AL AM AP BA CE DF ES GO MA MG MS MT PA PB PE PI PR RJ RN RO RR RS SC SE SP TO
"""
_COUNTRY: Final = re.compile(r"[A-Z]{2}", re.ASCII)
_CEP: Final = re.compile(r"(?!00)[0-9]{5}-?[0-9]{3}", re.ASCII)
"""The CEPs of 00000 to 00999 belong to nobody; the lowest are those of São Paulo, from 01000-000 on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A postal address; `country` has two letters (ISO 3166-1), and in Brazil `state` too."""

    line1: str
    line2: str | None = None
    city: str
    state: str
    postal_code: str
    country: str = BRAZIL


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """Whom an invoice names: a customer as they were known when it was issued (rule 43)."""

    email: str
    name: str | None = None
    tax_id: str | None = field(default=None, repr=False)
    address: Address | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """One person or firm that pays. `credit` is the balance by currency, in minor units, never negative.

    `provider_references` are the payment providers' own ids for this customer.
    """

    id: CustomerId
    email: str
    name: str | None = None
    tax_id: str | None = None
    address: Address | None = field(default=None, repr=False)
    created_at: datetime
    trial_used_at: datetime | None = None
    credit: Mapping[str, int]
    credit_version: int = 0
    grants: Mapping[str, tuple[Grant, ...]] = field(default_factory=dict)
    """What is left of grants, by currency: a part of `credit`."""
    provider_references: Mapping[str, str]
    tax_profile: TaxProfile = ANYBODY
    external_id: str | None = None
    """What the seller's own system calls them: no two customers have the same."""
    phone: str | None = field(default=None, repr=False)
    locale: str | None = None
    """The language that they read, by its BCP 47 tag; None: the seller's."""
    metadata: Mapping[str, str] = field(default_factory=dict)
    unproven: CustomerId | None = None
    """Their own id, where nobody has shown yet that `email` is theirs, as after a checkout link: such a one
    stands beside whoever has the address. None: it is theirs."""
    version: int = 0
    """How often what is written of them was changed."""
    merged_into: CustomerId | None = None
    bounced_email: str | None = field(default=None, repr=False)
    """The address that mail came back from; another one since may do."""
    anonymized_at: datetime | None = None


def is_email_broken(customer: Customer) -> bool:
    """Return whether mail to the customer's present address came back."""
    return customer.bounced_email == customer.email


def addressee_of(customer: Customer) -> Addressee:
    """Return whom an invoice names that is issued to *customer* now."""
    return Addressee(
        email=customer.email, name=customer.name, tax_id=customer.tax_id, address=customer.address
    )


def validate_name(text: str) -> str:
    """Return a person's or firm's name, trimmed.

    Raises:
        InvalidValue: it is empty, too long, or holds control characters.
    """
    name = text.strip()
    if not 1 <= len(name) <= NAME_CHARS_MAX or not name.isprintable() or holds_card_number(name):
        raise InvalidValue(
            f"a name has 1 to {NAME_CHARS_MAX} printable characters", field=("payment_method", "payer_name")
        )
    return name


def normalize_external_id(text: str) -> str:
    """Return the id that a seller's own system has for a customer, trimmed; its case stays.

    Raises:
        InvalidValue: it is empty, too long, or holds what no id needs.
    """
    id_ = text.strip()
    if not id_.isprintable():
        raise InvalidValue("an external id has printable characters only", field=("external_id",))
    return validate_text(id_, field="external_id", chars_min=1, chars_max=EXTERNAL_ID_CHARS_MAX)


def normalize_country(given: str) -> str:
    """Return a country by its two letters, in capitals.

    Raises:
        InvalidValue: it has not two.
    """
    country = given.strip().upper()
    if _COUNTRY.fullmatch(country) is None:
        raise InvalidValue("a country has two letters, such as BR", field=("country",))
    return country


def normalize_address(given: Address) -> Address:
    """Return an address, trimmed; a Brazilian one with its state in capitals and its CEP hyphenated.

    Raises:
        InvalidValue: a part is empty, too long, holds what it should not, or is no Brazilian one; the text is
            not repeated.
    """
    try:
        country = normalize_country(given.country)
    except InvalidValue as error:
        raise _invalid("country", str(error)) from None
    address = replace(
        given,
        line1=_part("line1", given.line1, chars_max=ADDRESS_LINE_CHARS_MAX),
        line2=_part("line2", given.line2, chars_max=ADDRESS_LINE_CHARS_MAX) if given.line2 else None,
        city=_part("city", given.city, chars_max=CITY_CHARS_MAX),
        state=_part("state", given.state, chars_max=STATE_CHARS_MAX),
        postal_code=_part("postal_code", given.postal_code, chars_max=POSTAL_CODE_CHARS_MAX),
        country=country,
    )
    return _brazilian(address) if country == BRAZIL else address


def _brazilian(address: Address) -> Address:
    state = address.state.upper()
    if state not in BRAZILIAN_STATES.split():
        raise _invalid("state", "a Brazilian state has two letters, such as SP")
    if _CEP.fullmatch(address.postal_code) is None:
        raise _invalid("postal_code", "a CEP has eight digits, such as 01305-000")
    digits = address.postal_code.replace("-", "")
    return replace(address, state=state, postal_code=f"{digits[:5]}-{digits[5:]}")


def _part(name: str, text: str, *, chars_max: int) -> str:
    part = text.strip()
    if not 1 <= len(part) <= chars_max or not part.isprintable() or holds_card_number(part):
        raise _invalid(name, f"1 to {chars_max} printable characters")
    return part


def _invalid(name: str, allowed: str) -> InvalidValue:
    return InvalidValue(allowed, field=("payment_method", "address", name))
