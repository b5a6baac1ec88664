"""What Ciclo asks of a payment provider. Answers and webhooks come back as the domain's own facts."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Protocol

from ciclo.domain.customer import Address
from ciclo.domain.events.facts import (
    DisputeClosed,
    PaymentAuthorized,
    PaymentDisputed,
    PaymentFailed,
    PaymentRefunded,
    PaymentSucceeded,
    RefundFailed,
)
from ciclo.domain.events.orders import ChargeRequested, RefundRequested
from ciclo.domain.ids import CustomerId, PaymentId, SubscriptionId
from ciclo.domain.payment import MethodKind, Payment, PaymentMethod

ChargeAnswer = PaymentSucceeded | PaymentFailed | PaymentAuthorized
RefundAnswer = PaymentRefunded | RefundFailed
NoticePayload = ChargeAnswer | RefundAnswer | PaymentDisputed | DisputeClosed

UNPLACED: Final = PaymentId("")
"""The payment of a fact that only `Notice.provider_reference` leads to, until `attach_payment` names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardDetails:
    """A card on its way to a provider: never stored, logged or shown; its repr hides what was typed."""

    number: str = field(repr=False)
    holder_name: str = field(repr=False)
    expiration_month: int
    expiration_year: int
    cvv: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Payer:
    """Who pays. `reference` is the provider's id for them, once it has one.

    A boleto needs `name` and `tax_id` (CPF or CNPJ); one by Stripe needs a Brazilian `address` too.
    """

    customer_id: CustomerId
    email: str
    name: str | None = None
    tax_id: str | None = field(default=None, repr=False)
    address: Address | None = field(default=None, repr=False)
    reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """One attempt to collect a payment. `key` is the same for the same attempt, however often it is sent."""

    order: ChargeRequested
    subscription_id: SubscriptionId
    requested_at: datetime
    """By the billing clock: a retry computes the same expiry from it."""
    description: str

    @property
    def key(self) -> str:
        """Return the idempotency key of this attempt."""
        return f"pay:{self.order.payment_id}:{self.order.attempt}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """How a payer satisfies their bank: on a page, or by the provider's script with a secret of this payment.

    Both are for the payer alone: they are handed on, and never stored or logged.
    """

    url: str | None = field(default=None, repr=False)
    client_secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A provider's report, verified. Where ids are missing `provider_reference` leads to the payment.

    Whoever finds the payment that way puts its id into the fact with `attach_payment`. A notice with none of
    our ids is another system's on the same account, unless its reference is one that we gave out.
    """

    dedupe_key: str
    occurred_at: datetime
    payload: NoticePayload | None
    """None: a type that says nothing about money; it is counted and acknowledged."""
    subscription_id: SubscriptionId | None = None
    payment_id: PaymentId | None = None
    provider_reference: str | None = None


def attach_payment(payload: NoticePayload, *, payment_id: PaymentId) -> NoticePayload:
    """Return a notice's fact with the payment that its provider's reference led to."""
    return replace(payload, payment_id=payment_id)


class GatewayError(Exception):
    """A provider could not do what was asked."""


class Unavailable(GatewayError):
    """The outcome is unknown: ask again with the same key. `retry_after_s` is the provider's wish, if any."""

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Misconfigured(GatewayError):
    """Our own set-up is wrong (key, account, request): alert the operator, never dun the customer."""


class Declined(GatewayError):
    """A payment method was refused when it was to be kept."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class AuthenticationRequired(GatewayError):
    """The payer's bank asks before a card is kept. The provider's script shows that, by `client_secret`."""

    def __init__(self, client_secret: str) -> None:
        super().__init__("the payer's bank asks the payer to confirm the card")
        self.client_secret = client_secret


class WebhookRejected(GatewayError):
    """A webhook's signature, secret or age is wrong; the message never says which."""


class MalformedWebhook(GatewayError):
    """A webhook is signed well, but its body can't be read."""


class Gateway(Protocol):
    """A payment provider. Implementations: sandbox, stripe, abacatepay."""

    @property
    def name(self) -> str:
        """Return the name that payments and references carry."""
        ...

    def supports(self, method: MethodKind, currency: str) -> bool:
        """Return whether it collects by *method* in *currency*."""
        ...

    def missing_facts(self, method: MethodKind, payer: Payer) -> tuple[str, ...]:
        """Return which fields of *payer* it has to know to collect by *method*, and does not."""
        ...

    def refunds(self, method: MethodKind) -> bool:
        """Return whether a payment by *method* can go back at all; a boleto can't."""
        ...

    def refunds_partly(self, method: MethodKind) -> bool:
        """Return whether less than the whole of a payment by *method* can go back."""
        ...

    async def register(self, payer: Payer) -> str:
        """Make *payer* known to the provider and return its reference; the same payer gives the same one."""
        ...

    async def tokenize(self, card: CardDetails, payer: Payer) -> PaymentMethod:
        """Trade a card for a token that can be charged later.

        Raises:
            Declined: the card was refused.
            Unavailable: the provider did not answer, or asked to come back later.
            Misconfigured: the provider refused us, not the payer.
        """
        ...

    async def verify_card(self, token: str, payer: Payer) -> str:
        """Check a card of the provider's own form, and return the token to keep it by. *payer* may be new.

        Raises:
            AuthenticationRequired: the payer's bank asks first.
            Declined: the card was refused.
            Unavailable: the provider did not answer, or asked to come back later.
            Misconfigured: the provider refused us, not the payer.
        """
        ...

    async def attach(self, token: str, payer: Payer) -> PaymentMethod:
        """Keep a token from the provider's own form for *payer* (who has a reference).

        Raises:
            Declined: the card was refused.
            Unavailable: the provider did not answer, or asked to come back later.
            Misconfigured: the provider refused us, not the payer.
        """
        ...

    async def charge(self, charge: Charge, payer: Payer) -> ChargeAnswer:
        """Collect once for this key, outside any transaction.

        Raises:
            Unavailable: the provider did not answer, or asked to come back later.
            Misconfigured: the provider refused us, not the payer. A decline is an answer, not an error.
        """
        ...

    async def confirm(self, payment: Payment, *, return_url: str) -> Confirmation | NoticePayload | None:
        """Take a charge up again that failed since the payer's bank asks, now that the payer is there.

        Returns how they answer, after which they are sent to *return_url*; or what became of the charge
        meanwhile; None while the provider works on it.

        Raises:
            Unavailable: the provider did not answer, or asked to come back later.
            Misconfigured: the provider refused us, not the payer.
        """
        ...

    async def refund(self, order: RefundRequested, *, requested_at: datetime) -> RefundAnswer | None:
        """Send money back once for this refund id; None while the provider works on it."""
        ...

    async def fetch(self, payment: Payment) -> NoticePayload | None:
        """Ask what became of a payment that has been pending for long; None if nothing new."""
        ...

    async def try_key(self) -> None:
        """Ask for something that does not exist, which costs and changes nothing: who may ask is told so.

        Raises:
            Unavailable, Misconfigured: the provider is away, or does not take our key.
        """
        ...

    def verify(
        self, *, headers: Mapping[str, str], query: Mapping[str, str], body: bytes, now: datetime
    ) -> tuple[Notice, ...]:
        """Check a webhook and read it. *headers* has lower-case names; *now* is the wall clock.

        Raises:
            WebhookRejected: it does not come from the provider, or is too old or too new.
            MalformedWebhook: it does, but can't be read.
        """
        ...

    async def aclose(self) -> None:
        """Close connections."""
        ...
