"""What can be exported, and how it is written: the words that commands and addresses take."""

from enum import StrEnum


class Kind(StrEnum):
    """Of what an export has a row each."""

    PAYMENTS = "payments"
    INVOICES = "invoices"
    SUBSCRIPTIONS = "subscriptions"
    MOVEMENTS = "movements"
    EVENTS = "events"
    CUSTOMERS = "customers"


class Format(StrEnum):
    """How a file is written; the value is the file's extension."""

    CSV = "csv"
    JSONL = "jsonl"
