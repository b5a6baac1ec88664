"""docs/settings.md tells of every setting, with the default that it really has."""

import re
from pathlib import Path
from typing import Final

from pydantic import SecretStr
from pydantic_core import PydanticUndefined

from ciclo.settings.settings import Settings

PAGE: Final = Path(__file__).parents[2] / "docs" / "settings.md"
ROW: Final = re.compile(r"^\| `CICLO_([A-Z_]+)` \| (.*?) \|", re.MULTILINE)
IN_WORDS: Final = {
    "required",
    "none",
    "by gateway",
    "by mode",
    "JSON off a terminal",
    "a public text",
    "by time zone",
    "by the above",
    "the seller's name",
}
"""Defaults that are no value to type in."""


def test_every_setting_is_on_the_page_and_nothing_else() -> None:
    on_page = [name.lower() for name, _ in ROW.findall(PAGE.read_text(encoding="utf-8"))]

    assert sorted(on_page) == sorted(Settings.model_fields)


def test_the_page_tells_the_defaults() -> None:
    told = {name.lower(): default for name, default in ROW.findall(PAGE.read_text(encoding="utf-8"))}
    told = {name: default.strip("`") for name, default in told.items() if default not in IN_WORDS}

    real = {name: _typed(field.default) for name, field in Settings.model_fields.items() if name in told}
    silent = {name for name in Settings.model_fields if name not in told}

    assert told == real
    assert all(_is_in_words(Settings.model_fields[name].default) for name in silent)


def _typed(default: object) -> str:
    """Return *default* as somebody would type it into an environment."""
    if isinstance(default, tuple):
        return ",".join(str(part) for part in default)
    return str(default).lower() if isinstance(default, bool) else str(default)


def _is_in_words(default: object) -> bool:
    return default in (None, (), PydanticUndefined) or isinstance(default, SecretStr)
