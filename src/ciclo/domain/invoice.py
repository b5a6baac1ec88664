"""Invoices and credit notes: lines that add up and can explain themselves.

A line never changes once its invoice is issued; corrections are new lines or credit notes.
Source: billing rules 7, 9, 22, 23, 38, 43.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from ciclo.copies import replace
from ciclo.domain.customer import Addressee
from ciclo.domain.dunning import Dunning
from ciclo.domain.ids import CreditNoteId, CustomerId, InvoiceId, ItemId, PlanId, SubscriptionId
from ciclo.domain.lines.line_discount import LineDiscount
from ciclo.domain.lines.tax_rate import LineTax
from ciclo.domain.payments.grant import GrantUse
from ciclo.domain.period import Period


class InvoiceStatus(StrEnum):
    """PENDING until it is paid or voided. OVERDUE is not stored: it is PENDING past its due date."""

    PENDING = "PENDING"
    PAID = "PAID"
    CANCELLED = "CANCELED"


class InvoiceKind(StrEnum):
    """Why an invoice was issued."""

    PERIOD = "PERIOD"
    PLAN_CHANGE = "PLAN_CHANGE"
    RESUMPTION = "RESUMPTION"
    ONE_OFF = "ONE_OFF"
    """For items alone: it bills no days, and nothing of the subscription depends on it (rule 37)."""


class VoidReason(StrEnum):
    """Why an invoice was cancelled."""

    VOIDED = "VOIDED"
    """An operator withdrew it."""
    WRITTEN_OFF = "WRITTEN_OFF"
    """An operator gave its money up."""
    CHANGE_DROPPED = "CHANGE_DROPPED"
    """It was to pay for a change that did not take effect."""
    NEVER_PAID = "NEVER_PAID"


class LineKind(StrEnum):
    """A charge for days of service or for an item, the credit for days not used, or that of an operator."""

    SERVICE = "SERVICE"
    UNUSED = "UNUSED"
    ONE_OFF = "ONE_OFF"
    """An item beside the plan: it has no days, and nothing of it is prorated."""
    PENALTY = "PENALTY"
    """Such an item that is a fee for what the customer did: an early end, say."""
    CORRECTION = "CORRECTION"
    """A part of a charge is given back: its days stay billed (rule 22)."""


class CreditDestination(StrEnum):
    """Where a credit note's amount goes: onto the balance, or back by the invoice's payments."""

    BALANCE = "BALANCE"
    REFUND = "REFUND"


CHARGES: Final = frozenset({LineKind.SERVICE, LineKind.ONE_OFF, LineKind.PENALTY})
"""Kinds of lines that charge something."""

CREDITS: Final = frozenset({LineKind.UNUSED, LineKind.CORRECTION})
"""Kinds of lines that give something back of a charge."""


@dataclass(frozen=True, slots=True)
class Days:
    """How a line came about that bills days: `days` of a full period's `total_days`."""

    days: int
    total_days: int


