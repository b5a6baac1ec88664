"""Every refusal that billing knows, each with a stable code. Clients branch on codes: never rename one."""

from enum import StrEnum
from typing import ClassVar, Self


class ErrorCode(StrEnum):
    """The codes of all refusals, as the API shows them."""

    ALREADY_CANCELLED = "ALREADY_CANCELLED"
    ALREADY_PAUSED = "ALREADY_PAUSED"
    ALREADY_SUBSCRIBED = "ALREADY_SUBSCRIBED"
    AMOUNT_OUT_OF_RANGE = "AMOUNT_OUT_OF_RANGE"
    CANCELLATION_SCHEDULED = "CANCELLATION_SCHEDULED"
    CARD_DECLINED = "CARD_DECLINED"
    CARD_INTAKE_DISABLED = "CARD_INTAKE_DISABLED"
    CARD_INVALID = "CARD_INVALID"
    CONFLICT = "CONFLICT"
    CURRENCY_MISMATCH = "CURRENCY_MISMATCH"
    DATE_IN_PAST = "DATE_IN_PAST"
    DEAD_LETTER_NOT_FOUND = "DEAD_LETTER_NOT_FOUND"
    FORBIDDEN = "FORBIDDEN"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    INVALID_VALUE = "INVALID_VALUE"
    INVOICE_NOT_FOUND = "INVOICE_NOT_FOUND"
    INVOICE_NOT_OPEN = "INVOICE_NOT_OPEN"
    INVOICE_PARTLY_PAID = "INVOICE_PARTLY_PAID"
    INVOICE_UNPAID = "INVOICE_UNPAID"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    MALFORMED_ID = "MALFORMED_ID"
    METHOD_NOT_SUPPORTED = "METHOD_NOT_SUPPORTED"
    NOT_CANCELLING = "NOT_CANCELLING"
    NOT_PAUSED = "NOT_PAUSED"
    NO_PAYMENT_METHOD = "NO_PAYMENT_METHOD"
    PARTIAL_REFUND_NOT_SUPPORTED = "PARTIAL_REFUND_NOT_SUPPORTED"
    PAYMENT_IN_PROGRESS = "PAYMENT_IN_PROGRESS"
    PAYMENT_NOT_FOUND = "PAYMENT_NOT_FOUND"
    PAYMENT_NOT_REFUNDABLE = "PAYMENT_NOT_REFUNDABLE"
    PLAN_ARCHIVED = "PLAN_ARCHIVED"
    PLAN_NOT_FOUND = "PLAN_NOT_FOUND"
    PROVIDER_UNAVAILABLE = "PROVIDER_UNAVAILABLE"
    REFUND_EXCEEDS_PAYMENT = "REFUND_EXCEEDS_PAYMENT"
    SAME_PLAN = "SAME_PLAN"
    SANDBOX_ONLY = "SANDBOX_ONLY"
    SUBSCRIPTION_NOT_ACTIVE = "SUBSCRIPTION_NOT_ACTIVE"
    SUBSCRIPTION_NOT_FOUND = "SUBSCRIPTION_NOT_FOUND"
    TOO_MANY_DECIMALS = "TOO_MANY_DECIMALS"
    UNKNOWN_CURRENCY = "UNKNOWN_CURRENCY"


class BillingError(Exception):
    """A refusal that the caller can understand and mend.

    `code` is stable; `field` is the path of the input at fault, empty where there is none.
    """

    code: ClassVar[ErrorCode]
    field: tuple[str, ...] = ()

    def __init__(self, message: str, *, field: tuple[str, ...] | None = None) -> None:
        super().__init__(message)
        if field is not None:
            self.field = field

    def at(self, *path: str) -> Self:
        """Return this refusal with the path of the input that it is about."""
        self.field = path
        return self


class InvalidValue(BillingError):
    """An input is outside what its field allows."""

    code = ErrorCode.INVALID_VALUE


