"""AbacatePay, second version of its API: PIX and boletos in reais. Its SDK speaks the first only.

Cards are left to others: a card charge there has no idempotency. A code that nobody pays is not
reported: our own timer or `fetch` finds out. Source: https://docs.abacatepay.com.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime
from typing import Any, Final, NoReturn

import structlog

from ciclo.domain.events.facts import (
    PaymentAuthorized,
    PaymentDisputed,
    PaymentFailed,
    PaymentRefunded,
    PaymentSucceeded,
    RefundFailed,
)
from ciclo.domain.events.orders import RefundRequested
from ciclo.domain.payment import MethodKind, Payment, RefundStatus
from ciclo.gateways.abacatepay.calls import ALREADY_REFUNDED, AbacateCalls, AbacateRefusal
from ciclo.gateways.abacatepay.events import CURRENCY, check_origin, read_event
from ciclo.gateways.abacatepay.objects import PROVIDER, AbacateObject, ChargeObject, ChargeStage, ChargeStatus
from ciclo.gateways.due_dates import boleto_due_on, pix_expires_after_s
from ciclo.gateways.metadata import metadata_of
from ciclo.gateways.protocol import (
    CardDetails,
    Charge,
    ChargeAnswer,
    Misconfigured,
    Notice,
    NoticePayload,
    Payer,
    RefundAnswer,
    Unavailable,
)
from ciclo.settings.settings import Settings

ANSWER_S_MAX: Final = 20.0
DESCRIPTION_CHARS_MAX: Final = 37
NOBODYS: Final = "char_of_nobody"
"""The first API's limit; the second names none."""
REASON_CHARS_MAX: Final = 500
BOLETO_TIMEZONE: Final = "America/Sao_Paulo"
LIVE_KEY_PREFIX: Final = "abc_prod_"

_log = structlog.get_logger(__name__)


class AbacatePayGateway:
    """A `ProviderName` on an AbacatePay account."""

    name: Final = PROVIDER

    def __init__(self, settings: Settings, *, answer_s_max: float = ANSWER_S_MAX) -> None:
        """Make the client; nothing is sent yet.

        Raises:
            Misconfigured: there is no API key.
        """
        if settings.abacatepay_api_key is None:
            raise Misconfigured("set CICLO_ABACATEPAY_API_KEY")
        self._settings = settings
        self._live = settings.abacatepay_api_key.get_secret_value().startswith(LIVE_KEY_PREFIX)
        self._api = AbacateCalls(
            settings.abacatepay_api_url, key=settings.abacatepay_api_key, answer_s_max=answer_s_max
        )

    def supports(self, method: MethodKind, currency: str) -> bool:
        """Return whether it collects by *method* in *currency*."""
        return method is not MethodKind.CREDIT_CARD and currency == CURRENCY

    def missing_facts(self, method: MethodKind, payer: Payer) -> tuple[str, ...]:
        """Return what of the payer a boleto needs, and is not known."""
        known = {"name": payer.name, "tax_id": payer.tax_id} if method is MethodKind.BOLETO else {}
        return tuple(name for name, value in known.items() if not value)

    def refunds(self, method: MethodKind) -> bool:
        """Return whether a payment by *method* can go back: a PIX can, a boleto can't."""
        return method is MethodKind.PIX

    def refunds_partly(self, method: MethodKind) -> bool:  # noqa: ARG002 - none
        """Return that only all of a payment can go back."""
        return False

    async def register(self, payer: Payer) -> str:
        """Return the payer's own id: a charge there brings its payer along."""
        return payer.reference or payer.customer_id

    async def tokenize(self, card: CardDetails, payer: Payer) -> NoReturn:  # noqa: ARG002 - no cards here
        """Refuse: no cards by AbacatePay."""
        raise Misconfigured("AbacatePay keeps no cards for Ciclo")

    async def verify_card(self, token: str, payer: Payer) -> NoReturn:  # noqa: ARG002 - no cards here
        """Refuse: no cards by AbacatePay."""
        raise Misconfigured("AbacatePay keeps no cards for Ciclo")

    async def attach(self, token: str, payer: Payer) -> NoReturn:  # noqa: ARG002 - no cards here
        """Refuse: no cards by AbacatePay."""
        raise Misconfigured("AbacatePay keeps no cards for Ciclo")

    async def charge(self, charge: Charge, payer: Payer) -> ChargeAnswer:
        """Make a code to pay by; its `externalId` is the key, so that a repeat finds it again."""
        order = charge.order
        if not self.supports(order.method.kind, order.currency):
            raise Misconfigured(f"AbacatePay takes no {order.method.kind} in {order.currency}")
        due_on = boleto_due_on(charge, self._settings, timezone=BOLETO_TIMEZONE)
        body = {"method": order.method.kind.value, "data": self._charge_body(charge, payer, due_on=due_on)}
        try:
            made = await self._api.post("/v2/transparents/create", body, for_a=ChargeObject)
        except AbacateRefusal as refused:
            problem = refused.misconfigured
        else:
            return _answer(charge, made, due_on=due_on)
        raise problem

    async def confirm(self, payment: Payment, *, return_url: str) -> None:
        """Return nothing: no bank asks a payer anything about a PIX or a boleto."""

    async def refund(
        self,
        order: RefundRequested,
        *,
        requested_at: datetime,  # noqa: ARG002 - AbacatePay dates it
    ) -> RefundAnswer | None:
        """Send all of a PIX back; the webhook says when it went through, whatever is answered here."""
        if not self.refunds(order.method):
            return _refund_failed(order, "refund_not_supported")
        if not order.whole:
            return _refund_failed(order, "partial_refund_not_supported")
        body = {"id": order.provider_reference}
        if order.reason:
            body["reason"] = order.reason[:REASON_CHARS_MAX]
        try:
            await self._api.post("/v2/transparents/refund", body, for_a=AbacateObject)
        except AbacateRefusal as refused:
            # Refunded before: by the call whose answer got lost. The webhook was or will be here.
            if refused.code != ALREADY_REFUNDED:
                return _refund_failed(order, refused.code.lower())
        return None

    async def fetch(self, payment: Payment) -> NoticePayload | None:
        """Ask for a charge's status: the one way to learn of an expiry."""
        if payment.provider_reference is None:
            return None
        query = {"id": payment.provider_reference}
        try:
            found = await self._api.get("/v2/transparents/check", query, for_a=ChargeStatus)
        except AbacateRefusal as refused:
            problem = refused.misconfigured
        else:
            return _news(payment, found)
        raise problem

    async def try_key(self) -> None:
        """Ask for a charge that no account has."""
        with suppress(AbacateRefusal):
            await self._api.get("/v2/transparents/check", {"id": NOBODYS}, for_a=ChargeStatus)

    async def simulate(self, payment: Payment) -> None:
        """Pay a code as its payer would: in AbacatePay's development mode only.

        Raises:
            Unavailable: the provider did not answer, or asked to come back later.
            Misconfigured: the provider refused us, not the payer.
        """
        query = {"id": payment.provider_reference or ""}
        try:
            await self._api.post("/v2/transparents/simulate-payment", {}, query=query, for_a=AbacateObject)
        except AbacateRefusal as refused:
            problem = refused.misconfigured
        else:
            return
        raise problem

    def verify(
        self, *, headers: Mapping[str, str], query: Mapping[str, str], body: bytes, now: datetime
    ) -> tuple[Notice, ...]:
        """Check a webhook's secret and signature, and read it. No date is signed: none is checked."""
        secret = self._settings.abacatepay_webhook_secret
        check_origin(body, headers=headers, query=query, secret=secret)
        return (read_event(body, now=now, live=self._live),)

    async def aclose(self) -> None:
        """Close connections."""
        await self._api.aclose()

    def _charge_body(self, charge: Charge, payer: Payer, *, due_on: date) -> dict[str, Any]:
        data: dict[str, Any] = {
            "amount": charge.order.amount,
            "description": charge.description[:DESCRIPTION_CHARS_MAX],
            "externalId": charge.key,
            "metadata": metadata_of(charge),
        }
        if payer.name and payer.tax_id:
            data["customer"] = {"name": payer.name, "taxId": payer.tax_id, "email": payer.email}
        if charge.order.method.kind is MethodKind.PIX:
            return data | {"expiresIn": pix_expires_after_s(charge, self._settings)}
        if self.missing_facts(charge.order.method.kind, payer):
            raise Misconfigured("a boleto by AbacatePay needs the payer's name and tax id")
        return data | {"dueDate": due_on.isoformat()}


