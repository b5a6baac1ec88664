"""Stripe: cards off session, and PIX and boletos of accounts in Brazil, by the official SDK.

Imported only where settings name it: the SDK takes a tenth of a second and twelve megabytes.
Retries are the collection worker's, which keeps the key; the SDK makes none of its own.
"""

import re
from collections.abc import Awaitable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, Final, TypeVar

import stripe
from stripe.params import CustomerCreateParams

from ciclo.domain.events.orders import RefundRequested
from ciclo.domain.payment import MethodKind, Payment, PaymentMethod
from ciclo.gateways.protocol import (
    CardDetails,
    Charge,
    ChargeAnswer,
    Confirmation,
    Declined,
    GatewayError,
    Misconfigured,
    Notice,
    NoticePayload,
    Payer,
    RefundAnswer,
)
from ciclo.gateways.stripe.answers import (
    METHOD_GONE,
    payment_failure,
    read_answer,
    read_method,
    read_news,
    refund_failure,
)
from ciclo.gateways.stripe.authentication import confirm_charge, verify_card
from ciclo.gateways.stripe.calls import CardRefused, RequestRefused, request_object, silence_the_sdk
from ciclo.gateways.stripe.events import SIGNATURE_HEADER, check_signature, read_event, refund_fact
from ciclo.gateways.stripe.objects import (
    PROVIDER,
    Intent,
    Method,
    StripeCustomer,
    StripeObject,
    StripeRefund,
)
from ciclo.gateways.stripe.requests import customer_of, intent_params, missing_of_boleto
from ciclo.settings.settings import Settings

ANSWER_S_MAX: Final = 20.0

# Stripe counts these in other minor units than ISO 4217 does: an amount would be off by 10 or 100.
_OTHER_UNITS: Final = frozenset({"BHD", "IQD", "ISK", "JOD", "KWD", "LYD", "MGA", "OMR", "TND", "UGX"})
_REFUND_REFUSALS: Final = frozenset(
    {
        "amount_too_large",
        "charge_already_refunded",
        "charge_disputed",
        "charge_not_refundable",
        "insufficient_funds",
        "payment_intent_unexpected_state",
        "refund_disputed_payment",
        "resource_missing",
    }
)
NOBODYS: Final = "pi_of_nobody"
_METHOD_ID: Final = re.compile(r"(pm|card|src)_[A-Za-z0-9_]{1,250}")

_Read = TypeVar("_Read", bound=StripeObject)


