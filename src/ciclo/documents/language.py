"""The languages that documents are written in."""

from enum import StrEnum


class Language(StrEnum):
    """A language by its BCP 47 tag."""

    PORTUGUESE = "pt-BR"
    ENGLISH = "en"