def _answer(charge: Charge, made: ChargeObject, *, due_on: date) -> ChargeAnswer:
    """Return the code, or what became of one that an earlier call made."""
    order = charge.order
    if made.stage is ChargeStage.PAID:
        return PaymentSucceeded(
            amount=made.paid_amount or made.amount or order.amount,
            currency=CURRENCY,
            payment_id=order.payment_id,
            provider=PROVIDER,
            provider_reference=made.id,
        )
    if made.stage is ChargeStage.OVER:
        return PaymentFailed(
            amount=order.amount,
            currency=CURRENCY,
            payment_id=order.payment_id,
            attempt=order.attempt,
            failure_code=made.status.lower(),
        )
    pix = made.pix_code() if order.method.kind is MethodKind.PIX else None
    boleto = made.boleto(due_on=due_on) if order.method.kind is MethodKind.BOLETO else None
    if pix is None and boleto is None:
        raise Unavailable("AbacatePay's answer has no code to pay by")
    return PaymentAuthorized(
        payment_id=order.payment_id,
        provider=PROVIDER,
        provider_reference=made.id,
        expires_at=made.expiry,
        pix=pix,
        boleto=boleto,
    )


def _news(payment: Payment, found: ChargeStatus) -> NoticePayload | None:
    """Return what became of a payment; None while it waits, and for a status that is new or known."""
    match found.stage:
        case ChargeStage.PAID if not payment.is_paid:
            return PaymentSucceeded(
                amount=payment.amount,
                currency=payment.currency,
                payment_id=payment.id,
                provider=PROVIDER,
                provider_reference=payment.provider_reference,
            )
        case ChargeStage.OVER if not payment.is_paid:
            return PaymentFailed(
                amount=payment.amount,
                currency=payment.currency,
                payment_id=payment.id,
                attempt=payment.attempts,
                failure_code=found.status.lower(),
            )
        case ChargeStage.REFUNDED if payment.refunded_amount < payment.amount:
            waiting = (refund.id for refund in payment.refunds if refund.status is RefundStatus.PENDING)
            return PaymentRefunded(
                amount=payment.amount,
                currency=payment.currency,
                payment_id=payment.id,
                refund_id=next(waiting, None),
            )
        case ChargeStage.DISPUTED if not payment.disputed:
            return PaymentDisputed(payment_id=payment.id, amount=payment.amount, currency=payment.currency)
        case None:
            _log.warning("unknown_payment_status", provider=PROVIDER, status=found.status[:40])
    return None


def _refund_failed(order: RefundRequested, code: str) -> RefundFailed:
    return RefundFailed(payment_id=order.payment_id, refund_id=order.refund_id, failure_code=code)
