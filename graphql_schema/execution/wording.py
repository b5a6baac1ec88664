"""Wording: what callers read is in the API's names and JSON's words, not in Python's."""

import re
from typing import Final

_SNAKE_CASE: Final = re.compile(r"\b[a-z]+(?:_[a-z]+)+\b")
_PYTHONS: Final = re.compile(r"<[\w.]+ (?:instance|object)|\b(?:True|False|None)\b|[{[]")


def api_name(name: str) -> str:
    """Return the name that a field has in the API: trialDays for trial_days."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def api_message(message: str) -> str:
    """Return a refusal's words with the fields that it names as the API calls them."""
    return _SNAKE_CASE.sub(lambda found: api_name(found[0]), message)


def is_pythons(quotation: str) -> bool:
    """Return whether a value is quoted in a way that only Python would write it."""
    return _PYTHONS.search(quotation) is not None