_ID_FIELDS = {
    "plan": ("plan_id",),
    "sub": ("subscription_id",),
    "inv": ("invoice_id",),
    "pay": ("payment_id",),
    "evt": ("ids",),
}


class MalformedId(BillingError):
    """A text is no id of the kind that is expected."""

    code = ErrorCode.MALFORMED_ID

    def __init__(self, prefix: str) -> None:
        super().__init__(f"expected an id that starts with {prefix}_", field=_ID_FIELDS.get(prefix, ()))


class Forbidden(BillingError):
    """The caller may not do this."""

    code = ErrorCode.FORBIDDEN


class Conflict(BillingError):
    """The same thing kept being changed by others; nothing was done, a retry may work."""

    code = ErrorCode.CONFLICT

    def __init__(self) -> None:
        super().__init__("the subscription is being changed by someone else; try again")


class IdempotencyKeyReused(BillingError):
    """The key was used before, with another request."""

    code = ErrorCode.IDEMPOTENCY_KEY_REUSED
    field: tuple[str, ...] = ("idempotency_key",)

    def __init__(self) -> None:
        super().__init__("this idempotency key was used with a different request")


class SandboxOnly(BillingError):
    """A tool for trying things out was asked for where real money moves."""

    code = ErrorCode.SANDBOX_ONLY

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} works in sandbox mode only")


class DateInPast(BillingError):
    """A date lies before the one it must follow."""

    code = ErrorCode.DATE_IN_PAST


class LimitExceeded(BillingError):
    """A named bound was passed."""

    code = ErrorCode.LIMIT_EXCEEDED


class DeadLetterNotFound(BillingError):
    """No dead event has this id."""

    code = ErrorCode.DEAD_LETTER_NOT_FOUND
    field: tuple[str, ...] = ("ids",)

    def __init__(self, event_id: str) -> None:
        super().__init__(f"there is no dead letter {event_id}")


# Money


class UnknownCurrency(BillingError):
    """The currency is no ISO 4217 code that Ciclo bills in."""

    code = ErrorCode.UNKNOWN_CURRENCY
    field: tuple[str, ...] = ("currency",)

    def __init__(self) -> None:
        super().__init__("the currency must be an ISO 4217 code such as BRL")


class TooManyDecimals(BillingError):
    """An amount is finer than its currency's minor unit."""

    code = ErrorCode.TOO_MANY_DECIMALS
    field: tuple[str, ...] = ("amount",)

    def __init__(self, currency: str, decimals: int) -> None:
        super().__init__(f"an amount in {currency} has at most {decimals} decimals")


class AmountOutOfRange(BillingError):
    """An amount is negative, zero where it may not be, or too large."""

    code = ErrorCode.AMOUNT_OUT_OF_RANGE
    field: tuple[str, ...] = ("amount",)

    def __init__(self) -> None:
        super().__init__("the amount is out of range")


class CurrencyMismatch(BillingError):
    """Two currencies meet that must be one."""

    code = ErrorCode.CURRENCY_MISMATCH

    def __init__(self, *, expected: str, given: str) -> None:
        super().__init__(f"expected an amount in {expected}, got {given}")


# Plans


class PlanNotFound(BillingError):
    """There is no plan with this id."""

    code = ErrorCode.PLAN_NOT_FOUND
    field: tuple[str, ...] = ("plan_id",)

    def __init__(self) -> None:
        super().__init__("there is no such plan")


class PlanArchived(BillingError):
    """The plan takes no new subscribers."""

    code = ErrorCode.PLAN_ARCHIVED
    field: tuple[str, ...] = ("plan_id",)

    def __init__(self, plan_id: str) -> None:
        super().__init__(f"plan {plan_id} is archived")


class SamePlan(BillingError):
    """A change would change nothing."""

    code = ErrorCode.SAME_PLAN
    field: tuple[str, ...] = ("plan_id",)

    def __init__(self) -> None:
        super().__init__("the subscription is on this plan, version and quantity already")


