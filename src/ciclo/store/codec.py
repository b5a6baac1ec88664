"""Domain values as MongoDB documents and back.

A dataclass becomes a document of its fields, `id` becomes `_id`; dates are ISO text, since BSON
has instants only; amounts are integers.
"""

from collections.abc import Callable
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final, NewType, TypeVar

from cattrs import Converter
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

from ciclo.domain.coupons.coupon import Coupon
from ciclo.domain.customer import Customer
from ciclo.domain.events.event import PAYLOADS, Payload
from ciclo.domain.events.event_type import EventType
from ciclo.domain.invoice import CreditNote, Invoice
from ciclo.domain.mails.mail import Mail
from ciclo.domain.payment import Payment
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
)
"""The types that are whole documents: their id is the document's."""

_converter: Final = Converter(detailed_validation=False, unstruct_collection_overrides={tuple: list})
_bare: Final = Converter(
    detailed_validation=False, omit_if_default=True, unstruct_collection_overrides={tuple: list}
)
read_date: Final = lru_cache(maxsize=8_192)(date.fromisoformat)
"""Reads a date as it is stored; there are only so many days, and very many documents with them."""


def encode(value: object) -> Document:
    """Return *value*, a dataclass of the domain, as a document."""
    document: Document = _converter.unstructure(value)
    return document


def encode_part(value: object) -> object:
    """Return what a document holds for one field of a dataclass of the domain."""
    return _converter.unstructure(value)


def bare(value: object) -> object:
    """Return *value*, a dataclass of the domain, as a document without the fields that hold their default.

    So it stays the same when its class gets a new field with a default.
    """
    return _bare.unstructure(value)


def decode(document: Document, kind: type[Value]) -> Value:
    """Return the value that *document* holds.

    Raises:
        KeyError, TypeError, ValueError: it does not hold one.
    """
    return _converter.structure(document, kind)


def decode_payload(
    event_type: str, data: Document, *, version: int = FIRST_VERSION, upcasts: Upcasts = UPCASTS
) -> Payload:
    """Return an event's data, as *version* of its type recorded them, as its type's dataclass.

    Raises:
        KeyError, TypeError, ValueError: the type or version is unknown, or the data are not of its form.
    """
    of = EventType(event_type)
    kind: type[Any] = PAYLOADS[of]
    payload: Payload = _converter.structure(upcast(of, data, version=version, upcasts=upcasts), kind)
    return payload


def _is_enum(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, StrEnum)


def _enum_reader(kind: Any) -> Callable[[Any, Any], Any]:
    members = {member.value: member for member in kind}
    return lambda value, _: members[value]


def _is_new_type(kind: Any) -> bool:
    return isinstance(kind, NewType)


def _as_it_is(value: Any, _: Any) -> Any:
    return value


def _register() -> None:
    """Teach the converters what the domain's types are in BSON."""
    for converter in (_converter, _bare):
        converter.register_unstructure_hook(datetime, lambda instant: instant)
        converter.register_unstructure_hook(date, date.isoformat)
        converter.register_unstructure_hook_factory(_is_enum, lambda _: lambda member: member.value)
    _converter.register_structure_hook(datetime, _as_it_is)
    _converter.register_structure_hook(date, lambda text, _: read_date(text))
    _converter.register_structure_hook_factory(_is_enum, _enum_reader)
    # An id is text that the edge has checked; a number that is none would be a bug of ours.
    _converter.register_structure_hook_factory(_is_new_type, lambda _: _as_it_is)
    for kind in DOCUMENTS:
        name = override(rename="_id")
        _converter.register_unstructure_hook(kind, make_dict_unstructure_fn(kind, _converter, id=name))
        _converter.register_structure_hook(
            kind, make_dict_structure_fn(kind, _converter, _cattrs_detailed_validation=False, id=name)
        )


_register()
