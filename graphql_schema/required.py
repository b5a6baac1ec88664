"""What must be there: a document that another one names."""

from typing import TypeVar

Found = TypeVar("Found")


def required(found: Found | None) -> Found:
    """Return what a reference led to.

    Raises:
        LookupError: the reference leads nowhere, which the store's transactions rule out.
    """
    if found is None:
        raise LookupError("a document names another one that is not there")
    return found
