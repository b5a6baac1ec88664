"""Replaying a subscription's history: the stored documents must be what its events amount to.

A replay begins with the creation or, where older rules decided the first part, with a checkpoint.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

from ciclo.domain.account import Account
from ciclo.domain.events.commands import SubscriptionCreated
from ciclo.domain.events.event import Event
from ciclo.domain.ids import CreditNoteId, EventId, InvoiceId, PaymentId
from ciclo.domain.invoice import CreditNote, Invoice, charge_total
from ciclo.domain.lifecycle import apply, open_account
from ciclo.domain.lifecycle.payments.allocation import sum_given_back
from ciclo.domain.metrics import Movement
from ciclo.domain.payment import Payment
from ciclo.domain.payments.grant import Balance, Grant
from ciclo.domain.policy import Policy
from ciclo.domain.subscription import Subscription


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedEvent:
    """An event as it was applied: the policy it was decided by, and the balance that it found."""

    event: Event
    seq: int
    policy: Policy
    credit_before: int
    grants_before: tuple[Grant, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSubscription:
    """Everything that is stored of one subscription, to be compared with its replay."""

    subscription: Subscription
    invoices: Mapping[InvoiceId, Invoice]
    payments: Mapping[PaymentId, Payment]
    credit_notes: Mapping[CreditNoteId, CreditNote]
    movements: Mapping[EventId, Movement]
    credit_changes: Mapping[EventId, int]
    orders: Collection[EventId]
    """The work orders that are recorded, done or not."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A document that is not what its history says, and in what."""

    document: str
    what: str


def beginning(created: Event) -> Account:
    """Return the account that a history begins with.

    Raises:
        TypeError: *created* is not the event of a creation.
    """
    if not isinstance(created.payload, SubscriptionCreated):
        raise TypeError(f"{created.id} is not the event of a creation")
    return open_account(created, created.payload)


def find_differences(
    start: Account, postings: Iterable[RecordedEvent], stored: StoredSubscription
) -> Iterator[Difference]:
    """Replay *postings* from *start* on, and yield every difference from what is *stored*.

    Args:
        start: The account at its creation, or at a checkpoint: then all of it, its credit notes too.
        postings: All that was applied since.
        stored: All that there is now; of movements, changes of credit and orders only those since *start*.
    """
    account = start
    movements: dict[EventId, Movement] = {}
    changes: dict[EventId, int] = {}
    for place, posting in enumerate(postings, start=start.subscription.version + 1):
        if posting.seq != place:
            yield Difference(posting.event.id, f"seq is {posting.seq}, expected {place}")
        found = Balance(amount=posting.credit_before, grants=posting.grants_before)
        decision = apply(account.with_balance(found), posting.event, posting.policy)
        account = decision.account
        if decision.movement is not None:
            movements[posting.event.id] = decision.movement
        for order in decision.follow_ups:
            if order.id not in stored.orders:
                yield Difference(
                    posting.event.id, f"asked for {order.type} {order.id}, which is not recorded"
                )
        if account.credit != posting.credit_before:
            changes[posting.event.id] = account.credit - posting.credit_before
    yield from _compare(
        {stored.subscription.id: account.subscription}, {stored.subscription.id: stored.subscription}
    )
    yield from _compare(account.invoices, stored.invoices)
    yield from _compare(account.payments, stored.payments)
    yield from _compare({note.id: note for note in account.credit_notes}, stored.credit_notes)
    yield from _compare(movements, stored.movements)
    yield from _compare(changes, stored.credit_changes)


def _compare(expected: Mapping[Any, Any], found: Mapping[Any, Any]) -> Iterator[Difference]:
    for id_ in expected.keys() | found.keys():
        if id_ not in found:
            yield Difference(id_, "is missing")
        elif id_ not in expected:
            yield Difference(id_, "has no event that made it")
        elif expected[id_] != found[id_]:
            yield from _fields(id_, expected[id_], found[id_])


_OF_THE_STORE: Final = frozenset({"number", "addressee"})


def _fields(id_: str, expected: Any, found: Any) -> Iterator[Difference]:  # noqa: ANN401 - any two values
    """Yield the fields in which two values differ; numbers and addressees are the store's to give."""
    if isinstance(expected, int):
        yield Difference(id_, f"is {found}, expected {expected}")
        return
    for field in fields(expected):
        was, now = getattr(expected, field.name), getattr(found, field.name)
        if was != now and field.name not in _OF_THE_STORE:
            yield Difference(id_, f"{field.name} is {now}, expected {was}")


def contradictions(stored: StoredSubscription) -> Iterator[Difference]:
    """Yield where stored amounts contradict each other, whatever rules decided them (invariant 4)."""
    account = Account(
        subscription=stored.subscription,
        invoices=stored.invoices,
        payments=stored.payments,
    )
    for invoice in stored.invoices.values():
        if sum(line.total for line in invoice.lines) != invoice.subtotal:
            yield Difference(invoice.id, "its lines do not add up to its subtotal")
        if sum(line.tax for line in invoice.lines) != invoice.tax:
            yield Difference(invoice.id, "the tax of its lines does not add up")
        if invoice.subtotal - invoice.credit_applied != invoice.total or invoice.total < 0:
            yield Difference(invoice.id, "its total is not its subtotal less the credit")
        if sum_given_back(account, invoice) > charge_total(invoice):
            yield Difference(invoice.id, "more was given back than it billed")
    for payment in stored.payments.values():
        if payment.is_paid and payment.reserved_amount > max(payment.received_amount, payment.amount):
            yield Difference(payment.id, "more was refunded than was paid")
