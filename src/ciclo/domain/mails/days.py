"""Mails that a day brings: invoices that are due or overdue, and cards that are about to expire."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from ciclo.domain.ids import CustomerId, InvoiceId, SubscriptionId
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpiringCard:
    """A card by which a subscription is paid; `identity` tells it from the customer's other cards."""

    subscription_id: SubscriptionId
    customer_id: CustomerId
    brand: str | None
    last_four: str | None
    expires_on: date
    identity: str


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


def reminder_of_card(card: ExpiringCard, *, days: int, timezone: str) -> MailDraft:
    """Return the one mail that tells of a card's end, however many subscriptions it pays for."""
    facts = f"{card.customer_id}:{card.identity}:{card.expires_on}"
    return MailDraft(
        id=mail_id(MailKind.CARD_EXPIRING, at=reminder_instant(card.expires_on, timezone), facts=facts),
        kind=MailKind.CARD_EXPIRING,
        about=card.subscription_id,
        customer_id=card.customer_id,
        at=reminder_instant(card.expires_on + timedelta(days=days), timezone),
        facts={
            "brand": card.brand or "",
            "last_four": card.last_four or "",
            "expires_on": card.expires_on.isoformat(),
        },
    )
