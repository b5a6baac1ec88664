"""The seller's brand: what the portal, mails and PDFs look like, and where they lead.

The one home of it: whoever shows the seller takes a `Brand`.
"""

import hashlib
import struct
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import AfterValidator, BaseModel, field_validator

from ciclo.domain.errors.general import InvalidValue
from ciclo.email_address import normalize_email
from ciclo.settings.colours import TEXT_CONTRAST_MIN, contrast, mix, read_colour
from ciclo.settings.http import is_safe_address

ACCENT: Final = "#b4ed00"
INK: Final = "#202020"
"""The portal's background, and the text on the accent."""
SURFACE: Final = "#282828"
"""The portal's cards (portal/src/styles/tokens.css)."""
TINT_SHARE: Final = 0.14
"""Of the accent in a tag's background."""

NAME_CHARS_MAX: Final = 60
LOGO_BYTES_MAX: Final = 204_800
LOGO_PX_MAX: Final = 2_000
FONT_BYTES_MAX: Final = 512_000
DIGEST_CHARS: Final = 16
FILES_KEPT: Final = 8
"""Read once by a process: a new file is shown by a new process."""
BRAND_FILES: Final = "/assets/brand"
"""Where these files are served."""

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_JPEG: Final = b"\xff\xd8\xff"
_FONTS: Final = {
    b"wOF2": ("woff2", "font/woff2"),
    b"\x00\x01\x00\x00": ("ttf", "font/ttf"),
    b"OTTO": ("otf", "font/otf"),
}
PRINTED: Final = frozenset({"ttf", "otf"})
"""The kinds of fonts that PDFs are set in too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrandFile:
    """A file of the seller's, as it is served: its name changes with what is in it."""

    name: str
    media_type: str
    content: bytes
    width: int = 0
    height: int = 0
    """In pixels; of pictures only."""

    @classmethod
    def named(cls, kind: str, form: tuple[str, str], content: bytes, size: tuple[int, int] = (0, 0)) -> Self:
        """Return a file whose name holds a digest of its content; *form* is its suffix and media type."""
        suffix, media_type = form
        digest = hashlib.sha256(content).hexdigest()[:DIGEST_CHARS]
        width, height = size
        name = f"{kind}-{digest}.{suffix}"
        return cls(name=name, media_type=media_type, content=content, width=width, height=height)


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """The seller as people see them. `support` is an e-mail address to write to."""

    name: str
    legal_name: str = ""
    address: str = ""
    accent: str = ACCENT
    logo: BrandFile | None = None
    logo_url: str | None = None
    """Absolute, for those who read elsewhere."""
    title_font: BrandFile | None = None
    support: str | None = None
    terms_url: str | None = None
    privacy_url: str | None = None
    return_url: str | None = None

    @property
    def accent_hover(self) -> str:
        """Return the accent of a button that is pointed at."""
        return mix(self.accent, "#ffffff", 0.2)

    @property
    def accent_press(self) -> str:
        """Return the accent of a button that is pressed: darker, unless its text could not be read then."""
        darker = mix(self.accent, "#000000", 0.12)
        return darker if contrast(darker, INK) >= TEXT_CONTRAST_MIN else mix(self.accent, "#ffffff", 0.35)

    @property
    def on_accent(self) -> str:
        """Return the colour of text on the accent."""
        return INK


@lru_cache(maxsize=FILES_KEPT)
def read_logo(path: Path) -> BrandFile:
    """Return the logo in a file.

    Raises:
        ValueError: it can't be read, is too large, or is neither PNG nor JPEG.
    """
    content = _read(path, bytes_max=LOGO_BYTES_MAX)
    if content.startswith(_PNG):
        size = _png_size(content)
        form = "png", "image/png"
    elif content.startswith(_JPEG):
        size = _jpeg_size(content)
        form = "jpg", "image/jpeg"
    else:
        raise ValueError(f"{path} is neither a PNG nor a JPEG picture")
    if not all(0 < pixels <= LOGO_PX_MAX for pixels in size):
        raise ValueError(f"{path} is to be at most {LOGO_PX_MAX} pixels wide and high")
    return BrandFile.named("logo", form, content, size)


