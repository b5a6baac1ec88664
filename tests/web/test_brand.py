"""The seller's brand: what can't be read or shown stops the start, with a word that helps."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from ciclo.settings.brand import FONT_BYTES_MAX, LOGO_BYTES_MAX, Brand, read_logo
from ciclo.settings.colours import TEXT_CONTRAST_MIN, contrast
from ciclo.settings.settings import Settings
from tests.web.pictures import a_png

JPEG = (
    b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    b"\xff\xc0\x00\x11\x08\x00\x3c\x00\xf0\x03\x01\x22\x00\x02\x11\x01\x03\x11\x01"
)


def started(settings: Settings, **changes: Any) -> Settings:
    return Settings.model_validate({**settings.model_dump(), **changes})


@pytest.mark.parametrize("accent", ["#b4ed00", "#FFB000", "#ff8a7a", "#8fc7ff", "#ffffff"])
def test_text_in_a_light_accent_and_on_it_can_be_read(settings: Settings, accent: str) -> None:
    brand = started(settings, brand_accent=accent).brand

    buttons = (brand.accent, brand.accent_hover, brand.accent_press)
    assert [one for one in buttons if contrast(one, brand.on_accent) < TEXT_CONTRAST_MIN] == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"brand_accent": "#0b5d4e"}, "its contrast is 1.8 to 1"),
        ({"brand_accent": "green"}, "not a colour such as #b4ed00"),
        ({"brand_name": "two\nlines"}, "one line"),
        ({"terms_url": "javascript:alert(1)"}, "not an address such as https://"),
        ({"support_email": "nobody"}, "not an e-mail address"),
        ({"brand_logo": "/nowhere/logo.png"}, "can't be read"),
    ],
)
def test_a_brand_that_nobody_could_read_is_refused(
    settings: Settings, wrong: dict[str, str], said: str
) -> None:
    with pytest.raises(ValidationError, match=said):
        started(settings, **wrong)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("brand_logo", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "neither a PNG nor a JPEG"),
        ("brand_logo", a_png(width=1, height=1) + bytes(LOGO_BYTES_MAX), "larger than 200 KiB"),
        ("brand_logo", a_png(width=2_001, height=1), "at most 2000 pixels"),
        ("brand_logo", a_png(width=1, height=1)[:20], "at most 2000 pixels"),
        ("brand_logo", JPEG[:20], "at most 2000 pixels"),
        ("title_font", b"PK\x03\x04", "no WOFF2, TrueType or OpenType font"),
        ("title_font", b"wOF2" + bytes(FONT_BYTES_MAX), "larger than 500 KiB"),
    ],
)
def test_a_file_that_can_not_be_shown_is_refused(
    settings: Settings, tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    (tmp_path / "file").write_bytes(content)

    with pytest.raises(ValidationError, match=said):
        started(settings, **{name: tmp_path / "file"})


def test_a_logo_is_measured(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(a_png(width=240, height=60))
    (tmp_path / "other").write_bytes(JPEG)

    one, other = read_logo(tmp_path / "one"), read_logo(tmp_path / "other")

    assert (one.width, one.height, one.media_type) == (240, 60, "image/png")
    assert (other.width, other.height, other.media_type) == (240, 60, "image/jpeg")


def test_without_a_brand_the_seller_stands_for_it(settings: Settings) -> None:
    assert settings.brand == Brand(
        name=settings.seller_name, legal_name=settings.seller_name, address=settings.seller_address
    )
