"""The sandbox: a payment provider that moves no money, needs no account and answers the same every time.

It keeps nothing: tokens and references carry their facts under a seal, so that API and workers
agree. It reports through the front door: `charge` and `refund` take the order, and a signed
notice to `POST /api/webhooks/payment` says what became of it.

What each card, token and amount does stands in `cards`. "The first call" there is the
first in this process; that is the one thing that the sandbox remembers.

PIX codes and boletos stay pending until `settle` or their expiry. The PIX key is nobody's, the
boleto's bank is 999: both are right to the last check digit, and payable nowhere.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final, NoReturn

from ciclo.domain.dunning import HARD_DECLINES
from ciclo.domain.errors.general import InvalidValue, SandboxOnly
from ciclo.domain.events.facts import PaymentAuthorized, PaymentFailed, PaymentSucceeded, RefundFailed
from ciclo.domain.events.orders import RefundRequested
from ciclo.domain.money import Money
from ciclo.domain.payment import MethodKind, Payment, PaymentMethod, PaymentStatus
from ciclo.gateways.card import end_of_month
from ciclo.gateways.codes import boleto, pix
from ciclo.gateways.codes.pix import MalformedPix
from ciclo.gateways.protocol import (
    CardDetails,
    Charge,
    ChargeAnswer,
    Declined,
    Misconfigured,
    Payer,
    RefundAnswer,
    Unavailable,
    WebhookRejected,
)
from ciclo.gateways.sandbox.cards import GENERIC_DECLINE, card_of_number
from ciclo.gateways.sandbox.codes import open_code
from ciclo.gateways.sandbox.ids import (
    PROVIDER,
    SandboxCharge,
    card_behind,
    charge_behind,
    charge_outcome,
    outcome_of_confirmation,
    read_charge,
    reference_of,
    reference_told,
    token_of,
)
from ciclo.gateways.sandbox.notice import ANSWER_S_MAX, NoticeSender, Report
from ciclo.gateways.sandbox.signed_ids import BrokenSeal
from ciclo.settings.settings import Settings

KEYS_REMEMBERED_MAX: Final = 10_000
DECLINED_ENDING: Final = 99_51
UNAVAILABLE_ENDING: Final = 99_91
LOST_ANSWER_ENDING: Final = 99_93

_LARGEST: Final = {
    MethodKind.PIX: pix.AMOUNT_CENTS_MAX,
    MethodKind.BOLETO: boleto.AMOUNT_CENTS_MAX,
}


class SandboxGateway:
    """A `ProviderName` for trying things out: see the module for what its cards, tokens and amounts do."""

    name: Final = PROVIDER

    def __init__(
        self, settings: Settings, *, now: Callable[[], datetime], answer_s_max: float = ANSWER_S_MAX
    ) -> None:
        """Open the way to the front door; *now* is the wall clock, for signatures only.

        Raises:
            Misconfigured: there is no webhook secret to sign with.
        """
        if not settings.webhook_secrets:
            raise Misconfigured("the sandbox signs its notices: set CICLO_WEBHOOK_SECRETS")
        self._settings = settings
        self._door = NoticeSender(
            settings.sandbox_notice_url or settings.base_url,
            secret=settings.webhook_secrets[0],
            now=now,
            answer_s_max=answer_s_max,
        )
        self._called: dict[str, None] = {}

    def supports(self, method: MethodKind, currency: str) -> bool:
        """Return whether it collects by *method* in *currency*: cards in any, codes in reais."""
        return method is MethodKind.CREDIT_CARD or currency == "BRL"

    def missing_facts(self, method: MethodKind, payer: Payer) -> tuple[str, ...]:  # noqa: ARG002
        """Return nothing: the sandbox asks for no more than is known of anybody."""
        return ()

    def refunds(self, method: MethodKind) -> bool:
        """Return whether a payment by *method* can go back: as everywhere, a boleto can't."""
        return method is not MethodKind.BOLETO

    def refunds_partly(self, method: MethodKind) -> bool:
        """Return whether a part of a payment can go back."""
        return self.refunds(method)

    async def register(self, payer: Payer) -> str:
        """Return the payer's own id: the sandbox keeps no list."""
        return payer.reference or payer.customer_id

    def form_token(self, card: CardDetails) -> str:
        """Return a token for *card* as a provider's form in the browser would; any card gets one."""
        expires_on = end_of_month(card.expiration_year, card.expiration_month)
        return token_of(replace(card_of_number(card.number), expires_on=expires_on), secret=self._secret)

    async def tokenize(self, card: CardDetails, payer: Payer) -> PaymentMethod:
        """Trade a card for a token; *card* has plain digits, as `card.checked` leaves them."""
        return await self.attach(self.form_token(card), payer)

    async def verify_card(self, token: str, payer: Payer) -> str:  # noqa: ARG002 - no bank asks for it
        """Return *token*: what is wrong with its card is told when it is kept."""
        return token

    async def attach(self, token: str, payer: Payer) -> PaymentMethod:  # noqa: ARG002 - any payer may have any
        """Keep a token of `form_token`, or one with a plain name such as tok_visa."""
        try:
            card = card_behind(token, secret=self._secret)
        except BrokenSeal:
            raise Declined("invalid_token") from None
        if card.refused_with is not None:
            raise Declined(card.refused_with)
        return PaymentMethod(
            kind=MethodKind.CREDIT_CARD,
            token=token_of(card, secret=self._secret),
            brand=card.brand,
            last_four=card.last_four,
            expires_on=card.expires_on,
        )

    async def charge(self, charge: Charge, payer: Payer) -> ChargeAnswer:  # noqa: ARG002 - nobody pays
        """Take the order; a card's end is reported at once, a code's when it is settled."""
        order = charge.order
        if not self.supports(order.method.kind, order.currency):
            raise Misconfigured(f"the sandbox takes no {order.method.kind} in {order.currency}")
        if order.method.kind is MethodKind.CREDIT_CARD:
            return await self._charge_card(charge)
        if order.amount > _LARGEST[order.method.kind]:
            return PaymentFailed(
                amount=order.amount,
                currency=order.currency,
                payment_id=order.payment_id,
                attempt=order.attempt,
                failure_code="amount_too_large",
                hard=True,
            )
        reference = reference_of(read_charge(charge), secret=self._secret)
        try:
            return open_code(charge, provider=self.name, reference=reference, settings=self._settings)
        except MalformedPix:
            raise Misconfigured("CICLO_SELLER_NAME has no letters that a PIX code can carry") from None

    async def refund(self, order: RefundRequested, *, requested_at: datetime) -> RefundAnswer | None:
        """Send money back: refused at once, or reported by a notice."""
        try:
            paid = charge_behind(order.provider_reference, secret=self._secret)
        except BrokenSeal:
            return _refund_failed(order, "unknown_reference")
        if not self.refunds(paid.method):
            return _refund_failed(order, "refund_not_supported")
        if paid.failure_code is not None:
            return _refund_failed(order, "payment_not_refundable")
        if order.amount > paid.money.amount or order.currency != paid.money.currency:
            return _refund_failed(order, "amount_too_large")
        await self._door.send(
            Report(
                event="payment_refunded",
                about=order.refund_id,
                subscription_id=paid.subscription_id,
                payment_id=order.payment_id,
                money=Money(order.amount, order.currency),
                occurred_at=requested_at,
                refund_id=order.refund_id,
            )
        )
        return None

    async def try_key(self) -> None:
        """Find nothing to try."""

    async def fetch(self, payment: Payment) -> PaymentSucceeded | PaymentFailed | None:
        """Return how a card charge ended; a code's end only `settle` and its expiry decide."""
        try:
            charge = charge_behind(payment.provider_reference, secret=self._secret)
        except BrokenSeal:
            return None
        if charge.method is not MethodKind.CREDIT_CARD:
            return None
        return charge_outcome(charge, reference=str(payment.provider_reference))

    async def confirm(self, payment: Payment, *, return_url: str) -> PaymentSucceeded | None:  # noqa: ARG002
        """Take a charge up again that waits for its payer: that they come is all their bank asks."""
        try:
            charge = charge_behind(payment.failure_reference, secret=self._secret)
        except BrokenSeal:
            return None
        return outcome_of_confirmation(charge, secret=self._secret)

    async def pay_code(self, payment: Payment, *, at: datetime) -> None:
        """Pay a pending PIX code or boleto, as a payer's bank would; *at* is the billing clock's time.

        Raises:
            SandboxOnly: another provider collects the payment.
            InvalidValue: it does not wait to be paid, or its code has expired.
            Unavailable, Misconfigured: the notice did not reach the front door.
        """
        if payment.provider != self.name:
            raise SandboxOnly("paying by hand")
        try:
            charge = charge_behind(payment.provider_reference, secret=self._secret)
        except BrokenSeal:
            raise InvalidValue("the payment's reference is none of this sandbox's") from None
        if charge.method is MethodKind.CREDIT_CARD or payment.status is not PaymentStatus.PENDING:
            raise InvalidValue("the payment does not wait for a PIX or a boleto to be paid")
        if payment.expires_at is not None and payment.expires_at <= at:
            raise InvalidValue("the code has expired")
        await self._report(charge, reference=str(payment.provider_reference), at=at)

    def verify(self, **_webhook: object) -> NoReturn:
        """Refuse: the sandbox's notices come by Ciclo's own route, which checks and reads them itself."""
        raise WebhookRejected("the sandbox has no webhook route of its own")

    async def aclose(self) -> None:
        """Close connections."""
        await self._door.aclose()

    def is_first_call(self, key: str) -> bool:
        """Return whether this process sees *key* for the first time, among the latest ones."""
        if key in self._called:
            return False
        if len(self._called) >= KEYS_REMEMBERED_MAX:
            del self._called[next(iter(self._called))]
        self._called[key] = None
        return True

    @property
    def _secret(self) -> str:
        return self._settings.sandbox_secret.get_secret_value()

    async def _charge_card(self, charge: Charge) -> PaymentAuthorized:
        order, ending = charge.order, charge.order.amount % 100_00
        try:
            card = card_behind(order.method.token or "", secret=self._secret)
        except BrokenSeal:
            raise Misconfigured("the card's token is none of this sandbox's") from None
        if ending == UNAVAILABLE_ENDING and self.is_first_call(charge.key):
            raise Unavailable("the sandbox did not answer")
        failure_code = GENERIC_DECLINE if ending == DECLINED_ENDING else card.outcome(order.attempt)
        charged = read_charge(charge, failure_code=failure_code)
        reference = reference_of(charged, secret=self._secret)
        await self._report(charged, reference=reference, at=charge.requested_at)
        if ending == LOST_ANSWER_ENDING and self.is_first_call(charge.key):
            raise Unavailable("the sandbox charged the card, but its answer was lost")
        return PaymentAuthorized(
            payment_id=order.payment_id, provider=self.name, provider_reference=reference
        )

    async def _report(self, charge: SandboxCharge, *, reference: str, at: datetime) -> None:
        failed = charge.failure_code is not None
        await self._door.send(
            Report(
                event="payment_failed" if failed else "payment_success",
                about=reference,
                subscription_id=charge.subscription_id,
                payment_id=charge.payment_id,
                money=charge.money,
                occurred_at=at,
                attempt=charge.attempt if failed else None,
                failure_code=charge.failure_code,
                hard=charge.failure_code in HARD_DECLINES,
                reference=reference_told(charge, reference),
            )
        )


def _refund_failed(order: RefundRequested, code: str) -> RefundFailed:
    return RefundFailed(payment_id=order.payment_id, refund_id=order.refund_id, failure_code=code)
