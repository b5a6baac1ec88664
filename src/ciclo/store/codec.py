"""Domain values as MongoDB documents and back.

A dataclass becomes a document of its fields, `id` becomes `_id`; dates are ISO text, since BSON
has instants only; amounts are integers. msgspec reads and writes them, by the annotations of the dataclasses.
"""

from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final, TypeVar

from msgspec import convert, to_builtins

from ciclo.domain.coupons.coupon import Coupon
from ciclo.domain.customer import Customer
from ciclo.domain.events.event import PAYLOADS, Payload
from ciclo.domain.events.event_type import EventType
from ciclo.domain.invoice import CreditNote, Invoice
from ciclo.domain.links.checkout_link import CheckoutLink
from ciclo.domain.links.invoice_link import InvoiceLink
from ciclo.domain.mails.mail import Mail
from ciclo.domain.payment import Payment
from ciclo.domain.payments.payment_receipt import PaymentReceipt
from ciclo.domain.plan import Plan
from ciclo.domain.products.product import Product
from ciclo.domain.subscription import Subscription
from ciclo.domain.webhooks.endpoint import WebhookEndpoint
from ciclo.domain.webhooks.webhook_delivery import WebhookDelivery
from ciclo.store.events.upcasts import FIRST_VERSION, UPCASTS, Upcasts, upcast
from ciclo.store.mongo.client import Document

Value = TypeVar("Value")

DOCUMENTS: Final = (
    Plan,
    Coupon,
    Product,
    Customer,
    Subscription,
    Invoice,
    Payment,
    CreditNote,
    WebhookEndpoint,
    WebhookDelivery,
    Mail,
    CheckoutLink,
    InvoiceLink,
    PaymentReceipt,
)
"""The types that are whole documents: their id is the document's."""

_WHOLE: Final = frozenset(DOCUMENTS)
_INSTANTS: Final = (datetime,)
"""What BSON holds as it is, and text never stands for."""

read_date: Final = lru_cache(maxsize=8_192)(date.fromisoformat)
"""Reads a date as it is stored; there are only so many days, and very many documents with them."""


def encode(value: object) -> Document:
    """Return *value*, a dataclass of the domain, as a document."""
    document: Document = to_builtins(value, builtin_types=_INSTANTS)
    if type(value) in _WHOLE:
        document["_id"] = document.pop("id")
    return document


def encode_part(value: object) -> object:
    """Return what a document holds for one field of a dataclass of the domain."""
    return to_builtins(value, builtin_types=_INSTANTS)


def decode(document: Document, kind: type[Value]) -> Value:
    """Return the value that *document* holds.

    Raises:
        KeyError, TypeError, ValueError: it does not hold one.
    """
    if kind in _WHOLE:
        document = {**document, "id": document["_id"]}
    return convert(document, kind, builtin_types=_INSTANTS)


def decode_payload(
    event_type: str, data: Document, *, version: int = FIRST_VERSION, upcasts: Upcasts = UPCASTS
) -> Payload:
    """Return an event's data, as *version* of its type recorded them, as its type's dataclass.

    Raises:
        KeyError, TypeError, ValueError: the type or version is unknown, or the data are not of its form.
    """
    of = EventType(event_type)
    kind: type[Any] = PAYLOADS[of]
    payload: Payload = decode(upcast(of, data, version=version, upcasts=upcasts), kind)
    return payload
