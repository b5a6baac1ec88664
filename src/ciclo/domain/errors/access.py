"""Refusals about the people who work for the seller."""

from ciclo.domain.errors.error_code import ErrorCode
from ciclo.domain.errors.general import BillingError


class MemberNotFound(BillingError):
    """No member has this id."""

    code = ErrorCode.MEMBER_NOT_FOUND
    field: tuple[str, ...] = ("member_id",)

    def __init__(self) -> None:
        super().__init__("there is no such member")


class MemberExists(BillingError):
    """The address is a member's."""

    code = ErrorCode.MEMBER_EXISTS
    field: tuple[str, ...] = ("email",)

    def __init__(self) -> None:
        super().__init__("this address is a member's already")


class LastOwner(BillingError):
    """Nobody would be left who may everything."""

    code = ErrorCode.LAST_OWNER
    field: tuple[str, ...] = ("member_id",)

    def __init__(self) -> None:
        super().__init__("this is the last owner; make another one first")
