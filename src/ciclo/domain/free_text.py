"""Free text that callers give: bounded, plain, and without card numbers."""

import unicodedata
from typing import Final

from ciclo.domain.card_number import holds_card_number
from ciclo.domain.errors.general import InvalidValue

_TURNS_AROUND: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Unicode's controls of direction: with them a name reads otherwise than it is written."""

REASON_CHARS_MAX: Final = 500


def validate_reason(text: str | None) -> str | None:
    """Return the reason that somebody gave, trimmed; None if that leaves nothing.

    Raises:
        InvalidValue: it is too long, or holds what no reason needs.
    """
    trimmed = (text or "").strip()
    return validate_text(trimmed, field="reason", chars_max=REASON_CHARS_MAX) or None


def validate_text(text: str, *, field: str, chars_min: int = 0, chars_max: int) -> str:
    """Return *text* if it is of that length and holds neither controls nor a card number.

    Raises:
        InvalidValue: it is not; the message never repeats the text.
    """
    if not chars_min <= len(text) <= chars_max:
        raise InvalidValue(f"{field} has {chars_min} to {chars_max} characters", field=(field,))
    if chars_min and all(char.isspace() or unicodedata.category(char) == "Cf" for char in text):
        raise InvalidValue(f"{field} holds nothing that can be seen", field=(field,))
    if any(unicodedata.category(char) == "Cc" and char not in "\n\t" for char in text):
        raise InvalidValue(f"{field} holds control characters", field=(field,))
    if not _TURNS_AROUND.isdisjoint(text):
        raise InvalidValue(f"{field} holds characters that turn text around", field=(field,))
    if holds_card_number(text):
        raise InvalidValue(f"{field} holds what looks like a card number", field=(field,))
    return text
