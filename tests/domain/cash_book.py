"""A book of the money that came and went, kept by what was told and by nothing of the engine's arithmetic.

It is told each report with the payment that it is about, and says what came for an invoice, what of it went
back or was lost, whether the invoice is paid and since when, and what of its money is on the balance.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from ciclo.domain.account import Account
from ciclo.domain.ids import InvoiceId, PaymentId, RefundId
from ciclo.domain.invoice import Invoice, InvoiceStatus, LineKind

UNNAMED = "the whole, without a reference"


@dataclass(frozen=True, kw_only=True)
class Coming:
    """Money that came once, under a reference."""

    amount: int
    at: datetime


@dataclass(kw_only=True)
class Kept:
    """What is known of one payment's money; *whole* is what was asked for."""

    invoice_id: InvoiceId
    whole: int
    came: dict[str, Coming] = field(default_factory=dict)
    back: dict[RefundId, int] = field(default_factory=dict)
    """What went back, or is on its way."""
    disputes: dict[str, "Contest"] = field(default_factory=dict)

    def hear(self, reference: str | None, coming: Coming, *, key: str) -> None:
        """Take in that money came: one of a reference is the same, and so is the whole without one."""
        name = reference or (UNNAMED if coming.amount == self.whole else key)
        known = self.came.get(name, coming)
        self.came[name] = Coming(amount=max(known.amount, coming.amount), at=min(known.at, coming.at))

    @property
    def comings(self) -> list[Coming]:
        """Return the money that came, each once: the whole without a reference is one with one."""
        unnamed = self.came.get(UNNAMED)
        named = sorted((one for name, one in self.came.items() if name != UNNAMED), key=lambda one: one.at)
        same = next((one for one in named if one.amount == self.whole), None)
        if unnamed is None:
            return named
        if same is None:
            return [*named, unnamed]
        named.remove(same)
        return [*named, Coming(amount=same.amount, at=min(same.at, unnamed.at))]

    @property
    def received(self) -> int:
        return sum(coming.amount for coming in self.comings)

    @property
    def gone(self) -> int:
        """Return what was lost in disputes."""
        return self._share(contest for contest in self.disputes.values() if contest.is_lost)

    @property
    def returnable(self) -> int:
        """Return what of it can still be sent back: not what is contested or lost."""
        held = self._share(one for one in self.disputes.values() if one.is_lost or not one.ends)
        return self.received - sum(self.back.values()) - held

    def _share(self, contests: Iterable["Contest"]) -> int:
        amounts = (max(one.amounts, default=self.received) for one in contests)
        return min(self.received, sum(amounts))


@dataclass(kw_only=True)
class Contest:
    """What was told of a dispute: amounts, or all of the payment; and its ends, when and whether lost."""

    amounts: list[int] = field(default_factory=list)
    ends: list[tuple[datetime, bool]] = field(default_factory=list)

    @property
    def is_lost(self) -> bool:
        """Return whether it was lost in the end; of two ends at one instant the worse one counts."""
        return bool(self.ends) and max(self.ends)[1]


