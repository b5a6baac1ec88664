"""A letter: what a mail says, before it is a page or plain text."""

from dataclasses import dataclass, field

from ciclo.documents.language import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A link that the reader is asked to follow."""

    label: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeBox:
    """A code to pay by: `text` to copy, as a picture too if it `is_drawn`."""

    heading: str
    how: str
    text: str
    is_drawn: bool = False
    alt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterRow:
    """One line of a table: what it is and what it comes to."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What one mail says, all of it plain text: nothing in here is ever taken for markup."""

    language: Language
    subject: str
    paragraphs: tuple[str, ...]
    rows: tuple[LetterRow, ...] = ()
    codes: tuple[CodeBox, ...] = ()
    button: Button | None = None
    closing: tuple[str, ...] = field(default=())
    """What stands below all else."""