class StripeGateway:
    """A `ProviderName` on a Stripe account."""

    name: Final = PROVIDER

    def __init__(self, settings: Settings, *, answer_s_max: float = ANSWER_S_MAX) -> None:
        """Make the client; nothing is sent yet.

        Raises:
            Misconfigured: there is no API key.
        """
        if settings.stripe_api_key is None:
            raise Misconfigured("set CICLO_STRIPE_API_KEY")
        silence_the_sdk()
        self._settings = settings
        self._answer_s_max = answer_s_max
        self._http = stripe.HTTPXClient(timeout=answer_s_max)
        url = settings.stripe_api_url.rstrip("/")
        self._api = stripe.StripeClient(
            settings.stripe_api_key.get_secret_value(),
            http_client=self._http,
            max_network_retries=0,
            base_addresses={"api": url, "connect": url, "files": url, "meter_events": url},
        ).v1

    def supports(self, method: MethodKind, currency: str) -> bool:
        """Return whether it collects by *method* in *currency*."""
        if method is MethodKind.CREDIT_CARD:
            return currency not in _OTHER_UNITS
        return currency == "BRL"

    def missing_facts(self, method: MethodKind, payer: Payer) -> tuple[str, ...]:
        """Return what of the payer a boleto needs, and is not known."""
        return missing_of_boleto(payer) if method is MethodKind.BOLETO else ()

    def refunds(self, method: MethodKind) -> bool:
        """Return whether a payment by *method* can go back; Stripe's boletos can't."""
        return method is not MethodKind.BOLETO

    def refunds_partly(self, method: MethodKind) -> bool:
        """Return whether a part of a payment can go back."""
        return self.refunds(method)

    async def register(self, payer: Payer) -> str:
        """Make the payer a customer of the account, once."""
        if payer.reference is not None:
            return payer.reference
        params: CustomerCreateParams = {"email": payer.email, "metadata": {"customer_id": payer.customer_id}}
        if payer.name is not None:
            params["name"] = payer.name
        created = self._api.customers.create_async(params, {"idempotency_key": f"cus:{payer.customer_id}"})
        try:
            return (await self._ask(created, StripeCustomer)).id
        except (CardRefused, RequestRefused) as refused:
            problem = refused.misconfigured
        raise problem

    async def tokenize(self, card: CardDetails, payer: Payer) -> PaymentMethod:
        """Trade a card for a payment method that the customer keeps.

        Stripe takes raw numbers only from accounts that it has allowed to send them.
        """
        # The digits stand in the call alone: a traceback with its variables must not show them.
        created = self._api.payment_methods.create_async(
            {
                "type": "card",
                "card": {
                    "number": card.number,
                    "exp_month": card.expiration_month,
                    "exp_year": card.expiration_year,
                    "cvc": card.cvv,
                },
                "billing_details": {"name": card.holder_name},
            }
        )
        try:
            token = (await self._ask(created, Method)).id
        except CardRefused as refused:
            problem: GatewayError = Declined(refused.failure.failure_code)
        except RequestRefused as refused:
            problem = refused.misconfigured
        else:
            return await self.attach(token, payer)
        raise problem

    async def verify_card(self, token: str, payer: Payer) -> str:
        """Let Stripe, and the payer's bank, check a card of Stripe's form before it is kept."""
        return await verify_card(
            self._api, token, payer, return_url=self._settings.base_url, answer_s_max=self._answer_s_max
        )

    async def attach(self, token: str, payer: Payer) -> PaymentMethod:
        """Keep a payment method that Stripe's own form made."""
        customer = customer_of(payer)
        if _METHOD_ID.fullmatch(token) is None:
            raise Declined("invalid_token")
        try:
            method = await self._ask(
                self._api.payment_methods.attach_async(token, {"customer": customer}), Method
            )
        except CardRefused as refused:
            problem: GatewayError = Declined(refused.failure.failure_code)
        except RequestRefused as refused:
            ours = refused.param == "customer"
            problem = refused.misconfigured if ours else Declined("invalid_token")
        else:
            return read_method(method)
        raise problem

    async def charge(self, charge: Charge, payer: Payer) -> ChargeAnswer:
        """Create and confirm a payment intent in one call."""
        order = charge.order
        if not self.supports(order.method.kind, order.currency):
            raise Misconfigured(f"Stripe takes no {order.method.kind} in {order.currency} here")
        params = intent_params(charge, payer, self._settings)
        created = self._api.payment_intents.create_async(params, {"idempotency_key": charge.key})
        try:
            return read_answer(charge, await self._ask(created, Intent))
        except CardRefused as refused:
            why = refused.failure
            return payment_failure(charge, why.failure_code, hard=why.is_hard, reference=why.intent_id)
        except RequestRefused as refused:
            if refused.param == "payment_method":
                return payment_failure(charge, METHOD_GONE, hard=True)
            problem = refused.misconfigured
        raise problem

    async def confirm(self, payment: Payment, *, return_url: str) -> Confirmation | NoticePayload | None:
        """Confirm a payment intent whose bank wanted its payer to be there."""
        return await confirm_charge(
            self._api, payment, return_url=return_url, answer_s_max=self._answer_s_max
        )

    async def refund(
        self,
        order: RefundRequested,
        *,
        requested_at: datetime,  # noqa: ARG002 - Stripe dates it
    ) -> RefundAnswer | None:
        """Send money back; the amount is always said, as leaving it out means all that was ever paid."""
        if not self.refunds(order.method):
            return refund_failure(order, "refund_not_supported")
        created = self._api.refunds.create_async(
            {
                "payment_intent": order.provider_reference,
                "amount": order.amount,
                "metadata": {"refund_id": order.refund_id, "payment_id": order.payment_id},
            },
            {"idempotency_key": f"ref:{order.refund_id}"},
        )
        try:
            return refund_fact(await self._ask(created, StripeRefund))
        except CardRefused as refused:
            return refund_failure(order, refused.failure.failure_code)
        except RequestRefused as refused:
            if refused.param == "amount":
                return refund_failure(order, refused.code or "amount_too_large")
            if refused.code in _REFUND_REFUSALS:
                return refund_failure(order, refused.code)
            problem = refused.misconfigured
        raise problem

    async def fetch(self, payment: Payment) -> NoticePayload | None:
        """Ask what became of a payment intent."""
        if payment.provider_reference is None:
            return None
        found = self._api.payment_intents.retrieve_async(payment.provider_reference)
        try:
            intent = await self._ask(found, Intent)
        except (CardRefused, RequestRefused) as refused:
            problem = refused.misconfigured
        else:
            return read_news(intent, payment)
        raise problem

    async def try_key(self) -> None:
        """Ask for a payment intent that no account has."""
        with suppress(RequestRefused):
            await self._ask(self._api.payment_intents.retrieve_async(NOBODYS), Intent)

    def verify(
        self,
        *,
        headers: Mapping[str, str],
        query: Mapping[str, str],  # noqa: ARG002 - Stripe puts nothing there
        body: bytes,
        now: datetime,
    ) -> tuple[Notice, ...]:
        """Check a webhook's signature, by any of the secrets, and read it."""
        check_signature(
            body,
            headers.get(SIGNATURE_HEADER),
            secrets=self._settings.stripe_webhook_secrets,
            now=now,
            tolerance_s=self._settings.webhook_tolerance_s,
        )
        return (read_event(body, now=now),)

    async def aclose(self) -> None:
        """Close connections."""
        await self._http.close_async()  # type: ignore[no-untyped-call] # the SDK left it so

    async def _ask(self, asked: Awaitable[Any], for_a: type[_Read]) -> _Read:
        return await request_object(asked, for_a=for_a, answer_s_max=self._answer_s_max)
