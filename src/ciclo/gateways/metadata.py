"""Ciclo's ids as they come back from a provider: anybody may have written what stands there."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from ciclo.domain.errors.general import MalformedId
from ciclo.domain.ids import PaymentId, RefundId, SubscriptionId, parse_id
from ciclo.gateways.protocol import Charge

_Id = TypeVar("_Id", bound=str)

_ATTEMPT: Final = re.compile(r"[1-9][0-9]{0,5}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeMetadata:
    """What of Ciclo's a provider gave back; what is missing or malformed is None."""

    payment_id: PaymentId | None = None
    subscription_id: SubscriptionId | None = None
    refund_id: RefundId | None = None
    attempt: int | None = None


def metadata_of(charge: Charge) -> dict[str, str]:
    """Return what a provider is asked to keep with a charge, so that its reports lead back."""
    return {
        "payment_id": charge.order.payment_id,
        "subscription_id": charge.subscription_id,
        "attempt": str(charge.order.attempt),
    }


def read_metadata(metadata: Mapping[str, str | None]) -> ChargeMetadata:
    """Read what `metadata_of` wrote, and a refund's ids."""
    attempt = metadata.get("attempt") or ""
    return ChargeMetadata(
        payment_id=_read("pay", metadata.get("payment_id"), PaymentId),
        subscription_id=_read("sub", metadata.get("subscription_id"), SubscriptionId),
        refund_id=_read("ref", metadata.get("refund_id"), RefundId),
        attempt=int(attempt) if _ATTEMPT.fullmatch(attempt) else None,
    )


def read_key(key: str | None) -> ChargeMetadata:
    """Read the payment and the attempt from `Charge.key`."""
    _, _, rest = (key or "").partition("pay:")
    payment_id, _, attempt = rest.partition(":")
    return read_metadata({"payment_id": payment_id, "attempt": attempt})


def _read(prefix: str, text: str | None, kind: Callable[[str], _Id]) -> _Id | None:
    try:
        return kind(parse_id(prefix, text or ""))
    except MalformedId:
        return None
