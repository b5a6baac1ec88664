"""What customers are mailed of what happened: derived from the messages that tell it to systems.

So a mail, like a message, follows from states: an event that was known changes nothing and tells nothing, and
a commit that is repeated writes the same mails.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from ciclo.domain.account import Account
from ciclo.domain.batch import AppliedEvent
from ciclo.domain.collection import CollectionMode
from ciclo.domain.ids import CustomerId, InvoiceId, MailId
from ciclo.domain.invoice import Invoice
from ciclo.domain.lifecycle.calendar import mode_of
from ciclo.domain.mails.mail import Mail, MailKind, mail_id
from ciclo.domain.mails.rules import MailRules
from ciclo.domain.payment import Payment, is_card
from ciclo.domain.payments.attempt import awaits_confirmation
from ciclo.domain.plan import Terms
from ciclo.domain.subscription import Subscription
from ciclo.domain.webhooks.message import Message, MessageType, messages_of

CONFIRMED_WITHIN: Final = timedelta(minutes=10)
"""How long who has just signed up has for their bank, before they are mailed that it still asks."""

FIRST_ASKED: Final = "first_asked"
"""The fact of a mail that tells of nothing but a bank that asks about the first charge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailDraft:
    """A mail that something asks for: all of it but whom it goes to, and when it was written.

    It is not sent before `pause` is over.
    """

    id: MailId
    kind: MailKind
    about: str
    customer_id: CustomerId
    at: datetime
    facts: dict[str, str] = field(default_factory=dict)
    pause: timedelta = timedelta()


def drafts_of(entry: AppliedEvent, rules: MailRules) -> tuple[MailDraft, ...]:
    """Return what the customer is mailed of what *entry* changed, as far as *rules* want it."""
    drafts = _plan_changed(entry)
    found = [draft for message in messages_of(entry) for draft in _of_message(message, entry)]
    return tuple(draft for draft in (*drafts, *found) if rules[draft.kind].enabled)


def mail_of(draft: MailDraft, *, to: str, now: datetime) -> Mail:
    """Return the mail of *draft* to an address, to be sent once its pause is over; *now* is wall time."""
    return Mail(
        id=draft.id,
        kind=draft.kind,
        to=to,
        about=draft.about,
        customer_id=draft.customer_id,
        facts=draft.facts,
        at=draft.at,
        created_at=now,
        next_at=now + draft.pause,
    )


def _of_message(message: Message, entry: AppliedEvent) -> Iterator[MailDraft]:
    subject = message.subject
    if isinstance(subject, Subscription):
        yield from _of_subscription(message, subject)
    elif isinstance(subject, Payment):
        yield from _of_payment(message, subject, entry)
    elif isinstance(subject, Invoice):
        yield from _of_invoice(message, subject, entry.decision.account.subscription)


def _of_subscription(message: Message, sub: Subscription) -> Iterator[MailDraft]:
    if message.type is MessageType.SUBSCRIPTION_TRIAL_ENDING:
        yield _draft(MailKind.TRIAL_ENDING, message, facts=f"{sub.id}:{sub.period.end}")
    if message.type is MessageType.INVOICE_UPCOMING:
        yield _draft(MailKind.RENEWAL_AHEAD, message, facts=f"{sub.id}:{sub.period.end}")
    if message.type is MessageType.SUBSCRIPTION_CANCELLED and _was_served(sub):
        yield _draft(MailKind.SUBSCRIPTION_CANCELLED, message, facts=sub.id)


def _of_invoice(message: Message, invoice: Invoice, sub: Subscription) -> Iterator[MailDraft]:
    """Yield that it was issued: with a code that is told once that is there, and a card is charged anyway."""
    if message.type is MessageType.INVOICE_ISSUED and invoice.amount_due and _is_paid_by_hand(sub):
        yield _issued(invoice)


def _of_payment(message: Message, payment: Payment, entry: AppliedEvent) -> Iterator[MailDraft]:
    account = entry.decision.account
    if message.type is MessageType.PAYMENT_PENDING and (payment.pix or payment.boleto):
        yield _issued(account.invoices[payment.invoice_id])
    if message.type is MessageType.PAYMENT_FAILED and is_card(payment):
        if _was_served(account.subscription):
            yield _failed(message, payment)
        elif awaits_confirmation(payment):
            yield _first_asked(account.invoices[payment.invoice_id])
    if message.type is MessageType.PAYMENT_SUCCEEDED:
        yield _draft(MailKind.PAYMENT_RECEIVED, message, facts=payment.id)
    if message.type is MessageType.PAYMENT_REFUNDED:
        yield _refunded(message, payment, entry.before)


