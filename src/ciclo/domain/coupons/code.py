"""Codes of coupons: as people type them, and as they are made.

Source: billing rule 36.
"""

import unicodedata
from typing import Final

from ciclo.domain.errors.general import InvalidValue

CODE_CHARS_MIN: Final = 3
CODE_CHARS_MAX: Final = 40
RANDOM_CHARS: Final = 10
"""Characters of a code that is made, after its prefix: 50 bits, which nobody finds by trying."""

_ALPHABET: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Without 0, 1, I and O, which are taken for each other."""


def normalize_code(text: str) -> str:
    """Return *text* as codes are compared: NFKC, in capitals, without the space around it.

    Raises:
        InvalidValue: it can be no code.
    """
    code = unicodedata.normalize("NFKC", text).strip().upper()
    fits = CODE_CHARS_MIN <= len(code) <= CODE_CHARS_MAX
    if not fits or not all(char.isalnum() or char in "-_" for char in code):
        message = f"a code has {CODE_CHARS_MIN} to {CODE_CHARS_MAX} letters, digits, hyphens and underscores"
        raise InvalidValue(message, field=("code",))
    return code


def code_of(prefix: str, entropy: bytes) -> str:
    """Return the code that RANDOM_CHARS bytes of *entropy* give after *prefix*.

    Raises:
        InvalidValue: the prefix is too long, or holds what no code does.
    """
    chars = "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in entropy[:RANDOM_CHARS])
    return normalize_code(f"{prefix}{chars}")
