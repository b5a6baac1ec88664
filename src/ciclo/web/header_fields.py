"""Header fields as they came over the wire: several are looked for in one pass."""

from collections.abc import Iterable

Field = tuple[bytes, bytes]
"""A name in lower case, and its value."""


def values_of(fields: Iterable[Field], *names: bytes) -> list[list[bytes]]:
    """Return the values that each of *names* (in lower case) has in *fields*."""
    found: dict[bytes, list[bytes]] = {name: [] for name in names}
    for name, value in fields:
        if name in found:
            found[name].append(value)
    return list(found.values())
