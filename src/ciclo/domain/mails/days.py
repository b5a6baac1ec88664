"""Mails that a day brings: invoices that are due some days from now, or overdue for some days."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from ciclo.domain.ids import CustomerId, InvoiceId
from ciclo.domain.mails.mail import MailKind, mail_id
from ciclo.domain.mails.news import MailDraft

REMINDED_AT: Final = time(9)
"""The seller's time of day: nobody is mailed at midnight that an invoice is due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayOfInvoice:
    """An open invoice whose day *day* is: that on which it is due, or the first on which it is overdue."""

    invoice_id: InvoiceId
    customer_id: CustomerId
    issued_at: datetime
    day: date


def last_reminded_day(now: datetime, timezone: str) -> date:
    """Return the last day whose reminders are to be written at *now*."""
    local = now.astimezone(ZoneInfo(timezone))
    return local.date() if local.time() >= REMINDED_AT else local.date() - timedelta(days=1)


def reminder_instant(day: date, timezone: str) -> datetime:
    """Return when the reminders of *day* are written."""
    return datetime.combine(day, REMINDED_AT, ZoneInfo(timezone))


def days_from(kind: MailKind, days: int) -> timedelta:
    """Return how long after an invoice's day a rule's *days* are: overdue for one day is that day itself."""
    return timedelta(days=days - 1 if kind is MailKind.INVOICE_OVERDUE else days)


def reminder_of(kind: MailKind, found: DayOfInvoice, *, days: int, timezone: str) -> MailDraft:
    """Return the one mail that a rule's *days* ask for about an invoice."""
    return MailDraft(
        id=mail_id(kind, at=found.issued_at, facts=f"{found.invoice_id}:{days}"),
        kind=kind,
        about=found.invoice_id,
        customer_id=found.customer_id,
        at=reminder_instant(found.day + days_from(kind, days), timezone),
    )
