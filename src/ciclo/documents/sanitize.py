"""Text from outside, made fit to be typeset: anything goes in, what comes out is text that fonts can show.

PDF/A forbids missing glyphs, so that one emoji in a name would otherwise cost the whole document.
"""

import unicodedata
from itertools import chain
from typing import Final

CHARS_MAX: Final = 200
REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"

_RANGES: Final = (
    (0x0020, 0x007E),
    (0x00A1, 0x0241),  # Latin
    (0x0384, 0x03CE),  # Greek
    (0x0400, 0x045F),  # Cyrillic
    (0x0490, 0x04C4),
    (0x0531, 0x0556),  # Armenian
    (0x0561, 0x0587),
    (0x05D0, 0x05EA),  # Hebrew
    (0x060C, 0x060C),  # Arabic, with the letters of Persian and Urdu
    (0x061B, 0x061B),
    (0x061F, 0x061F),
    (0x0621, 0x063A),
    (0x0640, 0x064A),
    (0x0660, 0x066D),
    (0x067E, 0x067E),
    (0x0686, 0x0686),
    (0x0698, 0x0698),
    (0x06A9, 0x06A9),
    (0x06AF, 0x06AF),
    (0x06BE, 0x06BE),
    (0x06CC, 0x06CC),
    (0x06F0, 0x06F9),
    (0x10D0, 0x10FC),  # Georgian
    (0x1E00, 0x1E9B),  # Latin, with the letters of Vietnamese
    (0x1EA0, 0x1EF9),
    (0x2010, 0x2027),  # dashes, quotation marks, bullets
    (0x2030, 0x2037),
    (0x2039, 0x203F),
    (0x20A0, 0x20B5),  # currencies
    (0x20B8, 0x20BA),
    (0x20BD, 0x20BD),
    (0x2116, 0x2116),
    (0x2122, 0x2122),
    (0x2190, 0x2199),  # arrows
    (0x2212, 0x2212),
    (0x25A0, 0x25FF),  # geometric shapes
    (0xFB01, 0xFB02),  # Latin ligatures
)
"""What the fonts that the template names show between them in each weight; a test typesets all of it."""

_NOWHERE: Final = frozenset({"Cc", "Cf", "Mn", "Mc", "Me"})
"""Controls, formats (such as marks that turn the writing direction), and accents that join no letter:
stacks of those would draw over the lines above."""
_NOT_SHOWN: Final = _NOWHERE | {"Cs", "Co", "Cn", "Zl", "Zp"}

REPERTOIRE: Final = frozenset(
    character
    for character in map(chr, chain.from_iterable(range(first, last + 1) for first, last in _RANGES))
    if unicodedata.category(character) not in _NOT_SHOWN
)


def sanitize_text(text: str, *, chars_max: int = CHARS_MAX) -> str:
    """Return *text* on one line, with REPLACEMENT for what no font shows, cut to *chars_max* characters."""
    # Cut before the work, so that a megabyte costs no more than a name; letters and accents may yet join.
    composed = unicodedata.normalize("NFC", text[: 4 * chars_max])
    shown = "".join(_shown(character) for character in " ".join(composed.split()))
    plain = " ".join(shown.split())
    return plain if len(plain) <= chars_max else f"{plain[: chars_max - 1].rstrip()}…"


def _shown(character: str) -> str:
    if character in REPERTOIRE:
        return character
    return "" if unicodedata.category(character) in _NOWHERE else REPLACEMENT
