"""Every refusal that billing knows, each with a stable code. Clients branch on codes: never rename one."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Self


class ErrorCode(StrEnum):
    """The codes of all refusals, as the API shows them."""

    ALREADY_CANCELLED = "ALREADY_CANCELLED"
    ALREADY_PAUSED = "ALREADY_PAUSED"
    ALREADY_SUBSCRIBED = "ALREADY_SUBSCRIBED"
    API_KEY_NOT_FOUND = "API_KEY_NOT_FOUND"
    APPROVAL_CLOSED = "APPROVAL_CLOSED"
    APPROVAL_NOT_FOUND = "APPROVAL_NOT_FOUND"
    APPROVAL_REQUIRED = "APPROVAL_REQUIRED"
    AMOUNT_OUT_OF_RANGE = "AMOUNT_OUT_OF_RANGE"
    CANCELLATION_SCHEDULED = "CANCELLATION_SCHEDULED"
    CARD_DECLINED = "CARD_DECLINED"
    CARD_INTAKE_DISABLED = "CARD_INTAKE_DISABLED"
    CARD_INVALID = "CARD_INVALID"
    CLOCK_MOVING = "CLOCK_MOVING"
    CONFLICT = "CONFLICT"
    CREDIT_EXCEEDS_INVOICE = "CREDIT_EXCEEDS_INVOICE"
    CREDIT_NOTE_NOT_FOUND = "CREDIT_NOTE_NOT_FOUND"
    CURRENCY_MISMATCH = "CURRENCY_MISMATCH"
    DATE_IN_PAST = "DATE_IN_PAST"
    DEAD_LETTER_NOT_FOUND = "DEAD_LETTER_NOT_FOUND"
    ENCRYPTION_NOT_SET_UP = "ENCRYPTION_NOT_SET_UP"
    FEATURE_NOT_FOUND = "FEATURE_NOT_FOUND"
    FORBIDDEN = "FORBIDDEN"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    INVALID_VALUE = "INVALID_VALUE"
    INVOICE_NOT_FOUND = "INVOICE_NOT_FOUND"
    INVOICE_NOT_OPEN = "INVOICE_NOT_OPEN"
    INVOICE_PARTLY_PAID = "INVOICE_PARTLY_PAID"
    INVOICE_UNPAID = "INVOICE_UNPAID"
    INVOICE_WANTS_MONEY = "INVOICE_WANTS_MONEY"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    MALFORMED_ID = "MALFORMED_ID"
    METHOD_NOT_SUPPORTED = "METHOD_NOT_SUPPORTED"
    NOT_CANCELLING = "NOT_CANCELLING"
    NOT_IN_TRIAL = "NOT_IN_TRIAL"
    NOT_PAUSED = "NOT_PAUSED"
    NO_PAYMENT_METHOD = "NO_PAYMENT_METHOD"
    OVERDUE_WORK_FAILED = "OVERDUE_WORK_FAILED"
    PARTIAL_REFUND_NOT_SUPPORTED = "PARTIAL_REFUND_NOT_SUPPORTED"
    PAYER_INCOMPLETE = "PAYER_INCOMPLETE"
    PAYMENT_IN_PROGRESS = "PAYMENT_IN_PROGRESS"
    PAYMENT_NOT_FOUND = "PAYMENT_NOT_FOUND"
    PAYMENT_NOT_REFUNDABLE = "PAYMENT_NOT_REFUNDABLE"
    PAYMENT_DISPUTED = "PAYMENT_DISPUTED"
    PAYOUT_EXCEEDS_BALANCE = "PAYOUT_EXCEEDS_BALANCE"
    PAYOUT_EXCEEDS_PAYMENTS = "PAYOUT_EXCEEDS_PAYMENTS"
    CUSTOMER_NOT_FOUND = "CUSTOMER_NOT_FOUND"
    PLAN_ARCHIVED = "PLAN_ARCHIVED"
    PLAN_NOT_FOUND = "PLAN_NOT_FOUND"
    PROVIDER_NOT_SET_UP = "PROVIDER_NOT_SET_UP"
    PROVIDER_UNAVAILABLE = "PROVIDER_UNAVAILABLE"
    REFUND_EXCEEDS_PAYMENT = "REFUND_EXCEEDS_PAYMENT"
    RELEASE_EXCEEDS_USAGE = "RELEASE_EXCEEDS_USAGE"
    RESERVATION_NOT_FOUND = "RESERVATION_NOT_FOUND"
    REVIEW_CLOSED = "REVIEW_CLOSED"
    REVIEW_DECISION_REFUSED = "REVIEW_DECISION_REFUSED"
    REVIEW_NOT_FOUND = "REVIEW_NOT_FOUND"
    SAME_PERSON = "SAME_PERSON"
    SAME_BILLING_DAY = "SAME_BILLING_DAY"
    SAME_PLAN = "SAME_PLAN"
    SANDBOX_ONLY = "SANDBOX_ONLY"
    SUBSCRIPTION_NOT_ACTIVE = "SUBSCRIPTION_NOT_ACTIVE"
    SUBSCRIPTION_NOT_FOUND = "SUBSCRIPTION_NOT_FOUND"
    TRIAL_END_TOO_EARLY = "TRIAL_END_TOO_EARLY"
    TOO_MANY_DECLINES = "TOO_MANY_DECLINES"
    TOO_MANY_DECIMALS = "TOO_MANY_DECIMALS"
    UNKNOWN_CURRENCY = "UNKNOWN_CURRENCY"
    WEBHOOK_DELIVERY_NOT_FOUND = "WEBHOOK_DELIVERY_NOT_FOUND"
    WEBHOOK_ENDPOINT_DISABLED = "WEBHOOK_ENDPOINT_DISABLED"
    WEBHOOK_ENDPOINT_NOT_FOUND = "WEBHOOK_ENDPOINT_NOT_FOUND"
    WITHDRAWAL_CLOSED = "WITHDRAWAL_CLOSED"


class BillingError(Exception):
    """A refusal that the caller can understand and mend.

    `code` is stable; `field` is the path of the input at fault, empty where there is none. `invoice_id` is of
    the invoice that has to be paid first, `retry_at` when the same may be asked for again, where known.
    """

    code: ClassVar[ErrorCode]
    field: tuple[str, ...] = ()
    invoice_id: str | None = None
    retry_at: datetime | None = None

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
    "key": ("key_id",),
    "rsv": ("reservation_id",),
    "apr": ("approval_id",),
    "whe": ("endpoint_id",),
    "dlv": ("delivery_ids",),
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


class ClockMoving(BillingError):
    """The sandbox's clock is moved by one at a time."""

    code = ErrorCode.CLOCK_MOVING

    def __init__(self) -> None:
        super().__init__("the clock is being moved by somebody else; try again")


