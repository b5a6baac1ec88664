"""Refusals about invoices, payments and how they are paid."""

from collections.abc import Sequence
from datetime import datetime

from ciclo.domain.errors.error_code import ErrorCode
from ciclo.domain.errors.general import BillingError
from ciclo.domain.ids import InvoiceId


class InvoiceNotFound(BillingError):
    """There is no such invoice, or it is somebody else's."""

    code = ErrorCode.INVOICE_NOT_FOUND
    field: tuple[str, ...] = ("invoice_id",)

    def __init__(self) -> None:
        super().__init__("there is no such invoice")


class InvoiceNotOpen(BillingError):
    """The invoice is paid or cancelled."""

    code = ErrorCode.INVOICE_NOT_OPEN
    field: tuple[str, ...] = ("invoice_id",)

    def __init__(self, status: str) -> None:
        super().__init__(f"the invoice is {status}")


class InvoicePartlyPaid(BillingError):
    """Only an invoice of which nothing was paid or credited can be voided."""

    code = ErrorCode.INVOICE_PARTLY_PAID
    field: tuple[str, ...] = ("invoice_id",)

    def __init__(self) -> None:
        super().__init__("an invoice that was paid or credited in part can't be voided")


class InvoiceUnpaid(BillingError):
    """Days that were not paid yet can't be credited, and who owes can't have more on trust."""

    code = ErrorCode.INVOICE_UNPAID
    field: tuple[str, ...] = ("subscription_id",)

    def __init__(self, what: str | None = None, *, invoice_id: InvoiceId | None = None) -> None:
        super().__init__((what or "the current period's invoice") + " is not paid yet")
        self.invoice_id = invoice_id


class CreditExceedsInvoice(BillingError):
    """Credit notes, refunds and what was lost of an invoice never add up to more than it charged."""

    code = ErrorCode.CREDIT_EXCEEDS_INVOICE
    field: tuple[str, ...] = ("amount",)

    def __init__(self) -> None:
        super().__init__("the credit is more than what is left of the invoice")


class CreditNoteNotFound(BillingError):
    """There is no such credit note, or it is somebody else's."""

    code = ErrorCode.CREDIT_NOTE_NOT_FOUND
    field: tuple[str, ...] = ("credit_note_id",)

    def __init__(self) -> None:
        super().__init__("there is no such credit note")


class InvoiceWantsMoney(BillingError):
    """Money goes onto the balance past an invoice only if that needs none."""

    code = ErrorCode.INVOICE_WANTS_MONEY
    field: tuple[str, ...] = ("subscription_id",)

    def __init__(self) -> None:
        super().__init__("there is no invoice of it that needs no money: apply the money to the open one")


class ReviewNotFound(BillingError):
    """No event with this id was marked for a person to look at."""

    code = ErrorCode.REVIEW_NOT_FOUND
    field: tuple[str, ...] = ("event_id",)

    def __init__(self) -> None:
        super().__init__("there is no review of such an event")


class ReviewClosed(BillingError):
    """A review is decided once."""

    code = ErrorCode.REVIEW_CLOSED
    field: tuple[str, ...] = ("event_id",)

    def __init__(self, decision: str) -> None:
        super().__init__(f"the review is closed already: {decision}")


class ReviewDecisionRefused(BillingError):
    """What a review is about does not allow this decision."""

    code = ErrorCode.REVIEW_DECISION_REFUSED
    field: tuple[str, ...] = ("decision",)

    def __init__(self, possible: str) -> None:
        super().__init__(f"of this review can be decided: {possible}")


class PaymentNotFound(BillingError):
    """There is no such payment, or it is somebody else's."""

    code = ErrorCode.PAYMENT_NOT_FOUND
    field: tuple[str, ...] = ("payment_id",)

    def __init__(self) -> None:
        super().__init__("there is no such payment")


class PaymentInProgress(BillingError):
    """An attempt to collect this invoice is under way."""

    code = ErrorCode.PAYMENT_IN_PROGRESS
    field: tuple[str, ...] = ("invoice_id",)

    def __init__(self) -> None:
        super().__init__("a payment of this invoice is in progress")


class PaymentNotRefundable(BillingError):
    """Only a completed payment can be refunded."""

    code = ErrorCode.PAYMENT_NOT_REFUNDABLE
    field: tuple[str, ...] = ("payment_id",)

    def __init__(self, status: str) -> None:
        super().__init__(f"a payment that is {status} can't be refunded")


class PaymentContested(BillingError):
    """The payer's bank has taken the money back, for now or for good."""

    code = ErrorCode.PAYMENT_DISPUTED
    field: tuple[str, ...] = ("payment_id",)

    def __init__(self) -> None:
        super().__init__("the payer's bank contests the payment: its money can't be refunded too")


