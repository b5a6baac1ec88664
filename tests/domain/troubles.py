"""What else may happen to money: every type of notice, and what operators do about it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, get_args

from ciclo.domain.account import Account, by_age
from ciclo.domain.events.booking import InvoicePaidOutside
from ciclo.domain.events.commands import Command, InvoiceVoided, InvoiceWrittenOff, RefundCreated
from ciclo.domain.events.event import Payload
from ciclo.domain.events.facts import (
    ChargeDropped,
    DisputeClosed,
    PaymentAuthorized,
    PaymentDisputed,
    PaymentFailed,
    PaymentRefunded,
    PaymentSucceeded,
    RefundFailed,
    SubscriptionRegistered,
)
from ciclo.domain.events.selling import InvoiceCreated
from ciclo.domain.ids import InvoiceId, ItemId, PaymentId, RefundId
from ciclo.domain.invoice import Invoice
from ciclo.domain.lines.item import InvoiceItem
from ciclo.domain.payment import Payment

PROVIDER = "sandbox"
GIVING_BACK = {"refund", "send back", "lose"}


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """What happens, to which payment or invoice, counted from the newest, and to what share of it."""

    what: str
    place: int = 0
    percent: int = 100
    days_ago: int = 0


@dataclass(frozen=True, kw_only=True)
class _Case:
    account: Account
    trouble: Trouble
    count: int
    today: date

    @property
    def payment(self) -> Payment | None:
        payments = sorted(self.account.payments.values(), key=lambda one: (one.created_at, one.id))
        return payments[-1 - self.trouble.place % len(payments)] if payments else None

    @property
    def paid(self) -> Payment | None:
        paid = [one for one in self.account.payments.values() if one.is_paid]
        paid.sort(key=lambda one: (one.created_at, one.id))
        return paid[-1 - self.trouble.place % len(paid)] if paid else None

    @property
    def invoice(self) -> Invoice | None:
        invoices = by_age(self.account.invoices.values())
        owed = [one for one in invoices if one.is_open]
        return owed[-1 - self.trouble.place % len(owed)] if owed else None

    @property
    def currency(self) -> str:
        return self.account.subscription.terms.currency

    def part_of(self, amount: int) -> int:
        return max(1, amount * self.trouble.percent // 100)


def _success(case: _Case, amount: int, payment: Payment, *, reference: str) -> PaymentSucceeded:
    return PaymentSucceeded(
        amount=amount,
        currency=case.currency,
        payment_id=payment.id,
        provider=PROVIDER,
        provider_reference=reference,
    )


def _pay_a_part(case: _Case) -> Payload | None:
    payment = next((one for one in case.account.payments.values() if one.in_flight), None)
    if payment is None:
        return _pay_something(case)
    return _success(case, case.part_of(payment.amount), payment, reference=f"part_{case.count}")


def _pay_again(case: _Case) -> Payload | None:
    """Pay once more; where the whole was told without a reference, with one it would be the same money."""
    payment = case.payment
    if payment is None or any(not one.reference and one.amount == payment.amount for one in payment.receipts):
        return None
    return _success(case, case.part_of(payment.amount), payment, reference=f"again_{case.count}")


def _tell_again(case: _Case) -> Payload | None:
    """Tell of money once more, by the reference that is known."""
    payment = case.paid
    receipt = next((one for one in payment.receipts if one.reference), None) if payment else None
    if payment is None or receipt is None or receipt.reference is None:
        return None
    return _success(case, receipt.amount, payment, reference=receipt.reference)


def _pay_something(case: _Case) -> Payload | None:
    """Pay an amount that nobody asked for, and name no payment."""
    taken = {one.total for one in case.account.invoices.values()} | {case.account.subscription.terms.price}
    pending = case.account.subscription.pending_change
    taken.add(pending.price if pending else 0)
    amount = next(amount for amount in range(500 + case.trouble.percent, 2_000) if amount not in taken)
    return PaymentSucceeded(amount=amount, currency=case.currency) if case.account.invoices else None


def _pay_in_another_currency(case: _Case) -> Payload | None:
    payment = case.payment
    return payment and PaymentSucceeded(amount=payment.amount, currency="USD", payment_id=payment.id)


def _fail(case: _Case) -> Payload | None:
    payment = case.payment
    return payment and PaymentFailed(
        amount=payment.amount, currency=case.currency, payment_id=payment.id, failure_code="do_not_honor"
    )


def _authorize(case: _Case) -> Payload | None:
    payment = case.payment
    return payment and PaymentAuthorized(
        payment_id=payment.id, provider=PROVIDER, provider_reference=f"ch_{payment.id}"
    )


def _drop_charge(case: _Case) -> Payload | None:
    payment = case.payment
    return payment and ChargeDropped(payment_id=payment.id, attempt=max(1, payment.attempts))


def _register(_: _Case) -> Payload | None:
    return SubscriptionRegistered(reference="cus_42")


def _refund(case: _Case) -> Payload | None:
    payment = case.paid
    amount = payment and case.part_of(payment.received_amount)
    return payment and RefundCreated(
        refund_id=RefundId(f"ref_{case.count}"), payment_id=payment.id, amount=amount
    )


def _send_back(case: _Case) -> Payload | None:
    """Send money back at the provider, where nobody here asked for it."""
    payment = case.paid
    return payment and PaymentRefunded(
        amount=case.part_of(payment.received_amount),
        currency=case.currency,
        payment_id=payment.id,
        refund_id=RefundId(f"re_{case.count}"),
    )


def _fail_refund(case: _Case) -> Payload | None:
    payment = case.paid
    if payment is None or not payment.refunds:
        return None
    return RefundFailed(payment_id=payment.id, refund_id=payment.refunds[-1].id)


def _dispute(case: _Case) -> Payload | None:
    payment = case.paid
    return payment and PaymentDisputed(
        payment_id=payment.id,
        amount=case.part_of(payment.received_amount),
        currency=case.currency,
        dispute_id="dp_1",
    )


def _win(case: _Case) -> Payload | None:
    payment = case.paid
    return payment and DisputeClosed(payment_id=payment.id, won=True, dispute_id="dp_1")


def _lose(case: _Case) -> Payload | None:
    payment = case.paid
    return payment and DisputeClosed(
        payment_id=payment.id,
        won=False,
        dispute_id="dp_1",
        amount=case.part_of(payment.received_amount),
    )


def _void(case: _Case) -> Payload | None:
    invoice = case.invoice
    return invoice and InvoiceVoided(invoice_id=invoice.id)


def _write_off(case: _Case) -> Payload | None:
    invoice = case.invoice
    return invoice and InvoiceWrittenOff(invoice_id=invoice.id)


def _pay_outside(case: _Case) -> Payload | None:
    """Say that what is due came another way, or a part of it; more than that is refused."""
    invoice = case.invoice
    return invoice and InvoicePaidOutside(
        invoice_id=invoice.id,
        payment_id=PaymentId(f"pay_outside_{case.count}"),
        paid_on=case.today,
        how="cash",
        amount=case.part_of(invoice.amount_due),
    )


def _bill_beside(case: _Case) -> Payload | None:
    """Bill something beside the plan, on an invoice of its own."""
    item = InvoiceItem(
        id=ItemId(f"itm_{case.count}"),
        description="Extra",
        unit_price=case.part_of(1_499),
        quantity=1 + case.trouble.place,
        is_penalty=case.trouble.days_ago > 0,
    )
    return InvoiceCreated(invoice_id=InvoiceId(f"inv_beside_{case.count}"), items=(item,))


class Kind(NamedTuple):
    """What type of event it is, and how one is made of the account as it is."""

    payload: type[Payload]
    make: Callable[[_Case], Payload | None]


TROUBLES = {
    "pay a part": Kind(PaymentSucceeded, _pay_a_part),
    "pay again": Kind(PaymentSucceeded, _pay_again),
    "tell again": Kind(PaymentSucceeded, _tell_again),
    "pay something": Kind(PaymentSucceeded, _pay_something),
    "pay in another currency": Kind(PaymentSucceeded, _pay_in_another_currency),
    "fail": Kind(PaymentFailed, _fail),
    "authorize": Kind(PaymentAuthorized, _authorize),
    "drop charge": Kind(ChargeDropped, _drop_charge),
    "register": Kind(SubscriptionRegistered, _register),
    "refund": Kind(RefundCreated, _refund),
    "send back": Kind(PaymentRefunded, _send_back),
    "fail refund": Kind(RefundFailed, _fail_refund),
    "dispute": Kind(PaymentDisputed, _dispute),
    "win": Kind(DisputeClosed, _win),
    "lose": Kind(DisputeClosed, _lose),
    "void": Kind(InvoiceVoided, _void),
    "write off": Kind(InvoiceWrittenOff, _write_off),
    "pay outside": Kind(InvoicePaidOutside, _pay_outside),
    "bill beside": Kind(InvoiceCreated, _bill_beside),
}


def payload_of(trouble: Trouble, account: Account, *, count: int, today: date) -> Payload | None:
    """Return what is told or asked; None where there is nothing that it could be about."""
    return TROUBLES[trouble.what].make(_Case(account=account, trouble=trouble, count=count, today=today))


def is_command(payload: Payload) -> bool:
    """Return whether a person asks for it, so that it may be refused."""
    return isinstance(payload, get_args(Command))
