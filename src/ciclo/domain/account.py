"""The account: all that the rules may know of one subscription, as values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from ciclo.copies import replace
from ciclo.domain.ids import InvoiceId, PaymentId
from ciclo.domain.invoice import CreditNote, Invoice
from ciclo.domain.payment import Payment, is_card
from ciclo.domain.payments.grant import Balance, Grant, sum_of
from ciclo.domain.subscription import Subscription


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A subscription with its open invoices, their payments, and the closed ones that an event's rule wants.

    No rule looks at a closed invoice without saying that it needs it (`lifecycle.needs`): an account with
    the whole history gives the same decisions as one with what is loaded for the event. `credit` is the
    customer's balance in the subscription's currency, minor units. `credit_notes` are those issued since
    it was loaded.
    """

    subscription: Subscription
    invoices: Mapping[InvoiceId, Invoice]
    payments: Mapping[PaymentId, Payment]
    credit: int = 0
    credit_notes: tuple[CreditNote, ...] = ()
    grants: tuple[Grant, ...] = ()
    """The customer's, in the subscription's currency, of which something is left: a part of `credit`."""

    @property
    def balance(self) -> Balance:
        """Return the customer's balance with its grants."""
        return Balance(amount=self.credit, grants=self.grants)

    @property
    def free_credit(self) -> int:
        """Return what of the balance is no grant: money and corrections, which never expire."""
        return self.credit - sum_of(self.grants)

    def with_balance(self, balance: Balance) -> "Account":
        """Return the account with its customer's balance as it is now."""
        if self.balance == balance:
            return self
        return replace(self, credit=balance.amount, grants=balance.grants)

    def with_subscription(self, subscription: Subscription) -> "Account":
        """Return the account with *subscription* in its present state."""
        return replace(self, subscription=subscription)

    def with_invoice(self, invoice: Invoice) -> "Account":
        """Return the account with *invoice* added or changed."""
        return replace(self, invoices={**self.invoices, invoice.id: invoice})

    def with_payment(self, payment: Payment) -> "Account":
        """Return the account with *payment* added or changed."""
        return replace(self, payments={**self.payments, payment.id: payment})

    def open_invoices(self) -> tuple[Invoice, ...]:
        """Return the unpaid invoices, oldest first."""
        return by_age(invoice for invoice in self.invoices.values() if invoice.is_open)

    def open_service_invoices(self) -> tuple[Invoice, ...]:
        """Return those of the unpaid invoices that service depends on, oldest first."""
        return tuple(invoice for invoice in self.open_invoices() if invoice.bills_service)

    def released_at(self, invoice_id: InvoiceId, *, cards_only: bool = False) -> datetime | None:
        """Return when the latest try to collect an invoice was over: what it held back happens then."""
        return max(
            (
                payment.failed_at
                for payment in self.payments_of(invoice_id)
                if payment.failed_at is not None and (is_card(payment) or not cards_only)
            ),
            default=None,
        )

    def payments_of(self, invoice_id: InvoiceId) -> tuple[Payment, ...]:
        """Return every try to collect an invoice, oldest first."""
        tries = (payment for payment in self.payments.values() if payment.invoice_id == invoice_id)
        return tuple(sorted(tries, key=lambda payment: (payment.created_at, payment.id)))

    def is_being_paid(self, invoice_id: InvoiceId) -> bool:
        """Return whether an answer to a try is still to come (rule 19)."""
        return any(payment.in_flight for payment in self.payments_of(invoice_id))

    def is_card_in_flight(self, invoice_id: InvoiceId) -> bool:
        """Return whether a card is being charged: its answer comes soon, unlike the payment of a code."""
        return any(payment.in_flight and is_card(payment) for payment in self.payments_of(invoice_id))


def by_age(invoices: Iterable[Invoice]) -> tuple[Invoice, ...]:
    """Return *invoices*, oldest first."""
    return tuple(sorted(invoices, key=lambda invoice: (invoice.issued_at, invoice.id)))
