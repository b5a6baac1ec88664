"""Refusals about customers as a register."""

from ciclo.domain.errors.error_code import ErrorCode
from ciclo.domain.errors.general import BillingError


class EmailTaken(BillingError):
    """Another customer has the address."""

    code = ErrorCode.EMAIL_TAKEN
    field: tuple[str, ...] = ("email",)

    def __init__(self) -> None:
        super().__init__("another customer has this e-mail address")


class ExternalIdTaken(BillingError):
    """Another customer has the external id."""

    code = ErrorCode.EXTERNAL_ID_TAKEN
    field: tuple[str, ...] = ("external_id",)

    def __init__(self) -> None:
        super().__init__("another customer has this external id")


class CustomerChanged(BillingError):
    """The customer was changed since the caller read them."""

    code = ErrorCode.CUSTOMER_CHANGED
    field: tuple[str, ...] = ("version",)

    def __init__(self) -> None:
        super().__init__("the customer was changed meanwhile: look again at what is there now")


class CustomerAnonymized(BillingError):
    """The customer's personal data are gone, and nothing is written of them any more."""

    code = ErrorCode.CUSTOMER_ANONYMIZED
    field: tuple[str, ...] = ("customer_id",)

    def __init__(self) -> None:
        super().__init__("the customer is anonymized")


class CustomerMerged(BillingError):
    """The customer is another one by now."""

    code = ErrorCode.CUSTOMER_MERGED
    field: tuple[str, ...] = ("customer_id",)

    def __init__(self, into: str) -> None:
        super().__init__(f"the customer was merged into {into}")


class CustomerInUse(BillingError):
    """Something of the customer is still going on."""

    code = ErrorCode.CUSTOMER_IN_USE
    field: tuple[str, ...] = ("customer_id",)

    def __init__(self, what: str) -> None:
        super().__init__(f"the customer still has {what}")
