"""Redaction: take secrets, tokens and card numbers out of what goes into a log, an export or an answer."""

import re
from collections.abc import Mapping
from typing import Any, Final

from ciclo.domain.card_number import DIGITS_MIN, holds_card_number, without_card_numbers

TEXT_CHARS_MAX: Final = 16_384
DEPTH_MAX: Final = 6
ITEMS_MAX: Final = 200

SECRET: Final = "[secret]"  # noqa: S105 - what stands in its place
PAN: Final = "[pan]"

_CHARGEABLE: Final = "token"
"""In an event's data: with it a card can be charged."""

_LEAST_NUMBER: Final = 10 ** (DIGITS_MIN - 1)
_CUT: Final = " [cut]"
_SECRET_NAMES: Final = frozenset(
    {
        *("authorization", "cookie", "password", "passwd", "secret", "webhook_signature", "private_key"),
        *("token", "access_token", "refresh_token", "id_token", "jwt", "api_key", "apikey"),
        *("card_number", "pan", "cvv", "cvc"),
    }
)
# What some rule needs in a text, in lower case: most texts have none of it, and no rule is tried.
_SIGNS: Final = re.compile(
    r"://|bearer|basic|eyj|whsec_|_live_|_test_|_dev_|_prod_|passw|secret|token|key|cv[vc]"
)
_RULES: Final = (
    # User and password of a URL: mongodb://user:password@host
    (re.compile(r"\b([a-z][a-z0-9+.-]{1,20}://)[^\s/@]{1,512}@", re.IGNORECASE), rf"\1{SECRET}@"),
    (re.compile(r"\b(bearer|basic)\s+[\w.~+/=-]+", re.IGNORECASE), rf"\1 {SECRET}"),
    (re.compile(r"\beyJ[\w-]{4,}\.[\w-]+\.[\w-]*"), SECRET),
    (re.compile(r"\b(?:whsec|(?:sk|rk|abc)_(?:live|test|dev|prod))_[\w+/=]+"), SECRET),
    (
        re.compile(
            r"\b(password|passwd|secret|token|api_?key|cvv|cvc)(['\"]?\s*[:=]\s*['\"]?)[^\s'\",;&}]+",
            re.IGNORECASE,
        ),
        rf"\1\2{SECRET}",
    ),
)


def redact(text: str) -> str:
    """Return *text* without secrets and card numbers, cut at TEXT_CHARS_MAX."""
    if len(text) > TEXT_CHARS_MAX:
        text = text[:TEXT_CHARS_MAX] + _CUT
    if _SIGNS.search(text.lower()):
        for pattern, replacement in _RULES:
            text = pattern.sub(replacement, text)
    return without_card_numbers(text, instead=PAN) if len(text) >= DIGITS_MIN else text


def redact_member(name: object, value: object, *, depth: int = 0) -> object:
    """Return the *value* of something called *name*, redacted, or nothing of it if the name is a secret's."""
    if str(name).lower().replace("-", "_") in _SECRET_NAMES:
        return SECRET
    return redact_value(value, depth=depth)


def redact_value(value: object, *, depth: int = 0) -> object:
    """Return *value* with every text in it redacted, and whatever a secret's name stands before.

    What is nested deeper than DEPTH_MAX, or comes after ITEMS_MAX others, is cut.
    """
    match value:
        case None | bool() | float():
            return value
        case str():
            return redact(value)
        case int():
            return PAN if abs(value) >= _LEAST_NUMBER and holds_card_number(str(value)) else value
        case Mapping() if depth < DEPTH_MAX:
            members = list(value.items())[:ITEMS_MAX]
            return {name: redact_member(name, item, depth=depth + 1) for name, item in members}
        case list() | tuple() | set() | frozenset() if depth < DEPTH_MAX:
            return [redact_value(item, depth=depth + 1) for item in list(value)[:ITEMS_MAX]]
        case _:
            return redact(str(value))


def without_tokens(data: Any) -> Any:  # noqa: ANN401 - any part of an event's data
    """Return an event's *data* without payment tokens, which can be charged."""
    if isinstance(data, dict):
        return {name: without_tokens(part) for name, part in data.items() if name != _CHARGEABLE}
    if isinstance(data, list):
        return [without_tokens(part) for part in data]
    return data
