"""Customers: who subscribes, by e-mail address."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ciclo.domain.card_number import holds_card_number
from ciclo.domain.errors.general import InvalidValue
from ciclo.domain.ids import CustomerId

NAME_CHARS_MAX: Final = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """One person or firm that pays. `credit` is the balance by currency, in minor units, never negative.

    `provider_references` are the payment providers' own ids for this customer.
    """

    id: CustomerId
    email: str
    name: str | None = None
    tax_id: str | None = None
    created_at: datetime
    trial_used_at: datetime | None = None
    credit: Mapping[str, int]
    credit_version: int = 0
    provider_references: Mapping[str, str]


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
