"""A mail to one person: written once, sent until it is taken or can't be.

Its id follows from what it is about, so that whoever finds that it is due writes the same one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from ciclo.domain.ids import CustomerId, MailId, derived_id

MAIL_PAUSES: Final = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
    timedelta(hours=12),
    timedelta(hours=24),
    timedelta(hours=24),
)
"""After each try that the mail server put off, but the last: almost three days in all (RFC 5321, 4.5.4.1)."""

TRIES_MAX: Final = len(MAIL_PAUSES) + 1

SAME_SUBJECT_AFTER: Final = timedelta(hours=1)
"""Within it nobody is mailed twice of one kind about one thing."""

MAILS_KEPT_FOR: Final = timedelta(days=90)


class MailKind(StrEnum):
    """What a mail tells. All of them are about a contract that its reader has: none is advertising."""

    SIGN_IN = "SIGN_IN"
    INVITATION = "INVITATION"
    TRIAL_ENDING = "TRIAL_ENDING"
    RENEWAL_AHEAD = "RENEWAL_AHEAD"
    INVOICE_ISSUED = "INVOICE_ISSUED"
    INVOICE_DUE = "INVOICE_DUE"
    INVOICE_OVERDUE = "INVOICE_OVERDUE"
    PAYMENT_FAILED = "PAYMENT_FAILED"
    CARD_EXPIRING = "CARD_EXPIRING"
    PAYMENT_RECEIVED = "PAYMENT_RECEIVED"
    PAYMENT_REFUNDED = "PAYMENT_REFUNDED"
    PLAN_CHANGED = "PLAN_CHANGED"
    SUBSCRIPTION_CANCELLED = "SUBSCRIPTION_CANCELLED"
    WEBHOOK_ENDPOINT_DISABLED = "WEBHOOK_ENDPOINT_DISABLED"
    """To the members who look after webhooks."""


class MailState(StrEnum):
    """WAITING until it is sent, or will not be."""

    WAITING = "WAITING"
    SENT = "SENT"
    FAILED = "FAILED"
    """The server refused it, or put it off too often."""
    BOUNCED = "BOUNCED"
    """There is no such address."""
    VOID = "VOID"
    """There was nothing to tell any more."""


class VoidMailReason(StrEnum):
    """Why a mail was not sent."""

    SETTLED = "SETTLED"
    """What it asks for was done meanwhile."""
    TOO_SOON = "TOO_SOON"
    """The same was told within the hour."""
    TOO_LATE = "TOO_LATE"
    """It was of use until a moment that is over."""
    ADDRESS_BROKEN = "ADDRESS_BROKEN"
    """Mail to this address came back before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One mail. `at` is the billing clock's, `next_at` and `useful_until` are wall time.

    `about` is the id of what it tells of. `facts` are what can't be read from that any more when it is sent.
    """

    id: MailId
    kind: MailKind
    to: str
    about: str
    customer_id: CustomerId | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    sealed: str | None = field(default=None, repr=False)
    """A link that opens something, encrypted; gone with the sending, and with its time."""
    asked: bool = False
    """A person asked for it: a broken address is tried again, and it may be told twice in an hour."""
    at: datetime
    created_at: datetime
    state: MailState = MailState.WAITING
    void_reason: VoidMailReason | None = None
    tries: int = 0
    next_at: datetime | None
    useful_until: datetime | None = None
    sent_at: datetime | None = None
    last_error: str | None = None


def mail_id(kind: MailKind, *, at: datetime, facts: str) -> MailId:
    """Return the id of the one mail of this *kind* that *facts* ask for; *at* has to follow from them."""
    return MailId(derived_id("mail", at=at, facts=f"{kind}:{facts}"))


def next_try(tries: int, *, now: datetime) -> datetime | None:
    """Return when a mail is tried again after its *tries*-th try was put off; None: never."""
    return now + MAIL_PAUSES[tries - 1] if tries < TRIES_MAX else None