class DateInPast(BillingError):
    """A date lies before the one it must follow."""

    code = ErrorCode.DATE_IN_PAST


class LimitExceeded(BillingError):
    """A named bound was passed."""

    code = ErrorCode.LIMIT_EXCEEDED


class ApiKeyNotFound(BillingError):
    """No API key has this id."""

    code = ErrorCode.API_KEY_NOT_FOUND
    field: tuple[str, ...] = ("key_id",)

    def __init__(self) -> None:
        super().__init__("there is no such API key")


class ApprovalRequired(BillingError):
    """More than one person may do alone: it waits for a second one."""

    code = ErrorCode.APPROVAL_REQUIRED

    def __init__(self, approval_id: str = "") -> None:
        waits = f": {approval_id}" if approval_id else "; ask by a refund of the payment"
        super().__init__(f"this needs the approval of a second person{waits}")


class ApprovalNotFound(BillingError):
    """No approval has this id."""

    code = ErrorCode.APPROVAL_NOT_FOUND
    field: tuple[str, ...] = ("approval_id",)

    def __init__(self) -> None:
        super().__init__("there is no such approval")


class ApprovalClosed(BillingError):
    """It is decided, or was asked too long ago."""

    code = ErrorCode.APPROVAL_CLOSED
    field: tuple[str, ...] = ("approval_id",)

    def __init__(self) -> None:
        super().__init__("the approval does not wait any more")


class SamePerson(BillingError):
    """Who asked can't be the second person, nor can a service."""

    code = ErrorCode.SAME_PERSON
    field: tuple[str, ...] = ("approval_id",)

    def __init__(self) -> None:
        super().__init__("another person has to decide this")


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


# Subscriptions


# Invoices, payments, refunds