@dataclass(kw_only=True)
class CashBook:
    """The money of one subscription; *reopens*: what is lost in a dispute is owed again."""

    reopens: bool
    payments: dict[PaymentId, Kept] = field(default_factory=dict)
    surplus: Counter[InvoiceId] = field(default_factory=Counter)
    """What of an invoice's money is on the balance."""

    def of(self, account: Account, payment_id: PaymentId) -> Kept:
        payment = account.payments[payment_id]
        known = Kept(invoice_id=payment.invoice_id, whole=payment.amount)
        return self.payments.setdefault(payment_id, known)

    def came_for(self, invoice_id: InvoiceId) -> int:
        return sum(kept.received for kept in self._of_invoice(invoice_id))

    def returned_of(self, invoice_id: InvoiceId) -> int:
        return sum(sum(kept.back.values()) for kept in self._of_invoice(invoice_id))

    def lost_of(self, invoice_id: InvoiceId) -> int:
        return sum(kept.gone for kept in self._of_invoice(invoice_id))

    def pays(self, invoice: Invoice) -> int:
        """Return what counts towards an invoice: all that came, less what was lost if that is owed again."""
        lost = self.lost_of(invoice.id) if self.reopens else 0
        return self.came_for(invoice.id) - lost

    def left_of(self, invoice: Invoice) -> int:
        """Return what of an invoice's charges went back in no way yet."""
        charges = _charged_by(invoice)
        brought = charges - invoice.total
        surplus = max(0, self.came_for(invoice.id) + brought - charges)
        gone = self.returned_of(invoice.id) + self.lost_of(invoice.id) + self.surplus[invoice.id]
        return max(0, charges - invoice.credited - max(0, gone - surplus))

    def refundable(self, account: Account, payment_id: PaymentId) -> int:
        """Return what of a payment can be refunded: what it has, and what of its invoice is left."""
        kept = self.of(account, payment_id)
        return max(0, min(kept.returnable, self._unreturned(account, kept.invoice_id)))

    def sendable(self, account: Account, payment_id: PaymentId) -> int:
        """Return what a provider may have sent back of it: contested or not, that is a fact."""
        kept = self.of(account, payment_id)
        there = kept.received - sum(kept.back.values())
        return min(there, self._unreturned(account, kept.invoice_id))

    def _unreturned(self, account: Account, invoice_id: InvoiceId) -> int:
        """Return what was received for an invoice, the balance too, and given back in no way."""
        invoice = account.invoices[invoice_id]
        charges = _charged_by(invoice)
        stands = invoice.voided_at is None or invoice.keeps_credit
        brought = charges - invoice.total if stands else 0
        used = max(0, self.surplus[invoice_id] - account.free_credit)
        return self.came_for(invoice_id) + brought - invoice.credited - self.returned_of(invoice_id) - used

    def weigh(self, account: Account, invoice_id: InvoiceId, *, balance_before: int) -> None:
        """Let what the invoice does not need go onto the balance, or come back from there if it is there."""
        invoice = account.invoices[invoice_id]
        wanted = invoice.partly_paid if invoice.voided_at is not None else invoice.total
        kept = self.came_for(invoice_id) - self.lost_of(invoice_id) - self.returned_of(invoice_id)
        known = self.surplus[invoice_id]
        self.surplus[invoice_id] = max(0, kept - wanted, known - balance_before)

    def paid_at(self, invoice: Invoice) -> datetime:
        """Return when what came reached the total."""
        comings = [one for kept in self._of_invoice(invoice.id) for one in kept.comings]
        reached = 0
        for coming in sorted(comings, key=lambda one: (one.at, one.amount)):
            reached += coming.amount
            if reached >= invoice.total:
                return coming.at
        raise AssertionError("less came than is due")

    def check(self, account: Account, *, granted: int) -> None:
        """Compare the account's invoices and balance with what was told."""
        for invoice in account.invoices.values():
            self._check_invoice(invoice)
        for payment in account.payments.values():
            kept = self.of(account, payment.id)
            assert payment.received_amount == kept.received
            assert payment.reserved_amount == sum(kept.back.values())
            assert payment.lost_amount == kept.gone
            assert payment.reserved_amount <= payment.received_amount
        standing = [one for one in account.invoices.values() if one.voided_at is None or one.keeps_credit]
        used = sum(one.credit_applied for one in standing)
        notes = sum(note.amount for note in account.credit_notes)
        assert account.credit == granted + notes + sum(self.surplus.values()) - used

    def _check_invoice(self, invoice: Invoice) -> None:
        assert invoice.overpaid == self.surplus[invoice.id]
        if invoice.voided_at is not None or not invoice.total:
            return
        paid = self.pays(invoice)
        assert (invoice.status is InvoiceStatus.PAID) == (paid >= invoice.total)
        if invoice.is_open:
            assert (invoice.partly_paid, invoice.amount_due) == (paid, invoice.total - paid)
        elif not self.lost_of(invoice.id):
            assert invoice.paid_at == self.paid_at(invoice)

    def _of_invoice(self, invoice_id: InvoiceId) -> Iterable[Kept]:
        return [kept for kept in self.payments.values() if kept.invoice_id == invoice_id]


def _charged_by(invoice: Invoice) -> int:
    """Return what an invoice charges with tax, for days and for what is billed beside them."""
    return sum(line.amount + line.tax for line in invoice.lines if line.kind is not LineKind.UNUSED)
