"""Bar codes of boletos as SVG text: Interleaved 2 of 5, ISO/IEC 16390."""

import re
from functools import lru_cache
from itertools import chain
from typing import Final

from ciclo.gateways.codes.drawing import DRAWINGS_MAX

NARROW, WIDE = 1, 3
HEIGHT_MODULES: Final = 51
"""13 mm where the code is 103 mm wide, as FEBRABAN prints boletos."""
QUIET_ZONE_MODULES: Final = 10
DIGITS_MAX: Final = 80

_DIGITS: Final = re.compile(r"(?:[0-9]{2})+")
_ELEMENTS: Final = (
    *("nnwwn", "wnnnw", "nwnnw", "wwnnn", "nnwnw"),
    *("wnwnn", "nwwnn", "nnnww", "wnnwn", "nwnwn"),
)
"""Of each digit from 0 to 9 the five elements, narrow or wide."""
_START: Final = "nnnn"
_STOP: Final = "wnn"


@lru_cache(maxsize=DRAWINGS_MAX)
def itf_svg(digits: str) -> str:
    """Return *digits* as a bar code: one standalone SVG element that scales to its container.

    Raises:
        ValueError: there are none, an odd number of them, or too many.
    """
    if _DIGITS.fullmatch(digits) is None or len(digits) > DIGITS_MAX:
        raise ValueError(f"a bar code takes an even number of digits, at most {DIGITS_MAX}")
    bars: list[str] = []
    left = QUIET_ZONE_MODULES
    for place, width in enumerate(_widths(digits)):
        if place % 2 == 0:
            bars.append(f"M{left} 0h{width}v{HEIGHT_MODULES}h-{width}z")
        left += width
    width = left + QUIET_ZONE_MODULES
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {HEIGHT_MODULES}" '
        f'shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{width}v{HEIGHT_MODULES}h-{width}z"/>'
        f'<path d="{"".join(bars)}"/></svg>'
    )


def _widths(digits: str) -> list[int]:
    """Return the widths of bars and spaces by turns: of each two digits one is in bars, one in spaces."""
    elements = [_START]
    for bars, spaces in zip(digits[::2], digits[1::2], strict=True):
        elements += map("".join, zip(_ELEMENTS[int(bars)], _ELEMENTS[int(spaces)], strict=True))
    return [WIDE if element == "w" else NARROW for element in chain(*elements, _STOP)]
