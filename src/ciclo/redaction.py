"""Redaction: take secrets and card numbers out of text before it reaches a log or a caller."""

import re
from collections.abc import Mapping
from typing import Final

TEXT_CHARS_MAX: Final = 16_384
DEPTH_MAX: Final = 6
ITEMS_MAX: Final = 200
PAN_DIGITS_MIN: Final = 13

SECRET: Final = "[secret]"  # noqa: S105 - what stands in its place
PAN: Final = "[pan]"

_CUT: Final = " [cut]"
_SECRET_KEYS: Final = frozenset(
    {
        *("authorization", "cookie", "password", "passwd", "secret", "webhook_signature", "private_key"),
        *("token", "access_token", "refresh_token", "id_token", "jwt", "api_key", "apikey"),
        *("card_number", "pan", "cvv", "cvc"),
    }
)
_PAN: Final = re.compile(r"(?<!\d)(?:\d[ -]?){12,18}\d(?!\d)", re.ASCII)
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
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return _PAN.sub(_hide_card_number, text)


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
            return PAN if _is_card_number(str(value)) else value
        case Mapping() if depth < DEPTH_MAX:
            return {
                key: SECRET
                if str(key).lower().replace("-", "_") in _SECRET_KEYS
                else redact_value(item, depth=depth + 1)
                for key, item in list(value.items())[:ITEMS_MAX]
            }
        case list() | tuple() | set() | frozenset() if depth < DEPTH_MAX:
            return [redact_value(item, depth=depth + 1) for item in list(value)[:ITEMS_MAX]]
        case _:
            return redact(str(value))


def _hide_card_number(found: re.Match[str]) -> str:
    return PAN if _is_card_number(found[0]) else found[0]


def _is_card_number(text: str) -> bool:
    """Return whether the digits of *text* can be a card's: 13 and more, and Luhn holds (ISO/IEC 7812-1)."""
    digits = [int(character) for character in reversed(text) if character.isdigit()]
    if len(digits) < PAN_DIGITS_MIN:
        return False
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[1::2]]  # noqa: PLR2004 - 5 and up carry
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0
