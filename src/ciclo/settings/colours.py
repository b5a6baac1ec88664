"""Colours: whether text in one can be read on another (WCAG 2.2, 1.4.3), and its lighter and darker ones."""

import re
from typing import Final

_HEX: Final = re.compile(r"#[0-9a-f]{6}", re.ASCII)
TEXT_CONTRAST_MIN: Final = 4.5

Rgb = tuple[int, int, int]


def read_colour(text: str) -> str:
    """Return a colour such as `#b4ed00`.

    Raises:
        ValueError: it is none.
    """
    colour = text.strip().lower()
    if not _HEX.fullmatch(colour):
        raise ValueError("not a colour such as #b4ed00")
    return colour


def contrast(one: str, other: str) -> float:
    """Return the ratio of two colours' luminances, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def mix(one: str, other: str, share: float) -> str:
    """Return *one* with so large a *share* of *other* in it, as CSS mixes in sRGB."""
    pairs = zip(_rgb(one), _rgb(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def _rgb(colour: str) -> Rgb:
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(part / 255) for part in _rgb(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - sRGB's own
