"""Messages: what a commit tells sellers' systems. Derived from states, so that nothing is told twice."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from ciclo.domain.batch import AppliedEvent
from ciclo.domain.ids import CustomerId, EventId, MessageId, SubscriptionId, derived_id
from ciclo.domain.invoice import Invoice, InvoiceStatus
from ciclo.domain.payment import Payment, PaymentStatus
from ciclo.domain.subscription import Reminder, Status, Subscription
from ciclo.domain.webhooks.snapshot import Subject, snapshot

MESSAGES_KEPT_FOR: Final = timedelta(days=90)
"""How long what was told can be told again."""


API_VERSION: Final = "2026-11-29"
"""The day on which bodies of messages got the shape that they have. One that takes something away is new."""


class MessageType(StrEnum):
    """What a message is about. Receivers branch on it: never rename one."""

    SUBSCRIPTION_CREATED = "subscription.created"
    SUBSCRIPTION_ACTIVATED = "subscription.activated"
    SUBSCRIPTION_TRIAL_ENDING = "subscription.trial_ending"
    SUBSCRIPTION_UPDATED = "subscription.updated"
    SUBSCRIPTION_PAST_DUE = "subscription.past_due"
    SUBSCRIPTION_SUSPENDED = "subscription.suspended"
    SUBSCRIPTION_PAUSED = "subscription.paused"
    SUBSCRIPTION_RESUMED = "subscription.resumed"
    SUBSCRIPTION_CANCELLED = "subscription.cancelled"
    INVOICE_UPCOMING = "invoice.upcoming"
    INVOICE_ISSUED = "invoice.issued"
    INVOICE_UPDATED = "invoice.updated"
    INVOICE_PAID = "invoice.paid"
    INVOICE_OVERDUE = "invoice.overdue"
    INVOICE_VOIDED = "invoice.voided"
    PAYMENT_PENDING = "payment.pending"
    PAYMENT_UPDATED = "payment.updated"
    PAYMENT_SUCCEEDED = "payment.succeeded"
    PAYMENT_FAILED = "payment.failed"
    PAYMENT_REFUNDED = "payment.refunded"
    PAYMENT_DISPUTED = "payment.disputed"
    CREDIT_NOTE_ISSUED = "credit_note.issued"
    OPERATIONS_LOG_HEAD = "operations_log.head"
    ENTITLEMENTS_CHANGED = "entitlements.changed"
    CUSTOMER_UPDATED = "customer.updated"
    WEBHOOK_ENDPOINT_DISABLED = "webhook_endpoint.disabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One thing to tell: the object as a commit left it.

    `sequence` counts the events of the object's subscription: of two messages about one object the higher
    one shows the later state, and those of one sequence show the same. `place` orders these.
    """

    id: MessageId
    type: MessageType
    subject: Subject
    sequence: int
    place: int
    occurred_at: datetime
    event_id: EventId
    subscription_id: SubscriptionId
    customer_id: CustomerId


def messages_of(entry: AppliedEvent) -> tuple[Message, ...]:
    """Return what *entry* changed that others can see: for each such object one message at least.

    An event that was known or ignored changes nothing, so it tells nothing. Ids follow from the event: a
    commit that is repeated writes the same messages.
    """
    event, subscription = entry.event, entry.decision.account.subscription
    return tuple(
        Message(
            id=MessageId(derived_id("msg", at=event.occurred_at, facts=f"{event.id}:{type_}:{subject.id}")),
            type=type_,
            subject=subject,
            sequence=subscription.version,
            place=place,
            occurred_at=event.occurred_at,
            event_id=event.id,
            subscription_id=subscription.id,
            customer_id=subscription.customer_id,
        )
        for place, (type_, subject) in enumerate(_news(entry))
    )


def _news(entry: AppliedEvent) -> Iterator[tuple[MessageType, Subject]]:
    before, after = entry.before, entry.decision.account
    for type_ in _of_subscription(before.subscription, after.subscription):
        yield type_, after.subscription
    for invoice in after.invoices.values():
        for type_ in _of_invoice(before.invoices.get(invoice.id), invoice):
            yield type_, invoice
    for payment in after.payments.values():
        for type_ in _of_payment(before.payments.get(payment.id), payment):
            yield type_, payment
    for note in after.credit_notes[len(before.credit_notes) :]:
        yield MessageType.CREDIT_NOTE_ISSUED, note