# Subscriptions


class SubscriptionNotFound(BillingError):
    """There is no such subscription, or it is somebody else's."""

    code = ErrorCode.SUBSCRIPTION_NOT_FOUND
    field: tuple[str, ...] = ("subscription_id",)

    def __init__(self) -> None:
        super().__init__("there is no such subscription")


class AlreadySubscribed(BillingError):
    """The customer has a live subscription to this plan, or has scheduled a change to it (rule 42)."""

    code = ErrorCode.ALREADY_SUBSCRIBED
    field: tuple[str, ...] = ("plan_id",)

    def __init__(self) -> None:
        super().__init__("the customer has this plan already, or has scheduled a change to it")


class AlreadyCancelled(BillingError):
    """Cancelled is final: a new subscription is needed."""

    code = ErrorCode.ALREADY_CANCELLED
    field: tuple[str, ...] = ("subscription_id",)

    def __init__(self, subscription_id: str) -> None:
        super().__init__(f"subscription {subscription_id} is already cancelled")


class CancellationScheduled(BillingError):
    """The subscription ends with its period; uncancel it first."""

    code = ErrorCode.CANCELLATION_SCHEDULED
    field: tuple[str, ...] = ("subscription_id",)

    def __init__(self) -> None:
        super().__init__("the subscription is set to end with its period; uncancel it first")


class NotCancelling(BillingError):
    """There is no scheduled cancellation to take back."""

    code = ErrorCode.NOT_CANCELLING
    field: tuple[str, ...] = ("subscription_id",)

    def __init__(self) -> None:
        super().__init__("no cancellation is scheduled")


class AlreadyPaused(BillingError):
    """The subscription is paused already."""

    code = ErrorCode.ALREADY_PAUSED
    field: tuple[str, ...] = ("subscription_id",)

    def __init__(self) -> None:
        super().__init__("the subscription is paused already")


class NotPaused(BillingError):
    """Only a paused subscription can be resumed."""

    code = ErrorCode.NOT_PAUSED
    field: tuple[str, ...] = ("subscription_id",)

    def __init__(self) -> None:
        super().__init__("the subscription is not paused")


class SubscriptionNotActive(BillingError):
    """The subscription's status does not allow this."""

    code = ErrorCode.SUBSCRIPTION_NOT_ACTIVE
    field: tuple[str, ...] = ("subscription_id",)

    def __init__(self, status: str) -> None:
        super().__init__(f"a subscription that is {status} does not allow this")


# Invoices, payments, refunds


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
    """Credit can't be given for days that were not paid yet."""

    code = ErrorCode.INVOICE_UNPAID
    field: tuple[str, ...] = ("subscription_id",)

    def __init__(self) -> None:
        super().__init__("the current period's invoice is not paid yet")


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


class RefundExceedsPayment(BillingError):
    """Refunds and credits never add up to more than was paid."""

    code = ErrorCode.REFUND_EXCEEDS_PAYMENT
    field: tuple[str, ...] = ("amount",)

    def __init__(self) -> None:
        super().__init__("the refund is more than what is left of the payment")


class PartialRefundNotSupported(BillingError):
    """The provider refunds this method in full only."""

    code = ErrorCode.PARTIAL_REFUND_NOT_SUPPORTED
    field: tuple[str, ...] = ("amount",)

    def __init__(self) -> None:
        super().__init__("payments by this method can be refunded in full only")


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


class CardInvalid(BillingError):
    """The card's data can't be right; it was not sent anywhere."""

    code = ErrorCode.CARD_INVALID
    field: tuple[str, ...] = ("payment_method", "card")


class CardDeclined(BillingError):
    """The provider refused the card when it was to be kept."""

    code = ErrorCode.CARD_DECLINED
    field: tuple[str, ...] = ("payment_method",)

    def __init__(self, reason: str) -> None:
        super().__init__(f"the card was declined: {reason}")


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
