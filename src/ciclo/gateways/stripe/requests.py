"""What Stripe is asked when a payment is to be collected.

By the API's version of the SDK (2026-10-28.endive): `payment_method_types` can't be written any
more, `allowed_payment_method_types` took its place.
"""

from typing import TYPE_CHECKING, Final

from stripe.params import PaymentIntentCreateParams

from ciclo.domain.customer import BRAZIL, Address
from ciclo.domain.payment import MethodKind
from ciclo.domain.period import local_date
from ciclo.gateways.due_dates import boleto_due_on, pix_expires_after_s
from ciclo.gateways.metadata import metadata_of
from ciclo.gateways.protocol import Charge, Misconfigured, Payer
from ciclo.gateways.stripe.objects import BOLETO_TIMEZONE
from ciclo.settings.settings import Settings

if TYPE_CHECKING:
    from stripe.params._payment_intent_create_params import (
        PaymentIntentCreateParamsPaymentMethodDataBillingDetailsAddress as BillingAddress,
    )

PIX_EXPIRES_AFTER_S_MAX: Final = 1_209_600
DESCRIPTION_CHARS_MAX: Final = 1_000

_TYPES: Final = {MethodKind.CREDIT_CARD: "card", MethodKind.PIX: "pix", MethodKind.BOLETO: "boleto"}


def intent_params(charge: Charge, payer: Payer, settings: Settings) -> PaymentIntentCreateParams:
    """Return the payment intent to create and confirm at once: the same for the same attempt.

    Expiries are counted by Stripe from the first call; repeated ones get that call's answer.

    Raises:
        Misconfigured: Stripe needs to know more of the payer.
    """
    order = charge.order
    params: PaymentIntentCreateParams = {
        "amount": order.amount,
        "currency": order.currency.lower(),
        "customer": customer_of(payer),
        "allowed_payment_method_types": [_TYPES[order.method.kind]],
        "confirm": True,
        "description": charge.description[:DESCRIPTION_CHARS_MAX],
        "metadata": metadata_of(charge),
    }
    # On session Stripe asks for a return_url, whether or not a method sends its payer anywhere.
    match order.method.kind:
        case MethodKind.CREDIT_CARD:
            params["off_session"] = True
            params["payment_method"] = order.method.token or ""
        case MethodKind.PIX:
            expires_after_s = min(pix_expires_after_s(charge, settings), PIX_EXPIRES_AFTER_S_MAX)
            params["return_url"] = settings.base_url
            params["payment_method_data"] = {"type": "pix"}
            params["payment_method_options"] = {"pix": {"expires_after_seconds": expires_after_s}}
        case MethodKind.BOLETO:
            params["return_url"] = settings.base_url
            due_on = boleto_due_on(charge, settings, timezone=BOLETO_TIMEZONE)
            days = (due_on - local_date(charge.requested_at, BOLETO_TIMEZONE)).days
            _ask_for_boleto(params, payer, days=days)
    return params


def customer_of(payer: Payer) -> str:
    """Return the payer's customer id at Stripe.

    Raises:
        Misconfigured: the payer was not registered.
    """
    if payer.reference is None:
        raise Misconfigured("the payer is no customer of the Stripe account yet")
    return payer.reference


def _address(known: Address) -> "BillingAddress":
    address: BillingAddress = {
        "line1": known.line1,
        "city": known.city,
        "state": known.state,
        "postal_code": known.postal_code,
        "country": known.country,
    }
    if known.line2 is not None:
        address["line2"] = known.line2
    return address


def missing_of_boleto(payer: Payer) -> tuple[str, ...]:
    """Return what of the payer Stripe has to know for a boleto, and does not; elsewhere it makes none."""
    is_brazilian = payer.address is not None and payer.address.country == BRAZIL
    known = {"name": payer.name, "tax_id": payer.tax_id, "address": is_brazilian}
    return tuple(name for name, value in known.items() if not value)


def _ask_for_boleto(params: PaymentIntentCreateParams, payer: Payer, *, days: int) -> None:
    if payer.name is None or payer.tax_id is None or payer.address is None or missing_of_boleto(payer):
        raise Misconfigured("a boleto by Stripe needs the payer's name, tax id and Brazilian address")
    params["payment_method_data"] = {
        "type": "boleto",
        "boleto": {"tax_id": payer.tax_id},
        "billing_details": {
            "name": payer.name,
            "email": payer.email,
            "address": _address(payer.address),
        },
    }
    params["payment_method_options"] = {"boleto": {"expires_after_days": days}}
