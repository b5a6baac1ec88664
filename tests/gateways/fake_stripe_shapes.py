"""Stripe's shapes: its errors, declines and payment methods, and its way to write nested parameters."""

from dataclasses import dataclass
from typing import Any

from starlette.responses import JSONResponse

Params = dict[str, Any]

REFUSED_WHEN_KEPT = {
    "4000000000000002": "generic_decline",
    "4000000000009995": "insufficient_funds",
    "4000000000009987": "lost_card",
    "4000000000000069": "expired_card",
    "4000000000000127": "incorrect_cvc",
    "4000000000000119": "processing_error",
}
ASKS_WHEN_KEPT = {"4000002500003155", "4000002760003184"}
REFUSED_WHEN_CHARGED = {"4000000000000341": "generic_decline", "4000002760003184": "authentication_required"}
# These have a `code` of their own; every other decline is a card_declined.
OWN_CODES = {"expired_card", "incorrect_cvc", "processing_error", "authentication_required"}


class Refusal(Exception):
    """An error as Stripe answers it."""

    def __init__(self, status: int, **error: object) -> None:
        super().__init__(str(error.get("code")))
        self.status = status
        self.error = error


@dataclass(slots=True, kw_only=True)
class FakeMethod:
    """A payment method, and how its charges end."""

    id: str
    last4: str = "4242"
    brand: str = "visa"
    refused_when_kept: str | None = None
    asks_when_kept: bool = False
    """The payer's bank asks before the card is set up."""
    declines: str | None = None
    fails: int | None = None
    """How many charges fail before the next ones pay; None: all do."""
    advice: str | None = None
    customer: str | None = None
    fingerprint: str | None = None
    """The same for the same card, whoever shows it."""


INTENT_PARAMS = {
    "allowed_payment_method_types",
    "amount",
    "confirm",
    "currency",
    "customer",
    "description",
    "metadata",
    "off_session",
    "payment_method",
    "payment_method_data",
    "payment_method_options",
    "return_url",
}


def declined(code: str, *, advice: str | None = None) -> Params:
    error: Params = {
        "type": "card_error",
        "code": code if code in OWN_CODES else "card_declined",
        "decline_code": code,
        "message": "Your card was declined.",
    }
    return error | ({"advice_code": advice} if advice else {})


def shown(method: FakeMethod) -> Params:
    card = {"brand": method.brand, "last4": method.last4, "exp_month": 12, "exp_year": 2030}
    if method.fingerprint is not None:
        card["fingerprint"] = method.fingerprint
    return {
        "id": method.id,
        "object": "payment_method",
        "type": "card",
        "card": card,
        "customer": method.customer,
    }


def error(status: int, **error: str) -> JSONResponse:
    return JSONResponse({"error": error}, status)


def nested(pairs: list[tuple[str, str]]) -> Params:
    """Return `a[b][c]=d` as nested dictionaries."""
    found: Params = {}
    for name, value in pairs:
        *path, last = name.replace("]", "").split("[")
        place = found
        for part in path:
            place = place.setdefault(part, {})
        place[last] = value
    return found
