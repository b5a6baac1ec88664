"""Stripe's objects, as answers and webhooks bring them: only what Ciclo reads of them."""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from ciclo.domain.dunning import HARD_DECLINES
from ciclo.domain.events.facts import PaymentFailed, PaymentSucceeded
from ciclo.domain.payment import Boleto, PixCode
from ciclo.domain.period import local_date
from ciclo.gateways.card import end_of_month
from ciclo.gateways.codes.boleto import MalformedBoleto, barcode_of
from ciclo.gateways.metadata import ChargeMetadata, read_metadata

PROVIDER: Final = "stripe"
BOLETO_TIMEZONE: Final = "America/Sao_Paulo"
"""Where a boleto's last day ends, for Stripe."""
ADVICE_AGAINST_RETRY: Final = "do_not_try_again"
UNKNOWN_FAILURE: Final = "card_declined"

Currency = Annotated[str, StringConstraints(to_upper=True, pattern=r"^[A-Za-z]{3}$")]
Id = Annotated[str, StringConstraints(min_length=1, max_length=255)]
Amount = Annotated[int, Field(strict=True, ge=0, lt=2**53)]
LastFour = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}$")]
Brand = Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,32}$")]

_CODE: Final = re.compile(r"[a-z][a-z_0-9]{0,63}")
_DIGITS: Final = re.compile(r"[0-9]{5}")


class StripeObject(BaseModel):
    """Something from outside: unknown members are dropped, and no error repeats a value."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Failure(StripeObject):
    """Why a charge failed."""

    code: str | None = None
    decline_code: str | None = None
    advice_code: str | None = None
    intent_id: str | None = None
    """The payment intent that it is of, where an error names one."""

    @property
    def failure_code(self) -> str:
        """Return the issuer's reason, or else Stripe's own."""
        return plain_code(self.decline_code) or plain_code(self.code) or UNKNOWN_FAILURE

    @property
    def is_hard(self) -> bool:
        """Return whether no retry can mend it."""
        return self.advice_code == ADVICE_AGAINST_RETRY or self.failure_code in HARD_DECLINES


class PixDetails(StripeObject):
    """A PIX code to be paid."""

    data: str
    expires_at: int

    @property
    def code(self) -> PixCode:
        """Return the code as Ciclo keeps it."""
        return PixCode(copy_paste=self.data)


class BoletoDetails(StripeObject):
    """A boleto to be paid."""

    number: str
    expires_at: int
    hosted_voucher_url: str | None = None

    @property
    def code(self) -> Boleto:
        """Return the boleto as Ciclo keeps it; its line is Stripe's word, whether or not it checks."""
        try:
            bars = barcode_of(self.number)
        except MalformedBoleto:
            bars = None
        return Boleto(
            digitable_line=self.number,
            barcode=bars,
            due_on=local_date(to_instant(self.expires_at), BOLETO_TIMEZONE),
            url=self.hosted_voucher_url,
        )


class Redirect(StripeObject):
    """A page of the payer's bank, by way of Stripe."""

    url: str = Field(repr=False)


class NextAction(StripeObject):
    """What the payer has to do."""

    redirect_to_url: Redirect | None = None
    pix_display_qr_code: PixDetails | None = None
    boleto_display_details: BoletoDetails | None = None


