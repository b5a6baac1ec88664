"""Upcasts: how the data of an event that an older release recorded become what its type holds today.

A field with a default needs none. Any other change of a payload is one more step for its type, and a step
is never changed or removed once a release had it: records are never rewritten.
"""

from collections.abc import Callable, Mapping
from typing import Final

from ciclo.domain.events.event_type import EventType
from ciclo.store.mongo.client import Document

Upcasts = Mapping[EventType, tuple[Callable[[Document], Document], ...]]
"""For each type the steps from version 1 to 2, from 2 to 3, and so on."""


def _name_refund(data: Document) -> Document:
    """Give `credit` of a cancellation the name and the words that it has since money can go back, too."""
    others = {name: value for name, value in data.items() if name != "credit"}
    return others | {"refund": "CREDIT" if data.get("credit") == "PRORATED" else "NONE"}


UPCASTS: Final[Upcasts] = {EventType.CANCELLATION_REQUESTED: (_name_refund,)}

FIRST_VERSION: Final = 1
"""What a record has that was made before records said so."""


def present_version(event_type: EventType, upcasts: Upcasts = UPCASTS) -> int:
    """Return the version of a type's data that this release writes."""
    return FIRST_VERSION + len(upcasts.get(event_type, ()))


def upcast(event_type: EventType, data: Document, *, version: int, upcasts: Upcasts = UPCASTS) -> Document:
    """Return *data*, recorded in *version*, in the present version; *data* stays as it is.

    Raises:
        ValueError: no release that this one knows wrote that version.
    """
    steps = upcasts.get(event_type, ())
    if not FIRST_VERSION <= version <= FIRST_VERSION + len(steps):
        raise ValueError(f"{event_type} has data of version {version}")
    for step in steps[version - FIRST_VERSION :]:
        data = step(data)
    return data