class RefundExceedsPayment(BillingError):
    """Refunds and credits never add up to more than was paid."""

    code = ErrorCode.REFUND_EXCEEDS_PAYMENT
    field: tuple[str, ...] = ("amount",)

    def __init__(self) -> None:
        super().__init__("the refund is more than what is left of the payment")


class PayoutExceedsBalance(BillingError):
    """A balance is paid out up to what it has."""

    code = ErrorCode.PAYOUT_EXCEEDS_BALANCE
    field: tuple[str, ...] = ("amount",)

    def __init__(self) -> None:
        super().__init__("the payout is more than what is on the balance")


class PayoutExceedsPayments(BillingError):
    """A balance is paid out by refunds, up to what the customer's payments still have."""

    code = ErrorCode.PAYOUT_EXCEEDS_PAYMENTS
    field: tuple[str, ...] = ("amount",)

    def __init__(self) -> None:
        super().__init__("the payout is more than what the customer's payments can send back")


class CustomerNotFound(BillingError):
    """There is no such customer."""

    code = ErrorCode.CUSTOMER_NOT_FOUND
    field: tuple[str, ...] = ("customer_id",)

    def __init__(self) -> None:
        super().__init__("there is no such customer")


class PartialRefundNotSupported(BillingError):
    """The provider refunds this method in full only."""

    code = ErrorCode.PARTIAL_REFUND_NOT_SUPPORTED
    field: tuple[str, ...] = ("amount",)

    def __init__(self) -> None:
        super().__init__("payments by this method can be refunded in full only")


class ProviderNotSetUp(BillingError):
    """The payment was collected by a provider whose access is not set up here any more."""

    code = ErrorCode.PROVIDER_NOT_SET_UP
    field: tuple[str, ...] = ("payment_id",)

    def __init__(self, provider: str) -> None:
        super().__init__(f"the payment was collected by {provider}, which is not set up any more")


class NoPaymentMethod(BillingError):
    """There is nothing to charge."""

    code = ErrorCode.NO_PAYMENT_METHOD
    field: tuple[str, ...] = ("payment_method",)

    def __init__(self) -> None:
        super().__init__("the subscription has no payment method")


class MethodNotSupported(BillingError):
    """No provider takes this method, or not in this currency."""

    code = ErrorCode.METHOD_NOT_SUPPORTED
    field: tuple[str, ...] = ("payment_method",)

    def __init__(self, method: str, currency: str) -> None:
        super().__init__(f"{method} is not available in {currency}")


class PayerIncomplete(BillingError):
    """The provider has to know more of the payer to collect by this method; the field is the first thing."""

    code = ErrorCode.PAYER_INCOMPLETE

    def __init__(self, method: str, missing: Sequence[str]) -> None:
        told = ", ".join(missing).replace("_", " ")
        self.field = ("payment_method", "payer_name" if missing[0] == "name" else missing[0])
        super().__init__(f"{method} needs the payer's {told}")


class CardInvalid(BillingError):
    """The card's data can't be right; it was not sent anywhere."""

    code = ErrorCode.CARD_INVALID
    field: tuple[str, ...] = ("payment_method", "card")


class CardAuthenticationRequired(BillingError):
    """The payer's bank asks before the card is kept: send the same again once it was answered."""

    code = ErrorCode.CARD_AUTHENTICATION_REQUIRED

    def __init__(self, client_secret: str) -> None:
        super().__init__("let the provider's script ask, by clientSecret, and send the token that it returns")
        self.client_secret = client_secret


class CardDeclined(BillingError):
    """The provider refused the card when it was to be kept."""

    code = ErrorCode.CARD_DECLINED
    field: tuple[str, ...] = ("payment_method",)

    def __init__(self, reason: str) -> None:
        super().__init__(f"the card was declined: {reason}")
        self.reason = reason


class TooManyDeclines(BillingError):
    """So many cards were declined that the next one is not tried before an instant."""

    code = ErrorCode.TOO_MANY_DECLINES
    field: tuple[str, ...] = ("payment_method",)

    def __init__(self, retry_at: datetime) -> None:
        super().__init__(f"too many cards were declined; try again at {retry_at:%Y-%m-%dT%H:%M:%SZ}")
        self.retry_at = retry_at


class CardIntakeDisabled(BillingError):
    """Card numbers are not taken here; only tokens are."""

    code = ErrorCode.CARD_INTAKE_DISABLED
    field: tuple[str, ...] = ("payment_method", "card")

    def __init__(self) -> None:
        super().__init__("send a cardToken from the payment provider, never a card number")


class ProviderUnavailable(BillingError):
    """The payment provider did not answer; nothing was kept."""

    code = ErrorCode.PROVIDER_UNAVAILABLE
    field: tuple[str, ...] = ("payment_method",)

    def __init__(self) -> None:
        super().__init__("the payment provider did not answer; try again")