_ENTERED: Final = {
    Status.ACTIVE: MessageType.SUBSCRIPTION_ACTIVATED,
    Status.PAST_DUE: MessageType.SUBSCRIPTION_PAST_DUE,
    Status.SUSPENDED: MessageType.SUBSCRIPTION_SUSPENDED,
    Status.PAUSED: MessageType.SUBSCRIPTION_PAUSED,
    Status.CANCELLED: MessageType.SUBSCRIPTION_CANCELLED,
}


_REMINDING: Final = {
    Reminder.TRIAL_ENDING: MessageType.SUBSCRIPTION_TRIAL_ENDING,
    Reminder.INVOICE_UPCOMING: MessageType.INVOICE_UPCOMING,
}
"""What reminders are told as. Both show the subscription: there is no invoice yet."""


def _of_subscription(before: Subscription, after: Subscription) -> list[MessageType]:
    """Return what is told of a subscription: nothing before it was taken up, unless it ends before that."""
    if not after.started and after.status is not Status.CANCELLED:
        return []
    types = [] if before.started or not after.started else [MessageType.SUBSCRIPTION_CREATED]
    if before.status is not after.status:
        resumed = before.status is Status.PAUSED and after.status is not Status.CANCELLED
        if resumed:
            types.append(MessageType.SUBSCRIPTION_RESUMED)
        if after.status in _ENTERED and not (resumed and after.status is Status.ACTIVE):
            types.append(_ENTERED[after.status])
    types += [_REMINDING[one.reminder] for one in after.reminded if one not in before.reminded]
    return types or _updated(before, after, MessageType.SUBSCRIPTION_UPDATED)


def _of_invoice(before: Invoice | None, after: Invoice) -> list[MessageType]:
    if before is after:
        return []
    types = [MessageType.INVOICE_ISSUED] if before is None else []
    was = before.status if before else InvoiceStatus.PENDING
    if after.status is InvoiceStatus.PAID and was is not after.status:
        types.append(MessageType.INVOICE_PAID)
    if after.status is InvoiceStatus.CANCELLED and was is not after.status:
        types.append(MessageType.INVOICE_VOIDED)
    if after.dunning is not None and (before is None or before.dunning is None):
        types.append(MessageType.INVOICE_OVERDUE)
    return types or _updated(before, after, MessageType.INVOICE_UPDATED)


def _of_payment(before: Payment | None, after: Payment) -> list[MessageType]:
    if before is after:
        return []
    types = []
    if _waits(after) and (before is None or not _waits(before) or _code(before) != _code(after)):
        types.append(MessageType.PAYMENT_PENDING)
    if after.is_paid and not (before and before.is_paid):
        types.append(MessageType.PAYMENT_SUCCEEDED)
    if _has_failed(after) and not (before and _failure(before) == _failure(after)):
        types.append(MessageType.PAYMENT_FAILED)
    if after.refunded_amount > (before.refunded_amount if before else 0):
        types.append(MessageType.PAYMENT_REFUNDED)
    if _open_disputes(after) > _open_disputes(before):
        types.append(MessageType.PAYMENT_DISPUTED)
    return types or _updated(before, after, MessageType.PAYMENT_UPDATED)


def _waits(payment: Payment) -> bool:
    return payment.status is PaymentStatus.PENDING


def _code(payment: Payment) -> object:
    return payment.pix, payment.boleto


def _has_failed(payment: Payment) -> bool:
    return payment.status is PaymentStatus.FAILED


def _failure(payment: Payment) -> object:
    return payment.status, payment.failed_attempts, payment.failed_at


def _open_disputes(payment: Payment | None) -> int:
    return sum(dispute.is_open for dispute in payment.disputes) if payment else 0


def _updated(before: Subject | None, after: Subject, type_: MessageType) -> list[MessageType]:
    """Return that something else changed, if anybody can see it."""
    if before is not None and snapshot(before) == snapshot(after):
        return []
    return [type_]
