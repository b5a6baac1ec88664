"""Configurations: values that a plan gives an app for a feature, such as how large a logo may be. JSON text.

Kept as text, since it is never computed with: two are the same if their texts are.
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from math import isfinite
from typing import Final

from ciclo.domain.errors.general import InvalidValue
from ciclo.domain.free_text import validate_text

CONFIG_CHARS_MAX: Final = 2_000
"""Of one value as text: it is in a customer's set, and in each message about that."""

CONFIG_DEPTH_MAX: Final = 5
"""Of objects and arrays within each other; a number or a text by itself has none."""

CONFIGS_MAX: Final = 10
"""Values of one plan."""

CONFIG_NAME_CHARS_MAX: Final = 40
"""As long as the name of a limit may be."""


def write_config(value: object, *, field: str = "config") -> str:
    """Return a value that a JSON reader gave as text, the same for equal values.

    Raises:
        InvalidValue: it is too large or too deep, or no JSON.
    """
    if not _fits(value, CONFIG_DEPTH_MAX):
        raise InvalidValue(
            f"a value is JSON of at most {CONFIG_DEPTH_MAX} objects and arrays within each other",
            field=(field,),
        )
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True, default=float)
    return validate_text(text, field=field, chars_max=CONFIG_CHARS_MAX)


def read_config(text: str) -> object:
    """Return the value that `write_config` wrote."""
    return json.loads(text)


def validate_configs(configs: Mapping[str, str]) -> None:
    """Check the values of a plan, which `write_config` wrote.

    Raises:
        InvalidValue: there are too many, or a name is out of bounds.
    """
    if len(configs) > CONFIGS_MAX:
        raise InvalidValue(f"configs allows at most {CONFIGS_MAX} values", field=("configs",))
    for name in configs:
        validate_text(name, field="configs", chars_min=1, chars_max=CONFIG_NAME_CHARS_MAX)


def _fits(value: object, depth_max: int) -> bool:
    """Return whether a value is JSON, and no deeper than that."""
    if isinstance(value, Mapping):
        return depth_max > 0 and all(
            isinstance(key, str) and _fits(inner, depth_max - 1) for key, inner in value.items()
        )
    if isinstance(value, list | tuple):
        return depth_max > 0 and all(_fits(inner, depth_max - 1) for inner in value)
    if isinstance(value, float | Decimal):
        return isfinite(value)
    return value is None or isinstance(value, str | int)