@dataclass(frozen=True, slots=True)
class Flat:
    """How a line came about that bills no days: its price, as often as its quantity says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """`quantity` of a plan for `days` of a full period's `total_days`; minor units, credits negative.

    `amount` is gross: less its discounts it is the net, on which or within which the taxes are. That of an
    item has no days: `service` is empty and begins on the day of the item, and its plan is the
    subscription's.
    """

    kind: LineKind
    plan_id: PlanId
    plan_name: str
    """What the line is called: the plan's name when it was billed, or what an item is."""
    quantity: int
    unit_price: int
    service: Period
    total_days: int
    amount: int
    tax_basis_points: int = 0
    """The seller's one rate without a name, where it has no `taxes`."""
    tax: int = 0
    """All tax, on top of the net and within it."""
    capped: bool = False
    """A credit of all that was left to give back, which is less than its days would come to (rule 9)."""
    discounts: tuple[LineDiscount, ...] = ()
    taxes: tuple[LineTax, ...] = ()
    """What of `tax` each rate with a name comes to."""
    item_id: ItemId | None = None
    """Which item it bills, if any."""

    @property
    def days(self) -> int:
        """Return the days of service: the numerator of the proration."""
        return self.service.days

    @property
    def explains(self) -> Days | Flat:
        """Return by what its gross amount came about."""
        return Days(self.days, self.total_days) if self.total_days else Flat()

    @property
    def discount(self) -> int:
        """Return what all discounts take off it."""
        return sum(one.amount for one in self.discounts)

    @property
    def net(self) -> int:
        """Return the amount less its discounts."""
        return self.amount - self.discount

    @property
    def tax_on_top(self) -> int:
        """Return the tax that is not within the net."""
        return self.tax - sum(one.amount for one in self.taxes if one.rate.inclusive)

    @property
    def total(self) -> int:
        """Return what it comes to: the net with the tax on top of it."""
        return self.net + self.tax_on_top


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """What a customer owes for a subscription. Amounts are minor units of `currency`.

    `subtotal` is the sum of the lines with tax. `credit_applied` comes off the customer's balance, or
    goes onto it where it is negative; `total` is what is left to pay. `credited` is what later
    corrections gave back of these lines.
    """

    id: InvoiceId
    number: str | None = None
    """Given by the store in the transaction that issues it: gapless in its series."""
    subscription_id: SubscriptionId
    customer_id: CustomerId
    kind: InvoiceKind
    status: InvoiceStatus
    currency: str
    lines: tuple[Line, ...]
    subtotal: int
    tax: int
    credit_applied: int
    total: int
    credited: int = 0
    credited_tax: int = 0
    """The tax in `credited`; 0 of an invoice that was credited before it was kept."""
    period: Period
    issued_at: datetime
    due_on: date
    overdue_on: date | None = None
    """The first day on which it is overdue and dunned; None, of before: the day after it is due."""
    paid_at: datetime | None = None
    voided_at: datetime | None = None
    void_reason: VoidReason | None = None
    """None also where it was voided before reasons were kept."""
    keeps_credit: bool = False
    """Written off after its days were served: the balance and the credit that paid a part stay used."""
    dunning: Dunning | None = None
    addressee: Addressee | None = None
    """Whom it names: put in by the store when it is issued (rule 43). None on those of before."""
    moved_to: Period | None = None
    """The days that its money bought, where service began later than its lines say (rule 18)."""
    partly_paid: int = 0
    """What came of `total`, while the rest of it is due."""
    grants_used: tuple[GrantUse, ...] = ()
    """What of `credit_applied` came from grants."""
    overpaid: int = 0
    """What came beyond `total`: it went onto the customer's balance (rule 20)."""

    @property
    def amount_due(self) -> int:
        """Return what is still to be paid."""
        return self.total - self.partly_paid if self.is_open else 0

    @property
    def amount_paid(self) -> int:
        """Return what of `total` was paid."""
        return self.partly_paid if self.voided_at is not None else self.total - self.amount_due

    @property
    def bills_service(self) -> bool:
        """Return whether days of service depend on it: all but a one-off invoice."""
        return self.kind is not InvoiceKind.ONE_OFF

    @property
    def is_open(self) -> bool:
        """Return whether it still waits for money."""
        return self.status is InvoiceStatus.PENDING


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditNote:
    """A correction of an invoice; its amount went to the customer's balance. Positive minor units.

    One that goes back to the payer is paid out of the balance at once.
    """

    id: CreditNoteId
    number: str | None = None
    """Given by the store, gapless in a series of its own."""
    invoice_id: InvoiceId
    subscription_id: SubscriptionId
    customer_id: CustomerId
    currency: str
    lines: tuple[Line, ...]
    amount: int
    reason: str
    issued_at: datetime
    to: CreditDestination = CreditDestination.BALANCE

    @property
    def tax(self) -> int:
        """Return the tax in it."""
        return -sum(line.tax for line in self.lines)


def mark_paid(invoice: Invoice, *, at: datetime) -> Invoice:
    """Return *invoice* settled at *at*, and its dunning over."""
    return replace(invoice, status=InvoiceStatus.PAID, paid_at=at, dunning=None, partly_paid=0)


def mark_voided(invoice: Invoice, *, at: datetime, reason: VoidReason = VoidReason.VOIDED) -> Invoice:
    """Return *invoice* withdrawn: nobody owes it, and its number stays taken."""
    return replace(
        invoice,
        status=InvoiceStatus.CANCELLED,
        voided_at=at,
        void_reason=reason,
        dunning=None,
        partly_paid=0,
    )


def reopen(invoice: Invoice, *, partly_paid: int) -> Invoice:
    """Return *invoice* as owed again but for what is *partly_paid*."""
    return replace(invoice, status=InvoiceStatus.PENDING, paid_at=None, partly_paid=partly_paid)


def mark_written_off(invoice: Invoice, *, at: datetime) -> Invoice:
    """Return *invoice* given up: its money will not come, what paid a part of it stays used."""
    voided = mark_voided(invoice, at=at, reason=VoidReason.WRITTEN_OFF)
    return replace(voided, keeps_credit=True, partly_paid=invoice.partly_paid)


def credit_invoice(invoice: Invoice, amount: int, *, tax: int) -> Invoice:
    """Return *invoice* with *amount* more given back of it, *tax* of that; less where they are negative.

    Parts are rounded each by itself: the tax in all of them is never more than was charged, nor less than 0.
    """
    charged = sum(line.tax for line in charges_of(invoice))
    credited_tax = min(max(0, invoice.credited_tax + tax), max(0, charged))
    return replace(invoice, credited=invoice.credited + amount, credited_tax=credited_tax)


def charge_total(invoice: Invoice) -> int:
    """Return the sum of an invoice's charges with tax, before its credit lines and any balance."""
    return sum(line.total for line in charges_of(invoice))


def charges_of(invoice: Invoice) -> tuple[Line, ...]:
    """Return the lines of an invoice that charge something."""
    return tuple(line for line in invoice.lines if line.kind in CHARGES)


def is_overdue(invoice: Invoice, *, today: date) -> bool:
    """Return whether *invoice* is unpaid, and a payment in time can't be heard of any more (rule 31)."""
    if not invoice.is_open:
        return False
    return today > invoice.due_on if invoice.overdue_on is None else today >= invoice.overdue_on
