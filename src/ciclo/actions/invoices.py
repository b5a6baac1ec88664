"""Invoices: paying one now, withdrawing one; and sending money of a payment back."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Final

from ciclo.actions.access.second_person import MoneyRequest, require_one_person
from ciclo.actions.caller import Caller
from ciclo.actions.dependencies import Deps, generate_id
from ciclo.actions.idempotency import AnswerFor, run_once
from ciclo.actions.payment_methods import MethodChoice, fill_gaps, keep_method, require_payer
from ciclo.actions.processing.commands import apply_command
from ciclo.actions.refund_limits import require_refundable
from ciclo.actions.self_service.declines import charges_card, try_card
from ciclo.actions.subscriptions import command_event, get_subscription
from ciclo.domain.customer import Customer
from ciclo.domain.errors.payments import InvoiceNotFound, PaymentNotFound
from ciclo.domain.events.booking import InvoicePaidOutside
from ciclo.domain.events.commands import (
    InvoicePaymentRequested,
    InvoiceVoided,
    InvoiceWrittenOff,
    RefundCreated,
)
from ciclo.domain.free_text import validate_reason, validate_text
from ciclo.domain.ids import PaymentId, RefundId, parse_id
from ciclo.domain.invoice import Invoice
from ciclo.domain.money import Money
from ciclo.domain.payment import MethodKind, Payment
from ciclo.domain.period import local_date
from ciclo.store.access.approvals import ApprovalKind
from ciclo.store.customers import find_customer
from ciclo.store.events.orders import was_declined
from ciclo.store.idempotency import IdempotentRequest
from ciclo.store.invoices import find_invoice
from ciclo.store.ledger.beside import Beside
from ciclo.store.mongo.client import Document
from ciclo.store.payments import find_payment
from ciclo.viewer import Actor

HOW_CHARS_MAX: Final = 100
"""How money came past Ciclo, such as the number of a transfer."""


async def get_invoice(deps: Deps, invoice_id: str, *, caller: Caller) -> Invoice:
    """Return an invoice that *caller* may see; another's looks absent.

    Raises:
        MalformedId, InvoiceNotFound: there is none.
    """
    invoice = await find_invoice(deps.store, parse_id("inv", invoice_id), owner=caller.owner)
    if invoice is None:
        raise InvoiceNotFound
    return invoice


async def get_payment(deps: Deps, payment_id: str, *, caller: Caller) -> Payment:
    """Return a payment that *caller* may see; another's looks absent.

    Raises:
        MalformedId, PaymentNotFound: there is none.
    """
    payment = await find_payment(deps.store, parse_id("pay", payment_id), owner=caller.owner)
    if payment is None:
        raise PaymentNotFound
    return payment


async def pay_invoice(
    deps: Deps,
    invoice_id: str,
    choice: MethodChoice | None,
    *,
    caller: Caller,
    request: IdempotentRequest | None = None,
) -> Invoice:
    """Try to collect an invoice now; the answer comes by event.

    Raises:
        BillingError: see `lifecycle.invoices.on_invoice_payment_requested` and `payment_methods.keep_method`;
            also TooManyDeclines.
    """
    invoice = await get_invoice(deps, invoice_id, caller=caller)
    customer = await find_customer(deps.store, invoice.customer_id)
    if customer is None:
        raise InvoiceNotFound
    if choice is not None and caller.viewer.has_link:
        choice = fill_gaps(choice, customer)

    async def act(answer_for: AnswerFor) -> Invoice:
        method, learned = None, list[Document]()
        kind = choice.kind if choice else await _require_known_payer(deps, invoice, customer)
        trying = try_card(deps, invoice.subscription_id, caller=caller, kind=kind, invoice_ids=[invoice.id])
        async with trying as tried:
            if choice is not None:
                method, learned = await keep_method(
                    deps, choice, customer=customer, currency=invoice.currency
                )
            payload = InvoicePaymentRequested(invoice_id=invoice.id, method=method)
            at = await deps.clock.now()
            event = command_event(payload, subscription_id=invoice.subscription_id, caller=caller, at=at)
            beside = Beside(answer=answer_for(invoice.id), learned=learned)
            entry = await apply_command(deps, event, beside=beside)
            tried.is_charged = charges_card(entry)
        return entry.decision.account.invoices[invoice.id]

    return await run_once(deps, request, act, find=partial(get_invoice, deps, caller=caller))


async def _require_known_payer(deps: Deps, invoice: Invoice, customer: Customer) -> MethodKind | None:
    """Check that what is known of the payer is enough for the subscription's own method, and return its kind.

    Raises:
        PayerIncomplete: it is not: the method may be older than its provider's wish to know.
    """
    subscription = await get_subscription(deps, invoice.subscription_id, owner=None)
    if subscription.method is None:
        return None
    kind = subscription.method.kind
    require_payer(deps.gateways.for_method(kind), kind, customer)
    return kind


async def void_invoice(
    deps: Deps,
    invoice_id: str,
    *,
    reason: str | None,
    caller: Caller,
    request: IdempotentRequest | None = None,
) -> Invoice:
    """Withdraw an invoice that nobody paid.

    Raises:
        InvoiceNotFound, InvoiceNotOpen: it is not there, or is paid or voided.
        InvoicePartlyPaid: a later invoice gave credit for its days.
        PaymentInProgress: a card is being charged for it.
        InvalidValue: the reason is too long, or holds what no reason needs.
    """
    reason = validate_reason(reason)
    invoice = await get_invoice(deps, invoice_id, caller=caller)
    payload = InvoiceVoided(invoice_id=invoice.id, reason=reason)
    return await _run_command(deps, invoice, payload, caller=caller, request=request)


async def write_off_invoice(
    deps: Deps,
    invoice_id: str,
    *,
    reason: str | None,
    caller: Caller,
    request: IdempotentRequest | None = None,
) -> Invoice:
    """Give an invoice up whose money will not come.

    Raises:
        InvoiceNotFound, InvoiceNotOpen: it is not there, or is paid or voided.
        PaymentInProgress: a card is being charged for it.
        InvalidValue: the reason is too long, or holds what no reason needs.
    """
    reason = validate_reason(reason)
    invoice = await get_invoice(deps, invoice_id, caller=caller)
    payload = InvoiceWrittenOff(invoice_id=invoice.id, reason=reason)
    return await _run_command(deps, invoice, payload, caller=caller, request=request)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidOutside:
    """What an operator says of money that came past Ciclo.

    All that is due if there is no amount; today if there is no day, which is the seller's.
    """

    how: str
    amount: Decimal | None = None
    paid_on: date | None = None


async def mark_invoice_paid(
    deps: Deps,
    invoice_id: str,
    paid: PaidOutside,
    *,
    reason: str | None,
    caller: Caller,
    request: IdempotentRequest | None = None,
) -> Invoice:
    """Book money that came for an open invoice past Ciclo, as an operator says.

    Raises:
        InvoiceNotFound, InvoiceNotOpen: it is not there, or is paid or voided.
        PaymentInProgress: a card is being charged for it.
        AmountOutOfRange, DateInPast, InvalidValue: see `lifecycle.invoices.on_invoice_paid_outside`; or a
            text is too long, or holds what it need not.
    """
    reason = validate_reason(reason)
    how = validate_text(paid.how.strip(), field="how", chars_min=1, chars_max=HOW_CHARS_MAX)
    invoice = await get_invoice(deps, invoice_id, caller=caller)
    now = await deps.clock.now()
    payload = InvoicePaidOutside(
        invoice_id=invoice.id,
        payment_id=PaymentId(generate_id("pay", now)),
        paid_on=paid.paid_on or local_date(now, deps.policy.timezone),
        how=how,
        amount=None if paid.amount is None else Money.from_decimal(paid.amount, invoice.currency).amount,
        reason=reason,
    )
    return await _run_command(deps, invoice, payload, caller=caller, request=request)


async def _run_command(
    deps: Deps,
    invoice: Invoice,
    payload: InvoiceVoided | InvoiceWrittenOff | InvoicePaidOutside,
    *,
    caller: Caller,
    request: IdempotentRequest | None,
) -> Invoice:
    async def act(answer_for: AnswerFor) -> Invoice:
        at = await deps.clock.now()
        event = command_event(payload, subscription_id=invoice.subscription_id, caller=caller, at=at)
        entry = await apply_command(deps, event, beside=Beside(answer=answer_for(invoice.id)))
        return entry.decision.account.invoices[invoice.id]

    return await run_once(deps, request, act, find=partial(get_invoice, deps, caller=caller))


async def refund_payment(
    deps: Deps,
    payment_id: str,
    amount: Money | None,
    *,
    reason: str | None,
    caller: Caller,
    by: Actor,
    request: IdempotentRequest | None = None,
) -> Payment:
    """Send all or a part of a payment back; the provider's answer comes by event.

    Raises:
        ApprovalRequired: it is above what one person may send, and waits for a second one.
        PaymentNotFound, PaymentNotRefundable: it is not there, is not completed, or can't go back.
        RefundExceedsPayment, AmountOutOfRange: the amount is more than what is left of it, or none.
        InvalidValue: the reason is too long, or holds what no reason needs.
        PartialRefundNotSupported: the provider refunds this method in full only.
        ProviderNotSetUp: the provider that collected it is not set up any more.
    """
    reason = validate_reason(reason)
    payment = await get_payment(deps, payment_id, caller=caller)
    if amount is not None:
        amount.require(payment.currency)
    is_part = amount is not None and amount.amount != payment.received_amount
    require_refundable(deps, payment, partly=is_part)
    sent = payment.reserved_amount
    wanted = MoneyRequest(
        kind=ApprovalKind.REFUND_PAYMENT,
        target=payment.id,
        money=amount or Money(max(0, payment.received_amount - sent), payment.currency),
        reason=reason,
    )
    await require_one_person(deps, wanted, by=by, sent=sent, request=request)

    async def act(answer_for: AnswerFor) -> Payment:
        beside = Beside(answer=answer_for(payment.id))
        return await send_refund(deps, payment, amount, reason=reason, caller=caller, beside=beside)

    return await run_once(deps, request, act, find=partial(get_payment, deps, caller=caller))


async def send_refund(
    deps: Deps,
    payment: Payment,
    amount: Money | None,
    *,
    reason: str | None,
    caller: Caller,
    beside: Beside,
) -> Payment:
    """Send money of a payment back, by one person's right or a second one's approval, which is *beside* it.

    Raises:
        ApprovalTaken: the approval is decided already.
        BillingError: see `lifecycle.payments.refunds`.
    """
    at = await deps.clock.now()
    payload = RefundCreated(
        refund_id=RefundId(generate_id("ref", at)),
        payment_id=payment.id,
        amount=amount.amount if amount else None,
        reason=reason,
        # What was declined and paid all the same was paid elsewhere: there is no reference to wait for.
        waits_for_reference=not await was_declined(deps.store, payment),
    )
    event = command_event(payload, subscription_id=payment.subscription_id, caller=caller, at=at)
    entry = await apply_command(deps, event, beside=beside)
    return entry.decision.account.payments[payment.id]
