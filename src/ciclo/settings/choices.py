"""What a setting may be, where it is one of a few words, and lists that are text with commas."""

from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field
from pydantic_settings import NoDecode

RETRY_DAYS_MAX: Final = 365


class Mode(StrEnum):
    """SANDBOX plays providers and lets the clock be moved; LIVE moves real money."""

    SANDBOX = "sandbox"
    LIVE = "live"


class ProviderName(StrEnum):
    """The payment providers that Ciclo speaks to."""

    SANDBOX = "sandbox"
    STRIPE = "stripe"
    ABACATEPAY = "abacatepay"


class CardIntake(StrEnum):
    """Whether card numbers may be sent to the API at all; SANDBOX_ONLY means in sandbox mode."""

    TOKEN_ONLY = "token_only"  # noqa: S105 - a choice, not a secret
    PASSTHROUGH = "passthrough"


CommaList = Annotated[tuple[str, ...], NoDecode]
CommaDays = Annotated[tuple[int, ...], NoDecode]
RetryDays = Annotated[tuple[Annotated[int, Field(ge=1, le=RETRY_DAYS_MAX)], ...], NoDecode]
