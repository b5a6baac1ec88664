"""Idempotency keys in inputs: the same key with the same input gets the first answer again."""

import hashlib
from collections.abc import Mapping
from typing import Any, Final, Protocol

import orjson
import strawberry

from ciclo.domain.card_number import holds_card_number
from ciclo.domain.errors.general import InvalidValue
from ciclo.store.idempotency import IdempotentRequest
from graphql_schema.context import Info

KEY_CHARS_MAX: Final = 255
IDEMPOTENCY_KEY: Final = (
    "Of your choice. A repeat within a day gets the first one's result; nothing is done twice."
)

_SECRET_FIELDS: Final = frozenset({"number", "cvv"})
"""Card data: not even a digest of them may be kept, so another card under the same key is not noticed."""


class KeyedInput(Protocol):
    """An input that may bear a key."""

    @property
    def idempotency_key(self) -> str | None:
        """Return the key."""
        ...


def request_of(info: Info, input_: KeyedInput) -> IdempotentRequest | None:
    """Return the mutation *info* is about as the request under the key of *input_*, None without one.

    Raises:
        InvalidValue: the key is empty, too long, holds control characters, or is a card's number.
    """
    key = input_.idempotency_key
    if key is None:
        return None
    return request_under_key(
        info.field_name, key, subject=info.context.viewer.subject, given=strawberry.asdict(input_)
    )


def request_under_key(
    operation: str, key: str, *, subject: str, given: Mapping[str, object]
) -> IdempotentRequest:
    """Return *subject*'s request for an operation under *key*, told from others by what was *given*.

    Raises:
        InvalidValue: the key is empty, too long, holds control characters, or is a card's number.
    """
    if not 1 <= len(key) <= KEY_CHARS_MAX or not key.isprintable() or _is_card_number(key):
        raise InvalidValue(f"a key has 1 to {KEY_CHARS_MAX} printable characters", field=("idempotency_key",))
    return IdempotentRequest(subject=subject, operation=operation, key=key, fingerprint=_fingerprint(given))


def _is_card_number(key: str) -> bool:
    """Return whether *key* is nothing but a card number: random hex may hold what could be one."""
    return key.replace(" ", "").replace("-", "").isdigit() and holds_card_number(key)


def _fingerprint(given: Mapping[str, object]) -> str:
    """Return a digest of an input without its card data."""
    plain = orjson.dumps(_plain(dict(given)), option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(plain).hexdigest()


def _plain(value: Any) -> Any:  # noqa: ANN401 - any part of an input
    """Return *value* without card data, and with what JSON does not know as text."""
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items() if name not in _SECRET_FIELDS}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value if value is None or isinstance(value, str | int) else str(value)
