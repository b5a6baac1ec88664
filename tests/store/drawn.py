"""Draws values of the domain's dataclasses by their annotations: whatever BSON can hold of them."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, date, datetime
from enum import Enum
from functools import cache
from types import NoneType
from typing import Any, Final, NewType, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

PARTS_MAX: Final = 2

_TEXT: Final = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5)
_INSTANTS: Final = st.integers(0, 4_102_444_800_000).map(
    lambda ms: datetime.fromtimestamp(ms // 1_000, UTC).replace(microsecond=ms % 1_000 * 1_000)
)
_PLAIN: Final[dict[Any, st.SearchStrategy[Any]]] = {
    str: _TEXT,
    int: st.integers(-(2**63), 2**63 - 1),
    bool: st.booleans(),
    date: st.dates(),
    datetime: _INSTANTS,
    NoneType: st.none(),
}


@cache
def values_of(kind: Any) -> st.SearchStrategy[Any]:
    """Return what draws values of *kind*, a dataclass or a field's annotation."""
    if kind in _PLAIN:
        return _PLAIN[kind]
    if isinstance(kind, NewType):
        return values_of(kind.__supertype__)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from(kind)
    parts = [one for one in get_args(kind) if one is not ...]
    match get_origin(kind):
        case None:
            hints = get_type_hints(kind)
            found = st.builds(kind, **{one.name: values_of(hints[one.name]) for one in fields(kind)})
        case of if of is tuple:
            found = st.lists(values_of(parts[0]), max_size=PARTS_MAX).map(tuple)
        case of if of in {dict, Mapping}:
            found = st.dictionaries(*map(values_of, parts), max_size=PARTS_MAX)
        case _:
            found = st.one_of(*map(values_of, parts))
    return found
