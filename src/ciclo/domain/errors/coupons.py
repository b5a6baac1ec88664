"""Refusals about coupons, discounts and items."""

from ciclo.domain.errors.error_code import ErrorCode
from ciclo.domain.errors.general import BillingError


class CouponNotFound(BillingError):
    """No coupon has this code, or it is given no more; which of the two, nobody is told."""

    code = ErrorCode.COUPON_NOT_FOUND
    field: tuple[str, ...] = ("coupon_code",)

    def __init__(self) -> None:
        super().__init__("there is no such code")


class CouponExpired(BillingError):
    """It is not its time."""

    code = ErrorCode.COUPON_EXPIRED
    field: tuple[str, ...] = ("coupon_code",)

    def __init__(self) -> None:
        super().__init__("the code can't be used today")


class CouponExhausted(BillingError):
    """It was redeemed as often as it may be: by everybody together, or by this customer."""

    code = ErrorCode.COUPON_EXHAUSTED
    field: tuple[str, ...] = ("coupon_code",)

    def __init__(self) -> None:
        super().__init__("the code has been used as often as it may be")


class CouponNotApplicable(BillingError):
    """It is not for this plan or customer."""

    code = ErrorCode.COUPON_NOT_APPLICABLE
    field: tuple[str, ...] = ("coupon_code",)

    def __init__(self, reason: str) -> None:
        super().__init__(f"the code does not apply: {reason}")


class CouponAlreadyApplied(BillingError):
    """The subscription has a discount by the same coupon."""

    code = ErrorCode.COUPON_ALREADY_APPLIED
    field: tuple[str, ...] = ("coupon_code",)

    def __init__(self) -> None:
        super().__init__("the subscription has this discount already")


class TooManyDiscounts(BillingError):
    """The subscription has as many discounts as it may have."""

    code = ErrorCode.TOO_MANY_DISCOUNTS
    field: tuple[str, ...] = ("coupon_code",)

    def __init__(self, discounts_max: int) -> None:
        super().__init__(f"a subscription has at most {discounts_max} discounts at a time")


class DiscountNotFound(BillingError):
    """The subscription has no such discount."""

    code = ErrorCode.DISCOUNT_NOT_FOUND
    field: tuple[str, ...] = ("discount_id",)

    def __init__(self) -> None:
        super().__init__("the subscription has no such discount")


class CouponCodeTaken(BillingError):
    """Another coupon has the code."""

    code = ErrorCode.COUPON_CODE_TAKEN
    field: tuple[str, ...] = ("code",)

    def __init__(self) -> None:
        super().__init__("another coupon has this code")


class TooManyWrongCodes(BillingError):
    """Somebody tries codes."""

    code = ErrorCode.TOO_MANY_WRONG_CODES
    field: tuple[str, ...] = ("coupon_code",)

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"too many wrong codes: try again in {retry_after_s} seconds")


class InvoiceItemNotFound(BillingError):
    """No such item waits for an invoice of the subscription."""

    code = ErrorCode.INVOICE_ITEM_NOT_FOUND
    field: tuple[str, ...] = ("item_id",)

    def __init__(self) -> None:
        super().__init__("no such item waits for an invoice")
