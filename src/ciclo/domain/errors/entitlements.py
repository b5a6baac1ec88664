"""Refusals about features and their use."""

from ciclo.domain.errors.error_code import ErrorCode
from ciclo.domain.errors.general import BillingError


class FeatureNotFound(BillingError):
    """No plan has a feature of this name, and none is registered."""

    code = ErrorCode.FEATURE_NOT_FOUND
    field: tuple[str, ...] = ("feature",)

    def __init__(self) -> None:
        super().__init__("no plan has such a feature or limit")


class FeatureArchived(BillingError):
    """Who has the feature keeps it, but nobody is given it any more."""

    code = ErrorCode.FEATURE_ARCHIVED
    field: tuple[str, ...] = ("feature",)

    def __init__(self, key: str) -> None:
        super().__init__(f"the feature {key!r} is archived")


class OverrideNotFound(BillingError):
    """The customer has no override of this feature, or not any more."""

    code = ErrorCode.OVERRIDE_NOT_FOUND
    field: tuple[str, ...] = ("feature",)

    def __init__(self) -> None:
        super().__init__("nothing overrides what their plans give of this feature")


class ReleaseExceedsUsage(BillingError):
    """More would be released than is used."""

    code = ErrorCode.RELEASE_EXCEEDS_USAGE
    field: tuple[str, ...] = ("quantity",)

    def __init__(self, used: int) -> None:
        super().__init__(f"only {used} are in use")


class ReservationNotFound(BillingError):
    """There is no such reservation: it was committed, cancelled, or ran out."""

    code = ErrorCode.RESERVATION_NOT_FOUND
    field: tuple[str, ...] = ("reservation_id",)

    def __init__(self) -> None:
        super().__init__("there is no such reservation, or not any more")
