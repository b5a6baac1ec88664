"""Refusals about outgoing webhooks."""

from ciclo.domain.errors.error_code import ErrorCode
from ciclo.domain.errors.general import BillingError


class WebhookEndpointNotFound(BillingError):
    """There is no such endpoint, or it was deleted."""

    code = ErrorCode.WEBHOOK_ENDPOINT_NOT_FOUND
    field: tuple[str, ...] = ("endpoint_id",)

    def __init__(self) -> None:
        super().__init__("there is no such webhook endpoint")


class WebhookEndpointDisabled(BillingError):
    """Nothing is sent to a disabled endpoint."""

    code = ErrorCode.WEBHOOK_ENDPOINT_DISABLED
    field: tuple[str, ...] = ("endpoint_id",)

    def __init__(self) -> None:
        super().__init__("the webhook endpoint is disabled: enable it first")


class WebhookDeliveryNotFound(BillingError):
    """There is no such delivery, or it is older than what is kept."""

    code = ErrorCode.WEBHOOK_DELIVERY_NOT_FOUND
    field: tuple[str, ...] = ("delivery_ids",)

    def __init__(self, delivery_id: str) -> None:
        super().__init__(f"there is no webhook delivery {delivery_id}")


class EncryptionNotSetUp(BillingError):
    """The installation has no key to keep secrets with."""

    code = ErrorCode.ENCRYPTION_NOT_SET_UP

    def __init__(self) -> None:
        super().__init__("CICLO_ENCRYPTION_KEYS holds no key for webhook secrets")
