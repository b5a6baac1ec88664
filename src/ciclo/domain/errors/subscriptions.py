"""Refusals about plans and subscriptions."""

from datetime import date

from ciclo.domain.errors.error_code import ErrorCode
from ciclo.domain.errors.general import BillingError


class PlanNotFound(BillingError):
    """There is no plan with this id."""

    code = ErrorCode.PLAN_NOT_FOUND
    field: tuple[str, ...] = ("plan_id",)

    def __init__(self) -> None:
        super().__init__("there is no such plan")


class ProductNotFound(BillingError):
    """There is no product with this id."""

    code = ErrorCode.PRODUCT_NOT_FOUND
    field: tuple[str, ...] = ("product_id",)

    def __init__(self) -> None:
        super().__init__("there is no such product")


class PriceExists(BillingError):
    """A product has one price on offer for each cycle and currency."""

    code = ErrorCode.PRICE_EXISTS
    field: tuple[str, ...] = ("billing_cycle",)

    def __init__(self) -> None:
        super().__init__("the product has a price for this cycle and currency")


class PlanArchived(BillingError):
    """The plan takes no new subscribers."""

    code = ErrorCode.PLAN_ARCHIVED
    field: tuple[str, ...] = ("plan_id",)

    def __init__(self, plan_id: str) -> None:
        super().__init__(f"plan {plan_id} is archived")


class PlanForOthers(BillingError):
    """The plan is for another type of user than the customer's."""

    code = ErrorCode.PLAN_FOR_OTHERS
    field: tuple[str, ...] = ("plan_id",)

    def __init__(self, user_type: str) -> None:
        super().__init__(f"this plan is for users of type {user_type}")


class SamePlan(BillingError):
    """A change would change nothing."""

    code = ErrorCode.SAME_PLAN
    field: tuple[str, ...] = ("plan_id",)

    def __init__(self) -> None:
        super().__init__("the subscription is on this plan, version and quantity already")


class SameBillingDay(BillingError):
    """A change would change nothing."""

    code = ErrorCode.SAME_BILLING_DAY
    field: tuple[str, ...] = ("billing_day",)

    def __init__(self) -> None:
        super().__init__("the subscription's periods begin on this day already, or are about to")


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


class WithdrawalClosed(BillingError):
    """The days in which a contract can be withdrawn from are over."""

    code = ErrorCode.WITHDRAWAL_CLOSED
    field: tuple[str, ...] = ("subscription_id",)

    def __init__(self, last_day: date) -> None:
        super().__init__(f"the last day to withdraw was {last_day}; cancel instead")


class NotInTrial(BillingError):
    """There is no trial that runs."""

    code = ErrorCode.NOT_IN_TRIAL
    field: tuple[str, ...] = ("subscription_id",)

    def __init__(self) -> None:
        super().__init__("the subscription is not in its trial")


class TrialEndTooEarly(BillingError):
    """A trial is extended to a later day than the one on which it ends."""

    code = ErrorCode.TRIAL_END_TOO_EARLY
    field: tuple[str, ...] = ("until",)

    def __init__(self, ends_on: date) -> None:
        super().__init__(f"the trial ends on {ends_on}: it can be extended to a later day only")


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


class OverdueWorkFailed(BillingError):
    """What was due of the subscription before this was asked for could not be done (rule 4)."""

    code = ErrorCode.OVERDUE_WORK_FAILED
    field: tuple[str, ...] = ("subscription_id",)

    def __init__(self) -> None:
        super().__init__(
            "what is due of this subscription can't be done; an operator has to look at it first"
        )


class TrialUsed(BillingError):
    """A trial was promised, and somebody with the same card had one."""

    code = ErrorCode.TRIAL_USED
    field: tuple[str, ...] = ("payment_method",)

    def __init__(self) -> None:
        super().__init__("this card had its trial: it pays from the first day on")
