"""What every refusal is, and those that are about no one thing."""

from datetime import datetime
from typing import ClassVar, Self

from ciclo.domain.errors.error_code import ErrorCode


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
    "prod": ("product_id",),
    "sub": ("subscription_id",),
    "inv": ("invoice_id",),
    "pay": ("payment_id",),
    "evt": ("ids",),
    "key": ("key_id",),
    "mem": ("member_id",),
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