def _draft(kind: MailKind, message: Message, *, facts: str, **kept: str) -> MailDraft:
    return MailDraft(
        id=mail_id(kind, at=message.occurred_at, facts=facts),
        kind=kind,
        about=message.subject.id,
        customer_id=message.customer_id,
        at=message.occurred_at,
        facts=kept,
    )


def _issued(invoice: Invoice) -> MailDraft:
    """Return the one mail that an invoice is issued: a second code for it is not told as a second invoice."""
    return MailDraft(
        id=mail_id(MailKind.INVOICE_ISSUED, at=invoice.issued_at, facts=invoice.id),
        kind=MailKind.INVOICE_ISSUED,
        about=invoice.id,
        customer_id=invoice.customer_id,
        at=invoice.issued_at,
    )


def _failed(message: Message, payment: Payment) -> MailDraft:
    """Return a mail about the invoice: of two charges that fail within the hour one is told."""
    facts = f"{payment.id}:{payment.failed_attempts}"
    return MailDraft(
        id=mail_id(MailKind.PAYMENT_FAILED, at=message.occurred_at, facts=facts),
        kind=MailKind.PAYMENT_FAILED,
        about=payment.invoice_id,
        customer_id=payment.customer_id,
        at=message.occurred_at,
    )


def _first_asked(invoice: Invoice) -> MailDraft:
    """Return the one mail that a bank asks about a first charge: who signs up is told of no other failure."""
    return MailDraft(
        id=mail_id(MailKind.PAYMENT_FAILED, at=invoice.issued_at, facts=f"{invoice.id}:{FIRST_ASKED}"),
        kind=MailKind.PAYMENT_FAILED,
        about=invoice.id,
        customer_id=invoice.customer_id,
        at=invoice.issued_at,
        facts={FIRST_ASKED: "yes"},
        pause=CONFIRMED_WITHIN,
    )


def _refunded(message: Message, payment: Payment, before: Account) -> MailDraft:
    known = before.payments.get(payment.id)
    amount = payment.refunded_amount - (known.refunded_amount if known else 0)
    facts = f"{payment.id}:{payment.refunded_amount}"
    return _draft(MailKind.PAYMENT_REFUNDED, message, facts=facts, amount=str(amount))


def _plan_changed(entry: AppliedEvent) -> tuple[MailDraft, ...]:
    """Return the mail that other terms are in force, with what they were and what the change billed."""
    before, after = entry.before.subscription, entry.decision.account.subscription
    was, now = before.terms, after.terms
    if not before.started or (was.plan_id, was.quantity) == (now.plan_id, now.quantity):
        return ()
    at = entry.event.occurred_at
    draft = MailDraft(
        id=mail_id(MailKind.PLAN_CHANGED, at=at, facts=f"{after.id}:{after.version}"),
        kind=MailKind.PLAN_CHANGED,
        about=after.id,
        customer_id=after.customer_id,
        at=at,
        facts={
            "before": _named(was),
            "after": _named(now),
            "invoice_id": _invoice_of_change(entry) or "",
        },
    )
    return (draft,)


def _named(terms: Terms) -> str:
    return (
        terms.plan_name
        if terms.quantity == 1
        else f"{terms.plan_name} \N{MULTIPLICATION SIGN} {terms.quantity}"
    )


def _invoice_of_change(entry: AppliedEvent) -> InvoiceId | None:
    """Return the invoice whose lines tell what a change came to, if it has one of its own."""
    awaited = entry.before.subscription.awaited_change
    if awaited is not None:
        return awaited.invoice_id
    billed = entry.decision.account.invoices.keys() - entry.before.invoices.keys()
    return min(billed, default=None)


def _was_served(sub: Subscription) -> bool:
    """Return whether it ever was in service or in a trial: who never paid is told nothing of its end."""
    return sub.activated_at is not None or sub.trial is not None


def _is_paid_by_hand(sub: Subscription) -> bool:
    """Return whether nobody charges anything: its invoices are sent, without a code."""
    return mode_of(sub) is not CollectionMode.AUTOMATIC
