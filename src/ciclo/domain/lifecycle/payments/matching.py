"""Which payment a notice is about.

One with a payment id is about that payment. One without is matched by its amount: a success pays the
oldest open invoice of that amount, else the oldest open one; a failure is about the newest, so that the
two never fight over one of several; a refund takes the newest payment of that amount.
Source: billing rules 20, 21.
"""

from ciclo.copies import replace
from ciclo.domain.account import Account, by_age
from ciclo.domain.events.facts import PaymentFailed, PaymentRefunded, PaymentSucceeded
from ciclo.domain.invoice import Invoice
from ciclo.domain.lifecycle.billing import new_payment
from ciclo.domain.lifecycle.decision import Decision, EventContext, Review
from ciclo.domain.lifecycle.payments.advance import bill_ahead
from ciclo.domain.payment import Payment


def find_paid_payment(
    decision: Decision, notice: PaymentSucceeded | PaymentRefunded, ctx: EventContext
) -> tuple[Decision, Payment | None, Review]:
    """Find the payment that money came for, or went back of; why there is none otherwise.

    Without an invoice of its amount the notice may pay a period in advance: that of the trial's end, or
    one whose day has come by the notice's own date before the clock got to it. Else money that came is
    for the oldest open invoice, and where none is open it is one more payment of the newest (rule 20).
    """
    account = decision.account
    if notice.currency != account.subscription.terms.currency:
        return decision, None, Review.CURRENCY_MISMATCH
    if notice.payment_id is not None:
        payment = account.payments.get(notice.payment_id)
        return decision, payment, Review.UNKNOWN_PAYMENT
    account = _without_lapsed_change(account, ctx)
    invoice = _invoice_to_pay(account, notice)
    if invoice is None:
        decision, invoice = bill_ahead(decision, notice, ctx)
    if invoice is not None:
        return decision, _payment_of(decision.account, invoice), Review.NO_OPEN_INVOICE
    if isinstance(notice, PaymentRefunded) or not account.invoices:
        return decision, None, _review_of_unmatched(account)
    return decision, _payment_of_another_amount(account, notice, ctx), Review.NO_OPEN_INVOICE


def _without_lapsed_change(account: Account, ctx: EventContext) -> Account:
    """Return *account* without the invoice of a change that waits no more by the notice's own date.

    Otherwise the day on which money is heard of would decide whether it pays for the change (rule 11).
    """
    awaited = account.subscription.awaited_change
    if awaited is None or awaited.until > ctx.today:
        return account
    others = {id_: invoice for id_, invoice in account.invoices.items() if id_ != awaited.invoice_id}
    return replace(account, invoices=others)


def _payment_of_another_amount(account: Account, notice: PaymentSucceeded, ctx: EventContext) -> Payment:
    """Return the payment of the oldest open invoice, else one more of the newest invoice.

    It is one more, too, where the payment has come whole: what is open then is what was lost of it.
    """
    open_invoices = account.open_invoices()
    invoice = open_invoices[0] if open_invoices else by_age(account.invoices.values())[-1]
    payment = _payment_of(account, invoice)
    if open_invoices and not (
        payment.confirmed and payment.received_amount >= notice.amount == payment.amount
    ):
        return payment
    return new_payment(invoice, facts=f"notice|{ctx.event.id}", at=invoice.issued_at)


def _invoice_to_pay(account: Account, notice: PaymentSucceeded | PaymentRefunded) -> Invoice | None:
    """Return the invoice of equal amount that a notice without an id is about.

    Money is for the oldest that waits for its report, open or known to be paid from a refund only; a
    refund is of the newest that was paid and keeps its money, else of the oldest open one.
    """
    alike = _of_amount(account, notice.amount)
    waiting = [
        invoice for invoice in alike if not any(try_.confirmed for try_ in account.payments_of(invoice.id))
    ]
    if isinstance(notice, PaymentSucceeded):
        return waiting[0] if waiting else None
    kept = [
        invoice
        for invoice in alike
        if not invoice.is_open and not _payment_of(account, invoice).refunded_amount
    ]
    return kept[-1] if kept else next((invoice for invoice in waiting if invoice.is_open), None)


def find_failed_payment(account: Account, notice: PaymentFailed) -> tuple[Payment | None, Review]:
    """Find the payment that failed: by its id, else of the newest open invoice of equal amount."""
    if notice.currency != account.subscription.terms.currency:
        return None, Review.CURRENCY_MISMATCH
    if notice.payment_id is not None:
        payment = account.payments.get(notice.payment_id)
        return payment, Review.UNKNOWN_PAYMENT
    alike = _of_amount(account, notice.amount)
    if not alike:
        return None, _review_of_unmatched(account)
    newest = next((invoice for invoice in reversed(alike) if invoice.is_open), alike[-1])
    return _payment_of(account, newest), Review.NO_OPEN_INVOICE


def _review_of_unmatched(account: Account) -> Review:
    return Review.AMOUNT_MISMATCH if account.open_invoices() else Review.NO_OPEN_INVOICE


def _of_amount(account: Account, amount: int) -> tuple[Invoice, ...]:
    """Return the invoices of *amount* that were not withdrawn, oldest first.

    One that is closed is found by a payment of that amount, as the store finds it: what people booked for
    it in other amounts is nothing that a provider speaks of.
    """
    return by_age(
        invoice
        for invoice in account.invoices.values()
        if invoice.total == amount
        and invoice.voided_at is None
        and (invoice.is_open or any(one.amount == amount for one in account.payments_of(invoice.id)))
    )


def _payment_of(account: Account, invoice: Invoice) -> Payment:
    """Return the payment that settled an invoice, else its latest try, else the one that notices share."""
    tries = sorted(account.payments_of(invoice.id), key=lambda payment: payment.is_paid)
    return tries[-1] if tries else new_payment(invoice, facts="notice", at=invoice.issued_at)
