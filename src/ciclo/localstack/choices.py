"""The words that commands take: fixed choices, apart from the heavy modules that act on them."""

from enum import StrEnum


class Role(StrEnum):
    """What a token allows."""

    ADMIN = "admin"
    CUSTOMER = "customer"


class NoticeChoice(StrEnum):
    """What a provider may report."""

    SUCCESS = "payment_success"
    FAILED = "payment_failed"
    REFUNDED = "payment_refunded"


class WorkerName(StrEnum):
    """The processes beside the API."""

    BILLING = "billing"
    COLLECTION = "collection"
    DELIVERY = "delivery"
    MAILER = "mailer"
    RELAY = "relay"
    SCHEDULER = "scheduler"
