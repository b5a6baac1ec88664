"""Identifiers: TypeIDs, a prefix and a UUIDv7 in base 32, sortable by the instant they carry.

Format: https://github.com/jetify-com/typeid (type-safe, K-sortable ids). An id is
either new (the caller brings the entropy) or derived: the same facts give the same id,
so that two processes which do the same work write the same document.
"""

import hashlib
import re
from datetime import UTC, datetime, timedelta
from typing import Final, NewType

from ciclo.domain.errors.general import MalformedId

PlanId = NewType("PlanId", str)
ProductId = NewType("ProductId", str)
CustomerId = NewType("CustomerId", str)
SubscriptionId = NewType("SubscriptionId", str)
InvoiceId = NewType("InvoiceId", str)
PaymentId = NewType("PaymentId", str)
RefundId = NewType("RefundId", str)
GrantId = NewType("GrantId", str)
CreditNoteId = NewType("CreditNoteId", str)
EventId = NewType("EventId", str)
CouponId = NewType("CouponId", str)
DiscountId = NewType("DiscountId", str)
ItemId = NewType("ItemId", str)
MessageId = NewType("MessageId", str)
WebhookEndpointId = NewType("WebhookEndpointId", str)
WebhookDeliveryId = NewType("WebhookDeliveryId", str)
MailId = NewType("MailId", str)
CheckoutLinkId = NewType("CheckoutLinkId", str)

ENTROPY_BYTES: Final = 10
_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS: Final = [high + low for high in _ALPHABET for low in _ALPHABET]
_SHIFTS: Final = range(120, -1, -10)
"""Where each pair of characters has its ten bits; the first has but eight."""
_SHAPE: Final = re.compile(r"([a-z]{2,8})_([0-7][0-9a-hjkmnp-tv-z]{25})", re.ASCII)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


def new_id(prefix: str, *, at: datetime, entropy: bytes) -> str:
    """Return a TypeID for *at* (kept to the millisecond) from ten bytes of *entropy*."""
    return f"{prefix}_{_encode(_uuid7(at, entropy[:ENTROPY_BYTES]))}"


def derived_id(prefix: str, *, at: datetime, facts: str) -> str:
    """Return the one TypeID that *prefix*, *at* and *facts* have, whoever computes it."""
    digest = hashlib.sha256(f"{prefix}|{facts}".encode()).digest()
    return f"{prefix}_{_encode(_uuid7(at, digest[:ENTROPY_BYTES]))}"


def parse_id(prefix: str, text: str) -> str:
    """Return *text* if it is a well-formed id of this *prefix*.

    Raises:
        MalformedId: it is not; the message names the expected prefix, never the text.
    """
    shape = _SHAPE.fullmatch(text)
    if shape is None or shape[1] != prefix:
        raise MalformedId(prefix)
    return text


def _uuid7(at: datetime, entropy: bytes) -> int:
    """Lay out RFC 9562's version 7: 48 bits of milliseconds, version, 74 bits of entropy, variant."""
    millis = (at - _EPOCH) // _MILLISECOND
    noise = int.from_bytes(entropy)
    high, low = (noise >> 62) & 0xFFF, noise & ((1 << 62) - 1)
    return (millis << 80) | (0x7 << 76) | (high << 64) | (0b10 << 62) | low


def _encode(value: int) -> str:
    """Write 128 bits as 26 characters of Crockford's base 32, most significant first."""
    return "".join([_PAIRS[(value >> shift) & 1_023] for shift in _SHIFTS])
