"""What an invoice's pages say, in words: the template lays this out and decides nothing."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from ciclo.documents.language import Language


class Tone(StrEnum):
    """How a status looks: settled, waiting, late or withdrawn."""

    SETTLED = "settled"
    WAITING = "waiting"
    LATE = "late"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """The seller or the customer."""

    label: str
    name: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """A label and what stands beside it."""

    label: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRow:
    """One line of the invoice. `tax` is None where the invoice has no column for it."""

    title: str
    explanation: str
    quantity: str
    tax: str | None
    amount: str


@dataclass(frozen=True, slots=True)
class MoneyRow:
    """Money that came or went: the day, what it was, how much."""

    day: str
    what: str
    amount: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A table of movements under a heading: the receipt, payments, credit notes.

    `sum` closes the table, `note` is small print below it.
    """

    heading: str
    text: str | None
    columns: tuple[str, str, str]
    movements: tuple[MoneyRow, ...]
    sum: SummaryRow | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentSlip:
    """A way to pay what is open: a code to copy, drawn as a QR code or a bar code too.

    `qr` and `bar_code` are what is drawn; `code` is what people copy, in lines. `alt` says what the
    drawing is to those who don't see it.
    """

    heading: str
    how: str
    entries: tuple[SummaryRow, ...]
    code_label: str
    code: tuple[str, ...]
    qr: str | None = None
    bar_code: str | None = None
    alt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceDocument:
    """An invoice, which is its own receipt once it is paid. `issued_on` dates the PDF.

    `page` is the line for page numbers, with {page} and {pages} to fill in.
    """

    language: Language
    issued_on: date
    title: str
    status: str
    tone: Tone
    seller: Party
    customer: Party
    facts: tuple[SummaryRow, ...]
    columns: tuple[str, ...]
    items: tuple[LineRow, ...]
    sums: tuple[SummaryRow, ...]
    """The last one is the total."""
    slips: tuple[PaymentSlip, ...]
    sections: tuple[Section, ...]
    page: str
