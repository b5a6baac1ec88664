"""Refusals of addresses that open something without signing in."""

from ciclo.domain.errors.error_code import ErrorCode
from ciclo.domain.errors.general import BillingError


class LinkNotFound(BillingError):
    """The address was made by nobody here."""

    code = ErrorCode.LINK_NOT_FOUND

    def __init__(self) -> None:
        super().__init__("there is no such link")


class LinkRevoked(BillingError):
    """The address opened something once: it was revoked, or another one took its place."""

    code = ErrorCode.LINK_REVOKED

    def __init__(self) -> None:
        super().__init__("this link was revoked")


class LinkUsedUp(BillingError):
    """As many have used the link as may."""

    code = ErrorCode.LINK_USED_UP

    def __init__(self) -> None:
        super().__init__("this link was used as often as it may be")


class LinkExpired(BillingError):
    """The time of the address is over."""

    code = ErrorCode.LINK_EXPIRED

    def __init__(self) -> None:
        super().__init__("this link has expired")
