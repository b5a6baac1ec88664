"""What a rule has to see besides the subscription, its open invoices and their payments.

The table of rules says it of each event. The store executes it with one query a collection; the tests
execute it over an account that is whole, so that a need which is forgotten changes a decision there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from ciclo.domain.events.commands import CancellationRefund, CancellationRequested, Command
from ciclo.domain.events.facts import Fact
from ciclo.domain.ids import InvoiceId, PaymentId
from ciclo.domain.subscription import Subscription

Kind = TypeVar("Kind", bound=Command | Fact)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Invoices of the subscription that may be closed, each with all of its payments.

    One by its id, one by the id of a payment of it, all those that have a payment of `amount` (minor
    units), the newest if none is open, or all there are. What does not exist is not there, and the rule
    says what that means.
    """

    invoice_id: InvoiceId | None = None
    payment_id: PaymentId | None = None
    amount: int | None = None
    newest: bool = False
    all_invoices: bool = False


Need = Callable[[Kind, Subscription], Wanted]
"""What an event makes its rule look at."""


class _OfInvoice(Protocol):
    @property
    def invoice_id(self) -> InvoiceId: ...


class _OfPayment(Protocol):
    @property
    def payment_id(self) -> PaymentId: ...


class _OfMoney(Protocol):
    @property
    def payment_id(self) -> PaymentId | None: ...
    @property
    def amount(self) -> int: ...


def want_in_any_case(subscription: Subscription) -> frozenset[InvoiceId]:
    """Return the invoices that are looked at whatever happens, a turn of the clock too.

    Any event may drop a change that awaits its payment: then the invoice that it credits has its credit
    back. An end does so with the lines that wait. Any event may make what bills the next period already
    unfit (rule 32). And what is paid of the period is credited when a pause begins that waits for its day.
    """
    credits_days = subscription.awaited_change is not None or subscription.pause_on is not None
    waiting = subscription.waiting
    coverages = [subscription.coverage if credits_days else None, subscription.next_coverage]
    invoice_ids = [coverage.invoice_id for coverage in coverages if coverage is not None]
    credited = waiting.invoice_id if waiting is not None else None
    return frozenset(invoice_ids if credited is None else (*invoice_ids, credited))


def want_nothing(_payload: object, _subscription: Subscription) -> Wanted:
    """Look at open invoices only."""
    return Wanted()


def want_invoice(payload: _OfInvoice, _subscription: Subscription) -> Wanted:
    """Look at the invoice that the event names."""
    return Wanted(invoice_id=payload.invoice_id)


def want_payment(payload: _OfPayment, _subscription: Subscription) -> Wanted:
    """Look at the payment that the event names."""
    return Wanted(payment_id=payload.payment_id)


def want_payment_or_equals(payload: _OfMoney, _subscription: Subscription) -> Wanted:
    """Look at the payment that the event names, or at all of its amount if it names none (rule 21)."""
    if payload.payment_id is not None:
        return Wanted(payment_id=payload.payment_id)
    return Wanted(amount=payload.amount, newest=True)


def want_coverage(_payload: object, subscription: Subscription) -> Wanted:
    """Look at the invoice that bills the current period: what was paid of it may be given back."""
    coverage = subscription.coverage
    return Wanted(invoice_id=coverage.invoice_id if coverage else None)


def want_all_invoices(_payload: object, _subscription: Subscription) -> Wanted:
    """Look at all that was ever billed."""
    return Wanted(all_invoices=True)


def want_what_is_given_back(request: CancellationRequested, subscription: Subscription) -> Wanted:
    """Look at what paid for the days that are left: their invoice, or all if money goes back (rule 15)."""
    if request.refund is CancellationRefund.REFUND:
        return Wanted(all_invoices=True)
    return want_coverage(request, subscription)
