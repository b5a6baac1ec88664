"""The body of `POST /api/webhooks/payment`: read strictly, once, into the domain's facts."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, StringConstraints, ValidationError

from ciclo.domain.errors.general import BillingError
from ciclo.domain.events.facts import PaymentFailed, PaymentRefunded, PaymentSucceeded
from ciclo.domain.ids import PaymentId, RefundId, SubscriptionId, parse_id
from ciclo.domain.money import Money
from ciclo.redaction import redact
from ciclo.settings.choices import ProviderName
from ciclo.web.problems import HttpProblem

ATTEMPT_MAX: Final = 1_000
DIGITS_MAX: Final = 15
_SINCE_2000: Final = re.compile(r"2[0-9]{3}-[0-9]{2}-[0-9]{2}", re.ASCII)
_DECIMAL: Final = re.compile(r"[0-9]{1,15}(\.[0-9]{1,10})?", re.ASCII)

_OURS: Final = frozenset(gateway.value for gateway in ProviderName)
"""Providers that Ciclo can ask: the reference of any other leads nowhere."""

NoticePayload = PaymentSucceeded | PaymentFailed | PaymentRefunded


def _amount(value: object) -> Decimal:
    """Take a JSON number, which the reader kept exact, or plain decimal text; nothing else."""
    kept_exact = isinstance(value, int | str | Decimal) and not isinstance(value, bool)
    text = format(value, "f") if isinstance(value, Decimal) else str(value)
    if not kept_exact or not _DECIMAL.fullmatch(text):
        raise ValueError("a number such as 29.90")
    amount = Decimal(text)
    if not amount or len(amount.as_tuple().digits) > DIGITS_MAX:
        raise ValueError(f"a number above 0, of {DIGITS_MAX} digits at most")
    return amount


def _day(value: object) -> date | datetime:
    """Take a date, or an instant with its offset, of this century; instants are kept to the millisecond."""
    if not isinstance(value, str) or not _SINCE_2000.match(value):
        raise ValueError("a date such as 2025-01-31, since 2000")
    if len(value) == len("2025-01-31"):
        return date.fromisoformat(value)
    instant = datetime.fromisoformat(value)
    if instant.tzinfo is None:
        raise ValueError("an instant needs its offset, such as Z")
    return instant.astimezone(UTC).replace(microsecond=instant.microsecond // 1_000 * 1_000)


class PaymentNotice(BaseModel):
    """A provider's notice. Fields that are not named here are dropped, whatever they hold."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    subscription_id: Annotated[str, StringConstraints(strict=True, max_length=64)]
    event: Literal["payment_success", "payment_failed", "payment_refunded"]
    amount: Annotated[Decimal, PlainValidator(_amount)]
    date: Annotated[date | datetime, PlainValidator(_day)]
    payment_id: Annotated[str, StringConstraints(strict=True, max_length=64)] | None = None
    refund_id: Annotated[str, StringConstraints(strict=True, max_length=64)] | None = None
    currency: Annotated[str, StringConstraints(strict=True, pattern=r"^[A-Z]{3}$")] | None = None
    failure_code: Annotated[str, StringConstraints(strict=True, pattern=r"^[a-z0-9_]{1,64}$")] | None = None
    attempt: Annotated[int, Field(strict=True, ge=1, le=ATTEMPT_MAX)] | None = None
    hard: Annotated[bool, Field(strict=True)] = False
    provider: Annotated[str, StringConstraints(strict=True, max_length=64)] | None = None
    provider_reference: Annotated[str, StringConstraints(strict=True, pattern=r"^[!-~]{1,1024}$")] | None = (
        None
    )

    def subscription(self) -> SubscriptionId:
        """Return whose payment it is.

        Raises:
            MalformedId: that is no subscription's id.
        """
        return SubscriptionId(parse_id("sub", self.subscription_id))

    def payload(self, *, currency: str) -> NoticePayload:
        """Return the fact that is reported; without a currency it is in *currency*.

        Raises:
            UnknownCurrency, TooManyDecimals, AmountOutOfRange, MalformedId: it can't be one.
        """
        money = Money.from_decimal(self.amount, self.currency or currency)
        payment_id = PaymentId(parse_id("pay", self.payment_id)) if self.payment_id else None
        named = self.provider in _OURS and self.provider_reference is not None
        reference = self.provider_reference if named else None
        match self.event:
            case "payment_success":
                return PaymentSucceeded(
                    amount=money.amount,
                    currency=money.currency,
                    payment_id=payment_id,
                    provider=self.provider if named else None,
                    provider_reference=reference,
                )
            case "payment_failed":
                return PaymentFailed(
                    amount=money.amount,
                    currency=money.currency,
                    payment_id=payment_id,
                    attempt=self.attempt,
                    failure_code=redact(self.failure_code) if self.failure_code else None,
                    hard=self.hard,
                    provider_reference=reference,
                )
            case "payment_refunded":
                return PaymentRefunded(
                    amount=money.amount,
                    currency=money.currency,
                    payment_id=payment_id,
                    refund_id=RefundId(parse_id("ref", self.refund_id)) if self.refund_id else None,
                )


class NoticeInvalid(HttpProblem):
    """A well-formed body says something that can't be."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(status=422, code=code, detail=detail)


def read_notice(body: object) -> PaymentNotice:
    """Return the notice that a JSON value holds.

    Raises:
        NoticeInvalid: a field is missing or can't be what it is; the value is not repeated.
    """
    try:
        return PaymentNotice.model_validate(body)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "body"
        raise NoticeInvalid("INVALID_NOTICE", f"{where}: {first['msg']}") from None


def refusal(error: BillingError) -> NoticeInvalid:
    """Return a rule's refusal as the problem that the sender gets."""
    return NoticeInvalid(error.code.value, str(error))
