"""Card numbers in text: found, so that they are neither kept nor shown."""

import re
from typing import Final

DIGITS_MIN: Final = 13
DIGITS_MAX: Final = 19

_LIKE_ONE: Final = re.compile(rf"(?<!\d)(?:\d[ -]?){{{DIGITS_MIN - 1},{DIGITS_MAX - 1}}}\d(?!\d)", re.ASCII)


def passes_luhn(digits: str) -> bool:
    """Return whether the last digit checks the others, which finds typing errors (ISO/IEC 7812-1)."""
    total = 0
    for place, digit in enumerate(int(character) for character in reversed(digits)):
        doubled = 2 * digit if place % 2 else digit
        total += doubled - 9 if doubled > 9 else doubled  # noqa: PLR2004 - nine is the digits' sum's modulus
    return total % 10 == 0


def holds_card_number(text: str) -> bool:
    """Return whether 13 to 19 digits stand in *text*, together or in groups, that can be a card's."""
    return without_card_numbers(text, instead="") != text


def without_card_numbers(text: str, *, instead: str) -> str:
    """Return *text* with *instead* in the place of all that can be a card's number."""
    return _LIKE_ONE.sub(lambda found: instead if _is_one(found[0]) else found[0], text)


def _is_one(text: str) -> bool:
    return passes_luhn(text.replace(" ", "").replace("-", ""))
