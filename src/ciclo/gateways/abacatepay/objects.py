"""AbacatePay's objects, as answers and webhooks bring them: only what Ciclo reads of them."""

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

from ciclo.domain.payment import Boleto, PixCode
from ciclo.gateways.codes.boleto import MalformedBoleto, barcode_of
from ciclo.gateways.metadata import ChargeMetadata, read_key, read_metadata

PROVIDER: Final = "abacatepay"

Id = Annotated[str, StringConstraints(min_length=1, max_length=255)]
Cents = Annotated[int, Field(strict=True, ge=0, lt=2**53)]


class ChargeStage(StrEnum):
    """Where a charge is, for Ciclo."""

    WAITING = "WAITING"
    PAID = "PAID"
    OVER = "OVER"
    REFUNDED = "REFUNDED"
    DISPUTED = "DISPUTED"


# New words appear without notice: one that is not here changes nothing.
_STAGES: Final = {
    "PENDING": ChargeStage.WAITING,
    "PAID": ChargeStage.PAID,
    "APPROVED": ChargeStage.PAID,
    "COMPLETE": ChargeStage.PAID,
    "COMPLETED": ChargeStage.PAID,
    "REDEEMED": ChargeStage.PAID,
    "EXPIRED": ChargeStage.OVER,
    "CANCELLED": ChargeStage.OVER,
    "FAILED": ChargeStage.OVER,
    "REFUNDED": ChargeStage.REFUNDED,
    "UNDER_DISPUTE": ChargeStage.DISPUTED,
}


class AbacateObject(BaseModel):
    """Something from outside: unknown members are dropped, and no error repeats a value."""

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        hide_input_in_errors=True,
        alias_generator=to_camel,
        populate_by_name=True,
    )


class Envelope(AbacateObject):
    """What every answer comes in. The first API had no `success`."""

    data: dict[str, Any] | None = None
    success: bool | None = None
    error: str | dict[str, Any] | None = None

    @property
    def failed(self) -> bool:
        """Return whether it is an error, whatever its HTTP status said."""
        return bool(self.error) or self.success is False


class AlternativePix(AbacateObject):
    """The PIX code that a boleto may bring along."""

    br_code: str | None = None


class ChargeStatus(AbacateObject):
    """Where a charge by PIX or boleto is."""

    status: str = ""

    @property
    def stage(self) -> ChargeStage | None:
        """Return where it is; None for a word that is new."""
        return _STAGES.get(self.status)


class ChargeObject(ChargeStatus):
    """A charge by PIX or boleto."""

    id: Id
    amount: Cents | None = None
    paid_amount: Cents | None = None
    external_id: str | None = None
    metadata: dict[str, Any] | None = None
    br_code: str | None = None
    bar_code: str | None = None
    url: str | None = None
    pix: AlternativePix | None = None
    expires_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def charge_metadata(self) -> ChargeMetadata:
        """Return Ciclo's ids: from the metadata, or from the key that it bears as `externalId`."""
        texts = {name: value for name, value in (self.metadata or {}).items() if isinstance(value, str)}
        by_metadata = read_metadata(texts)
        return by_metadata if by_metadata.payment_id else read_key(self.external_id)

    @property
    def expiry(self) -> datetime | None:
        """Return when the code ends, in UTC."""
        return None if self.expires_at is None else to_utc(self.expires_at)

    def pix_code(self) -> PixCode | None:
        """Return the PIX code, wherever it stands."""
        text = self.br_code or (self.pix.br_code if self.pix else None)
        return None if text is None else PixCode(copy_paste=text)

    def boleto(self, *, due_on: date) -> Boleto | None:
        """Return the boleto; its line is AbacatePay's word, whether or not it checks."""
        if self.bar_code is None:
            return None
        try:
            bars = barcode_of(self.bar_code)
        except MalformedBoleto:
            bars = None
        pix = self.pix_code()
        return Boleto(
            digitable_line=self.bar_code,
            barcode=bars,
            due_on=due_on,
            url=self.url,
            pix_copy_paste=pix.copy_paste if pix else None,
        )


class WebhookEvent(AbacateObject):
    """A webhook's envelope; some have no id, and what `data` holds depends on the event."""

    id: Id | None = None
    event: Annotated[str, StringConstraints(min_length=1, max_length=255)]
    dev_mode: bool = False
    data: dict[str, Any] = Field(default_factory=dict)


def to_utc(at: datetime) -> datetime:
    """Return *at* in UTC; one without a zone is meant so."""
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
