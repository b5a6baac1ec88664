"""What stands around an invoice's own words: the seller's logo, colour, title font and whom to write to."""

import base64
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

import typst

from ciclo.settings.brand import ACCENT, PRINTED, Brand, BrandFile

LOGO_HEIGHT_MM: Final = 11.0
LOGO_WIDTH_MM_MAX: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterhead:
    """The seller's brand as the template lays it out. `logo` is an SVG, as wide as `logo_width_mm`."""

    name: str = ""
    accent: str = ACCENT
    logo: str | None = None
    logo_width_mm: float = 0
    title_font: str | None = None
    support: str | None = None


PLAIN: Final = Letterhead()


def letterhead_of(brand: Brand | None, *, title_font: str | None = None) -> Letterhead:
    """Return how the pages of a seller look; *title_font* is the family that their titles are set in."""
    if brand is None:
        return PLAIN
    logo = brand.logo
    return Letterhead(
        name=brand.name,
        accent=brand.accent,
        logo=_drawn(logo) if logo else None,
        logo_width_mm=min(LOGO_WIDTH_MM_MAX, LOGO_HEIGHT_MM * logo.width / logo.height) if logo else 0,
        title_font=title_font or None,
        support=brand.support,
    )


@dataclass(frozen=True, slots=True)
class TitleFont:
    """A seller's font for titles, in a folder of its own: that is where typst finds fonts."""

    family: str
    folder: Path


def put_title_font(brand: Brand | None) -> TitleFont | None:
    """Write a brand's font into a new folder, for the caller to remove; None where none can be printed."""
    font = brand.title_font if brand else None
    if font is None or font.name.rpartition(".")[2] not in PRINTED:
        return None
    folder = Path(mkdtemp(prefix="ciclo-title-font-"))
    (folder / font.name).write_bytes(font.content)
    found = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder])
    return TitleFont(next(iter(found.families()), ""), folder)


def _drawn(logo: BrandFile) -> str:
    """Return a picture as an SVG: what the template reads is text."""
    size = f'width="{logo.width}" height="{logo.height}"'
    content = base64.b64encode(logo.content).decode()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {logo.width} {logo.height}" {size}>'
        f'<image {size} href="data:{logo.media_type};base64,{content}"/></svg>'
    )