@lru_cache(maxsize=FILES_KEPT)
def read_title_font(path: Path) -> BrandFile:
    """Return the font in a file.

    Raises:
        ValueError: it can't be read, is too large, or is no WOFF2, TrueType or OpenType font.
    """
    content = _read(path, bytes_max=FONT_BYTES_MAX)
    if content[:4] not in _FONTS:
        raise ValueError(f"{path} is no WOFF2, TrueType or OpenType font")
    return BrandFile.named("title", _FONTS[content[:4]], content)


def _readable_accent(value: str) -> str:
    """Return an accent that can be read everywhere the portal uses it.

    Raises:
        ValueError: it is no colour, or too dark for a dark page.
    """
    accent = read_colour(value)
    grounds = (INK, SURFACE, mix(SURFACE, accent, TINT_SHARE))
    worst = min(contrast(accent, ground) for ground in grounds)
    if worst < TEXT_CONTRAST_MIN:
        raise ValueError(
            f"{accent} can't be read on the portal's dark pages: its contrast is {worst:.1f} to 1, and text "
            f"needs {TEXT_CONTRAST_MIN} to 1; take a lighter colour"
        )
    return accent


def _safe_link(value: str | None) -> str | None:
    if value is not None and not (is_safe_address(value) and value.isprintable() and " " not in value):
        raise ValueError("not an address such as https://example.com/terms")
    return value


Link = Annotated[str | None, AfterValidator(_safe_link)]


class BrandSettings(BaseModel):
    """How the seller looks to people, and where they find the seller."""

    brand_name: str | None = None
    """None: the seller's name."""
    brand_accent: str = ACCENT
    brand_logo: Path | None = None
    title_font: Path | None = None
    support_email: str | None = None
    """None: where mails' answers go."""
    terms_url: Link = None
    privacy_url: Link = None
    return_url: Link = None

    @field_validator("brand_name")
    @classmethod
    def _short_line(cls, value: str | None) -> str | None:
        if value is not None and not (value.isprintable() and 0 < len(value.strip()) <= NAME_CHARS_MAX):
            raise ValueError(f"a name is one line of at most {NAME_CHARS_MAX} characters")
        return value

    @field_validator("brand_accent")
    @classmethod
    def _accent(cls, value: str) -> str:
        return _readable_accent(value)

    @field_validator("support_email")
    @classmethod
    def _support(cls, value: str | None) -> str | None:
        try:
            return None if value is None else normalize_email(value)
        except InvalidValue as error:
            raise ValueError(str(error)) from None

    @field_validator("brand_logo")
    @classmethod
    def _logo(cls, value: Path | None) -> Path | None:
        if value is not None:
            read_logo(value)
        return value

    @field_validator("title_font")
    @classmethod
    def _font(cls, value: Path | None) -> Path | None:
        if value is not None:
            read_title_font(value)
        return value


def _read(path: Path, *, bytes_max: int) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(bytes_max + 1)
    except OSError as error:
        raise ValueError(f"{path} can't be read: {error.strerror}") from None
    if len(content) > bytes_max:
        raise ValueError(f"{path} is larger than {bytes_max // 1_024} KiB")
    return content


def _png_size(content: bytes) -> tuple[int, int]:
    """Return width and height out of the first chunk; 0 where it is cut off."""
    found = content[16:24]
    width, height = struct.unpack(">II", found) if len(found) == 8 else (0, 0)  # noqa: PLR2004 - two of 4 bytes
    return width, height


def _jpeg_size(content: bytes) -> tuple[int, int]:
    """Return width and height out of the frame's header; 0 where there is none."""
    place = 2
    while place + 9 <= len(content) and content[place] == 0xFF:  # noqa: PLR2004 - a marker's first byte
        marker, length = content[place + 1], int.from_bytes(content[place + 2 : place + 4])
        # Frames begin with C0 to CF, but for tables (C4), reserved (C8) and conditioning (CC).
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:  # noqa: PLR2004 - as above
            height, width = struct.unpack(">HH", content[place + 5 : place + 9])
            return width, height
        place += 2 + length
    return 0, 0
