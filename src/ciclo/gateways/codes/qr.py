"""QR codes: as SVG text for pages and documents alike, as PNG for mails."""

import io
from functools import lru_cache
from typing import Final

import segno

from ciclo.gateways.codes.drawing import DRAWINGS_MAX

QUIET_ZONE_MODULES: Final = 4
"""The white border that readers need around the code, by ISO/IEC 18004."""


@lru_cache(maxsize=DRAWINGS_MAX)
def qr_svg(text: str) -> str:
    """Return *text* as a QR code: one standalone SVG element that scales to its container.

    Never a Micro QR code: banks' apps don't read those.
    """
    drawing = io.BytesIO()
    segno.make_qr(text, error="m").save(
        drawing,
        kind="svg",
        border=QUIET_ZONE_MODULES,
        light="#fff",
        xmldecl=False,
        svgclass=None,
        lineclass=None,
        omitsize=True,
        nl=False,
    )
    return drawing.getvalue().decode()


PNG_SCALE: Final = 6
"""Pixels of a module: a code that is shown at a third of that is sharp on any screen."""


@lru_cache(maxsize=DRAWINGS_MAX)
def qr_png(text: str) -> bytes:
    """Return *text* as a QR code: a PNG, which every mail program shows."""
    drawing = io.BytesIO()
    segno.make_qr(text, error="m").save(drawing, kind="png", border=QUIET_ZONE_MODULES, scale=PNG_SCALE)
    return drawing.getvalue()
