"""Values as digests see them: plain data without the fields that hold their default.

Every event seals each document that it writes, so this runs as often as anything. For each dataclass a
function is generated that reads its fields by name, as dataclasses generate theirs: a loop over names
takes four times as long.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from types import NoneType
from typing import Any, Final

Write = Callable[[Any], object]

_LEAVES: Final = frozenset({str, int, bool, NoneType, date, datetime})


def bare(value: object) -> object:
    """Return *value*, a dataclass of the domain, without what holds its default, and so everything in it.

    So it stays the same when a class gets a new field with a default. Days, instants and members of
    enumerations are left as they are: whoever writes JSON knows them.
    """
    kind = type(value)
    write = _writers.get(kind)
    if write is None:
        write = _writers[kind] = _writer(kind)
    return write(value)


def _same(value: object) -> object:
    return value


def _each(values: Iterable[object]) -> object:
    return [bare(value) for value in values]


def _named(values: Mapping[str, object]) -> object:
    return {str(name): bare(value) for name, value in values.items()}


_writers: Final[dict[type[Any], Write]] = {tuple: _each, list: _each, dict: _named}


def _writer(kind: type[Any]) -> Write:
    """Return the function that writes values of *kind*."""
    if not is_dataclass(kind):
        return _same
    known: dict[str, Any] = {"bare": bare, "leaves": _LEAVES}
    lines = ["def write(value):", "    written = {}"]
    for place, one in enumerate(fields(kind)):
        default = one.default if one.default_factory is MISSING else one.default_factory()
        lines.append(f"    part = value.{one.name}")
        if default is not MISSING:
            known[f"default_{place}"] = default
            # Most are the very default, and then nothing is compared.
            lines.append(f"    if part is not default_{place} and part != default_{place}:")
        lines.append(
            f"    {'    ' if default is not MISSING else ''}"
            f"written[{one.name!r}] = part if type(part) in leaves else bare(part)"
        )
    exec("\n".join([*lines, "    return written"]), known)  # noqa: S102 - made of our own fields' names alone
    write: Write = known["write"]
    return write
