"""What the payer's bank wants to ask the payer: when a card is kept, and when a charge of it is confirmed.

Nobody is there when a subscription renews, so a card is set up for that while its payer is: by a setup
intent, which Stripe's script finishes where the bank asks. A charge whose bank asks all the same has failed
until its payer comes; the same payment intent is then confirmed anew, with them there.

Source: https://docs.stripe.com/payments/save-and-reuse and https://docs.stripe.com/payments/3d-secure.
"""

import re
from dataclasses import replace
from hashlib import sha256
from typing import Final

from stripe._v1_services import V1Services
from stripe.params import SetupIntentCreateParams

from ciclo.domain.payment import Payment
from ciclo.domain.payments.attempt import AUTHENTICATION_REQUIRED
from ciclo.gateways.protocol import (
    AuthenticationRequired,
    Confirmation,
    Declined,
    GatewayError,
    NoticePayload,
    Payer,
)
from ciclo.gateways.stripe.answers import read_news
from ciclo.gateways.stripe.calls import CardRefused, RequestRefused, request_object
from ciclo.gateways.stripe.objects import Failure, Intent, SetupIntent

_FORM_TOKEN: Final = re.compile(r"ctoken_[A-Za-z0-9_]{1,250}")
_SETUP_ID: Final = re.compile(r"seti_[A-Za-z0-9_]{1,250}")
_TOKEN_PARAMS: Final = frozenset({"confirmation_token", "intent", "setup_intent"})
_CONFIRMED_ANEW: Final = frozenset({"requires_payment_method", "requires_confirmation"})
_MOVED_ON: Final = "payment_intent_unexpected_state"
"""The payment intent was confirmed meanwhile: by another click, or in another window."""


async def verify_card(
    api: V1Services, token: str, payer: Payer, *, return_url: str, answer_s_max: float
) -> str:
    """Set a card of Stripe's form up for charges to come, and return the payment method's id.

    A token that is none of the form's, nor of a setup, is returned as it is.

    Raises:
        AuthenticationRequired: the payer's bank asks; once it was answered the setup's id is the token.
        Declined: the card was refused, or the token is somebody else's.
        Unavailable, Misconfigured: see `gateways.protocol`.
    """
    if _FORM_TOKEN.fullmatch(token):
        params = _setup_params(token, payer, return_url=return_url)
        # The form's token is used once: asked again, Stripe answers what it answered the first time.
        asked = api.setup_intents.create_async(params, {"idempotency_key": f"setup:{token}"})
    elif _SETUP_ID.fullmatch(token):
        asked = api.setup_intents.retrieve_async(token)
    else:
        return token
    try:
        setup = await request_object(asked, for_a=SetupIntent, answer_s_max=answer_s_max)
    except CardRefused as refused:
        problem: GatewayError = Declined(refused.failure.failure_code)
    except RequestRefused as refused:
        foreign = refused.param in _TOKEN_PARAMS or refused.code == "resource_missing"
        problem = Declined("invalid_token") if foreign else refused.misconfigured
    else:
        return _method_of(setup, payer)
    raise problem


async def confirm_charge(
    api: V1Services, payment: Payment, *, return_url: str, answer_s_max: float
) -> Confirmation | NoticePayload | None:
    """Return how the payer satisfies their bank, or what became of the charge meanwhile; None: it goes on.

    Raises:
        Unavailable, Misconfigured: see `gateways.protocol`.
    """
    try:
        intent = await _retrieve(api, payment, answer_s_max=answer_s_max)
        if intent.status in _CONFIRMED_ANEW and intent.failure().failure_code == AUTHENTICATION_REQUIRED:
            return await _confirm_anew(api, payment, intent, return_url=return_url, answer_s_max=answer_s_max)
    except (CardRefused, RequestRefused) as refused:
        problem = refused.misconfigured
    else:
        return _read(intent, payment)
    raise problem


async def _confirm_anew(
    api: V1Services, payment: Payment, intent: Intent, *, return_url: str, answer_s_max: float
) -> Confirmation | NoticePayload | None:
    """Confirm with the payer there: a bank that asks sends them to a page, and from there to *return_url*.

    An intent is charged once, so that the request needs no key of its own.
    """
    token = payment.method.token if payment.method else None
    asked = api.payment_intents.confirm_async(
        intent.id, {"payment_method": token or "", "return_url": return_url, "off_session": False}
    )
    try:
        intent = await request_object(asked, for_a=Intent, answer_s_max=answer_s_max)
    except CardRefused as refused:
        return replace(intent.failure(refused.failure), payment_id=payment.id)
    except RequestRefused as refused:
        if refused.code != _MOVED_ON:
            raise
        intent = await _retrieve(api, payment, answer_s_max=answer_s_max)
    return _read(intent, payment)


async def _retrieve(api: V1Services, payment: Payment, *, answer_s_max: float) -> Intent:
    found = api.payment_intents.retrieve_async(payment.failure_reference or "")
    return await request_object(found, for_a=Intent, answer_s_max=answer_s_max)


def _read(intent: Intent, payment: Payment) -> Confirmation | NoticePayload | None:
    if intent.status == "requires_action":
        return Confirmation(url=intent.action_url, client_secret=intent.client_secret)
    return read_news(intent, payment)


def _setup_params(token: str, payer: Payer, *, return_url: str) -> SetupIntentCreateParams:
    # Without a customer: who subscribes for the first time becomes one only if the card is kept.
    return {
        "allowed_payment_method_types": ["card"],
        "confirm": True,
        "confirmation_token": token,
        "metadata": {"payer": _mark_of(payer)},
        "return_url": return_url,
        "usage": "off_session",
        "use_stripe_sdk": True,
    }


def _method_of(setup: SetupIntent, payer: Payer) -> str:
    if (setup.metadata or {}).get("payer") != _mark_of(payer):
        raise Declined("invalid_token")
    if setup.status == "succeeded" and setup.payment_method is not None:
        return setup.payment_method
    if setup.status == "requires_action" and setup.client_secret is not None:
        raise AuthenticationRequired(setup.client_secret)
    why = setup.last_setup_error or Failure(code=setup.cancellation_reason)
    raise Declined(why.failure_code)


def _mark_of(payer: Payer) -> str:
    """Return what tells whose setup it is: a setup that somebody else came by keeps no card for them."""
    return sha256(payer.email.encode()).hexdigest()[:32]
