"""Static fonts out of a variable one: what typesets invoices takes no variable fonts."""

import importlib.util
import io
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from portal.npm import BuildFailed

PACKAGE: Final = "@fontsource-variable/hanken-grotesk"
SUBSETS: Final = ("latin", "latin-ext")
FAMILY: Final = "Hanken Grotesk"
WEIGHTS: Final = {"Regular": 400, "Medium": 500, "SemiBold": 600, "Bold": 700, "ExtraBold": 800}

_ITALIC_BOLD_REGULAR: Final = 0x61  # fsSelection's bits 0, 5 and 6
_BOLD: Final = 0x20
_REGULAR: Final = 0x40
_WINDOWS_UNICODE_ENGLISH: Final = (3, 1, 0x409)


def write(project: Path, out: Path) -> None:
    """Write one TTF for each style of the web font in *project*'s node_modules into *out*, with its licence.

    Raises:
        BuildFailed: fontTools and brotli are not installed.
    """
    for module in ("fontTools", "brotli"):
        if importlib.util.find_spec(module) is None:
            raise BuildFailed(f"{module} is not installed: pip install fonttools brotli")
    package = project / "node_modules" / PACKAGE
    subsets = [
        (package / "files" / f"hanken-grotesk-{name}-wght-normal.woff2").read_bytes() for name in SUBSETS
    ]
    for style in WEIGHTS:
        (out / file_name(style)).write_bytes(static_font(subsets, style=style))
    shutil.copyfile(package / "LICENSE", out / "OFL.txt")


def file_name(style: str) -> str:
    """Return the name of the file for *style*."""
    return f"{FAMILY.replace(' ', '')}-{style}.ttf"


def static_font(subsets: Sequence[bytes], *, style: str) -> bytes:
    """Return one style of a variable font (WOFF2, in subsets by script) as a TTF of all its subsets."""
    from fontTools.merge import Merger  # noqa: PLC0415 - a build requirement, absent where nothing is built
    from fontTools.ttLib import TTFont  # noqa: PLC0415 - the same
    from fontTools.varLib.instancer import instantiateVariableFont  # noqa: PLC0415 - the same

    parts = []
    for subset in subsets:
        font = instantiateVariableFont(TTFont(io.BytesIO(subset)), {"wght": WEIGHTS[style]})
        font.flavor = None
        parts.append(_saved(font))
    merged = Merger().merge(parts)
    _name(merged, style=style)
    return _saved(merged).getvalue()


def _saved(font: Any) -> io.BytesIO:  # noqa: ANN401 - fontTools is not imported above
    buffer = io.BytesIO()
    font.save(buffer)
    buffer.seek(0)
    return buffer


def _name(font: Any, *, style: str) -> None:  # noqa: ANN401 - as above
    """Name a style so that programs find it by family and weight (OpenType: name, OS/2, head)."""
    linked = style in {"Regular", "Bold"}
    names = {
        1: FAMILY if linked else f"{FAMILY} {style}",
        2: style if linked else "Regular",
        3: f"{FAMILY} {style}",
        4: f"{FAMILY} {style}",
        6: file_name(style).removesuffix(".ttf"),
        16: FAMILY,
        17: style,
    }
    for name_id, text in names.items():
        font["name"].setName(text, name_id, *_WINDOWS_UNICODE_ENGLISH)
    bold = style == "Bold"
    chosen = (_BOLD if bold else 0) | (_REGULAR if style == "Regular" else 0)
    font["OS/2"].usWeightClass = WEIGHTS[style]
    font["OS/2"].fsSelection = font["OS/2"].fsSelection & ~_ITALIC_BOLD_REGULAR | chosen
    font["head"].macStyle = int(bold)
