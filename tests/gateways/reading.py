"""Reads back what was drawn: an SVG is rasterised and given to a decoder of bar codes."""

import io

import resvg_py
import zxingcpp
from PIL import Image


def decoded(svg: str, *, width_px: int) -> list[tuple[str, str]]:
    """Return the format and text of every code that a reader finds in *svg*."""
    picture = Image.open(io.BytesIO(resvg_py.svg_to_bytes(svg_string=svg, width=width_px)))
    return [(str(code.format), code.text) for code in zxingcpp.read_barcodes(picture.convert("L"))]
