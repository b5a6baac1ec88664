"""Mails: their types."""

from collections.abc import Iterable
from datetime import datetime
from typing import Self

import strawberry

from ciclo.actions.mails.asking import page_with_pictures
from ciclo.domain.mails.mail import MailKind, MailState, VoidMailReason
from ciclo.domain.mails.rules import MailRule as DomainMailRule
from ciclo.domain.mails.rules import MailRules
from ciclo.store.mails.lists import MailRecord
from ciclo.store.mails.mails import MailContent


@strawberry.type(description="What a mail says.")
class MailText:
    """A mail's content."""

    subject: str
    text: str = strawberry.field(description="The plain text.")
    page: str = strawberry.field(description="The page with its pictures: show it in a sandboxed frame.")

    @classmethod
    def of(cls, content: MailContent) -> Self:
        """Return *content* as the API shows it."""
        return cls(subject=content.subject, text=content.text, page=page_with_pictures(content))


@strawberry.type(description="What one person was told by e-mail, or is going to be.")
class Mail:
    """One mail."""

    id: strawberry.ID
    kind: MailKind
    to: str
    about: str = strawberry.field(description="The id of the invoice, payment or subscription.")
    customer_id: strawberry.ID | None
    state: MailState
    void_reason: VoidMailReason | None
    tries: int = strawberry.field(description="How often the mail server put it off, or refused it.")
    last_error: str | None
    at: datetime = strawberry.field(description="When there was something to tell, by the billing clock.")
    created_at: datetime
    next_try_at: datetime | None
    sent_at: datetime | None
    subject: str | None
    content: MailText | None = strawberry.field(
        description="What was sent; null: it was not sent, or holds a link that opens something."
    )

    @classmethod
    def of(cls, record: MailRecord) -> Self:
        """Return *record* as the API shows it."""
        mail, content = record.mail, record.content
        return cls(
            id=strawberry.ID(mail.id),
            kind=mail.kind,
            to=mail.to,
            about=mail.about,
            customer_id=strawberry.ID(mail.customer_id) if mail.customer_id else None,
            state=mail.state,
            void_reason=mail.void_reason,
            tries=mail.tries,
            last_error=mail.last_error,
            at=mail.at,
            created_at=mail.created_at,
            next_try_at=mail.next_at,
            sent_at=mail.sent_at,
            subject=content.subject if content else None,
            content=MailText.of(content) if content else None,
        )


@strawberry.type(description="Whether a kind of mail is sent, and on which days.")
class MailRule:
    """One rule."""

    kind: MailKind
    enabled: bool
    days: list[int] = strawberry.field(
        description="INVOICE_DUE: from the day on which it is due, negative before it. INVOICE_OVERDUE: 1 is "
        "the first day on which it is overdue."
    )

    @classmethod
    def of(cls, rule: DomainMailRule) -> Self:
        """Return *rule* as the API shows it."""
        return cls(kind=rule.kind, enabled=rule.enabled, days=list(rule.days))

    @classmethod
    def all_of(cls, rules: MailRules) -> list[Self]:
        """Return *rules* in the order of their kinds."""
        return list(map(cls.of, _in_order(rules)))


def _in_order(rules: MailRules) -> Iterable[DomainMailRule]:
    return (rules[kind] for kind in MailKind if kind in rules)


@strawberry.type(description="What a mail would say now.")
class MailPreview:
    """A preview."""

    content: MailText | None
    void_reason: VoidMailReason | None = strawberry.field(description="Why it would not be sent.")
