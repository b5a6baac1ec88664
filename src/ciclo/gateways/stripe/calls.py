"""Calls to Stripe by its SDK: answers become objects of ours, errors lose all that must not be seen."""

import asyncio
import logging
from collections.abc import Awaitable
from typing import Any, Final, TypeVar

import stripe
import stripe._util as stripe_log

from ciclo.gateways.http_errors import error_for_status, retry_after_s
from ciclo.gateways.protocol import GatewayError, Misconfigured, Unavailable
from ciclo.gateways.stripe.objects import Failure, StripeObject, plain_code

ERROR_STATUS_MIN: Final = 400

_Read = TypeVar("_Read", bound=StripeObject)


class CardRefused(Exception):
    """Stripe answered 402: the card's issuer says no."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.failure_code)
        self.failure = failure

    @property
    def misconfigured(self) -> Misconfigured:
        """Return it as an error of our own, where no card was charged or kept."""
        return Misconfigured(f"Stripe refused the request: {self.failure.failure_code}")


class RequestRefused(Exception):
    """Stripe answered 400 or 404: something in the request can't be; `param` says what."""

    def __init__(self, code: str | None, param: str | None) -> None:
        super().__init__(code or "invalid_request")
        self.code = code
        self.param = param

    @property
    def misconfigured(self) -> Misconfigured:
        """Return it as an error of our own, where no payer can help it."""
        return Misconfigured(f"Stripe refused the request: {self.code or 'invalid'} ({self.param or '-'})")


async def request_object(asked: Awaitable[Any], *, for_a: type[_Read], answer_s_max: float) -> _Read:
    """Return Stripe's answer as an object of ours.

    What is raised holds nothing of the request, of the answer's body, or of the SDK's own
    errors: those carry both, and a traceback would show a card's number.

    Raises:
        CardRefused, RequestRefused: Stripe decided against it.
        Unavailable: the provider did not answer, or asked to come back later.
        Misconfigured: the provider refused us, not the payer.
    """
    try:
        async with asyncio.timeout(answer_s_max):
            return for_a.model_validate((await asked).to_dict())
    except stripe.StripeError as error:
        problem = _problem(error)
    except TimeoutError:
        problem = Unavailable("Stripe did not answer in time")
    except (AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        # The SDK lets these out for bodies that are no text, or no object; ours are ValueErrors.
        problem = Unavailable(f"Stripe's answer can't be read: {type(error).__name__}")
    raise problem


def silence_the_sdk() -> None:
    """Keep the SDK from logging requests: at its debug level a card's number and code would stand there."""
    logging.getLogger("stripe").setLevel(logging.WARNING)
    stripe.log = None
    stripe_log.STRIPE_LOG = None


def _problem(error: stripe.StripeError) -> GatewayError | CardRefused | RequestRefused:
    """Return what Stripe's error means, without its message, its body and what it was about."""
    if isinstance(error, stripe.CardError):
        return CardRefused(_failure(error))
    if isinstance(error, stripe.InvalidRequestError):
        return RequestRefused(plain_code(error.code), plain_code(error.param))
    status, headers = error.http_status, error.headers or {}
    if status is None or status < ERROR_STATUS_MIN:
        return Unavailable("Stripe did not answer, or not in JSON")
    if isinstance(error, stripe.RateLimitError):
        return Unavailable("Stripe asks to slow down", retry_after_s=retry_after_s(headers))
    return error_for_status(status, headers, of="Stripe")


def _failure(error: stripe.CardError) -> Failure:
    found: Any = error.error
    decline_code, advice_code = (getattr(found, name, None) for name in ("decline_code", "advice_code"))
    intent_id = getattr(getattr(found, "payment_intent", None), "id", None)
    return Failure(code=error.code, decline_code=decline_code, advice_code=advice_code, intent_id=intent_id)