class Intent(StripeObject):
    """A payment intent: one charge, by whatever method."""

    id: Id
    status: str
    amount: Amount
    amount_received: Amount | None = None
    currency: Currency
    metadata: dict[str, str] | None = None
    last_payment_error: Failure | None = None
    next_action: NextAction | None = None
    cancellation_reason: str | None = None
    client_secret: str | None = Field(default=None, repr=False)

    @property
    def action_url(self) -> str | None:
        """Return the page on which the payer satisfies their bank, where there is one."""
        redirect = self.next_action.redirect_to_url if self.next_action else None
        return redirect.url if redirect else None

    @property
    def charge_metadata(self) -> ChargeMetadata:
        """Return the ids that Ciclo put into the metadata."""
        return read_metadata(self.metadata or {})

    @property
    def reference(self) -> str:
        """Return what payments are known by here: the intent itself."""
        return self.id

    def success(self) -> PaymentSucceeded:
        """Return the fact that the money came."""
        return PaymentSucceeded(
            amount=self.amount_received or self.amount,
            currency=self.currency,
            payment_id=self.charge_metadata.payment_id,
            provider=PROVIDER,
            provider_reference=self.id,
        )

    def failure(self, why: Failure | None = None) -> PaymentFailed:
        """Return the fact that the charge failed, for *why* or for what the intent says itself."""
        why = why or self.last_payment_error or Failure(code=self.cancellation_reason)
        return PaymentFailed(
            amount=self.amount,
            currency=self.currency,
            payment_id=self.charge_metadata.payment_id,
            attempt=self.charge_metadata.attempt,
            failure_code=why.failure_code,
            hard=why.is_hard,
            provider_reference=self.id,
        )


class SetupIntent(StripeObject):
    """A card that is set up for charges without its payer."""

    id: Id
    status: str
    payment_method: Id | None = None
    client_secret: str | None = Field(default=None, repr=False)
    metadata: dict[str, str] | None = None
    last_setup_error: Failure | None = None
    cancellation_reason: str | None = None


class StripeRefund(StripeObject):
    """Money on its way back."""

    id: Id
    status: str
    amount: Amount
    currency: Currency
    created: int = 0
    payment_intent: Id | None = None
    failure_reason: str | None = None
    metadata: dict[str, str] | None = None

    @property
    def charge_metadata(self) -> ChargeMetadata:
        """Return the ids that Ciclo put into the metadata; a refund made elsewhere has none."""
        return read_metadata(self.metadata or {})

    @property
    def reference(self) -> str | None:
        """Return the payment that it is of."""
        return self.payment_intent


class BalanceTransaction(StripeObject):
    """What a dispute moved on the seller's balance, and what Stripe took for it."""

    fee: int = 0


class StripeDispute(StripeObject):
    """A contested charge."""

    id: Id
    status: str
    amount: Amount
    currency: Currency
    payment_intent: Id | None = None
    balance_transactions: list[BalanceTransaction] = Field(default_factory=list)

    @property
    def fee(self) -> int | None:
        """Return what Stripe took for it, as far as it is known."""
        return sum(moved.fee for moved in self.balance_transactions) if self.balance_transactions else None

    @property
    def charge_metadata(self) -> ChargeMetadata:
        """Return nothing: Stripe copies no metadata to a dispute."""
        return ChargeMetadata()

    @property
    def reference(self) -> str | None:
        """Return the payment that it is about."""
        return self.payment_intent


class Card(StripeObject):
    """What may be shown of a card."""

    brand: Brand | None = None
    last4: LastFour | None = None
    fingerprint: str | None = None
    exp_month: Annotated[int, Field(ge=1, le=12)] | None = None
    exp_year: Annotated[int, Field(ge=2000, le=9_999)] | None = None

    @property
    def expires_on(self) -> date | None:
        """Return the last day on which it is good."""
        if self.exp_year is None or self.exp_month is None:
            return None
        return end_of_month(self.exp_year, self.exp_month)


class Method(StripeObject):
    """A payment method that a customer keeps."""

    id: Id
    type: str
    card: Card | None = None


class StripeCustomer(StripeObject):
    """A customer."""

    id: Id


class StripeEvent(StripeObject):
    """A webhook's envelope. `data` is read by its type."""

    id: Id
    type: Annotated[str, StringConstraints(min_length=1, max_length=255)]
    created: int | str | None = None
    data: dict[str, Any] = Field(default_factory=dict)


def plain_code(text: str | None) -> str | None:
    """Return *text* if it is a code of Stripe's; anything else might be what must not be repeated."""
    shaped = text is not None and _CODE.fullmatch(text) is not None and _DIGITS.search(text) is None
    return text if shaped else None


def to_instant(seconds: int) -> datetime:
    """Return Stripe's seconds as an instant."""
    return datetime.fromtimestamp(seconds, tz=UTC)
