"""Keeping a payment method: a card becomes a token at its provider, and nothing else of it stays."""

from dataclasses import dataclass, replace
from typing import overload

import structlog

from ciclo.actions.dependencies import Deps
from ciclo.domain.customer import Customer
from ciclo.domain.errors.payments import (
    CardDeclined,
    CardIntakeDisabled,
    MethodNotSupported,
    ProviderUnavailable,
)
from ciclo.domain.payment import MethodKind, PaymentMethod
from ciclo.domain.period import local_date
from ciclo.gateways.card import validate_card
from ciclo.gateways.protocol import CardDetails, Declined, Gateway, Misconfigured, Payer, Unavailable
from ciclo.store.customers import update_payer

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodChoice:
    """How somebody wants to pay: a provider's token, a card where that is allowed, PIX or boleto.

    A boleto, and a provider's PIX, may need the payer's name and tax id.
    """

    kind: MethodKind
    token: str | None = None
    card: CardDetails | None = None
    payer_name: str | None = None
    payer_tax_id: str | None = None


@overload
async def keep_method(
    deps: Deps, choice: MethodChoice, *, customer: Customer, currency: str
) -> PaymentMethod: ...
@overload
async def keep_method(
    deps: Deps, choice: MethodChoice | None, *, customer: Customer, currency: str
) -> PaymentMethod | None: ...
async def keep_method(
    deps: Deps, choice: MethodChoice | None, *, customer: Customer, currency: str
) -> PaymentMethod | None:
    """Return what is kept of the *choice* of a stored *customer*, and store what was learned of them.

    Raises:
        MethodNotSupported, CardIntakeDisabled, CardInvalid, CardDeclined, ProviderUnavailable: see
            `show_method`.
    """
    if choice is None:
        return None
    method, payer = await show_method(deps, choice, customer=customer, currency=currency)
    await update_payer(deps.store, before=customer, after=payer)
    return method


async def show_method(
    deps: Deps, choice: MethodChoice, *, customer: Customer, currency: str
) -> tuple[PaymentMethod, Customer]:
    """Show *choice* to the provider, and write nothing.

    Returns what is kept of it, and the customer with what was learned of them: the provider's own id, and the
    payer's name and tax id.

    Raises:
        MethodNotSupported: no provider takes it in this currency.
        CardIntakeDisabled, CardInvalid, CardDeclined: the card can't be kept.
        ProviderUnavailable: the provider did not answer, or our account with it is not in order.
    """
    gateway = deps.gateways.for_method(choice.kind)
    if not gateway.supports(choice.kind, currency):
        raise MethodNotSupported(choice.kind, currency)
    customer = replace(
        customer,
        name=choice.payer_name or customer.name,
        tax_id=choice.payer_tax_id or customer.tax_id,
    )
    if choice.kind is not MethodKind.CREDIT_CARD:
        return PaymentMethod(kind=choice.kind), customer
    try:
        return await _show_card(deps, choice, gateway=gateway, customer=customer)
    except Declined as error:
        raise CardDeclined(error.code) from None
    except Unavailable:
        raise ProviderUnavailable from None
    except Misconfigured as error:
        _log.error("gateway_misconfigured", gateway=gateway.name, error=str(error))
        raise ProviderUnavailable from None


async def register_customer(gateway: Gateway, customer: Customer) -> Customer:
    """Return *customer* with the provider's own id for them, asking for one if need be; write nothing.

    Raises:
        Unavailable, Misconfigured: see `gateways.protocol`.
    """
    if gateway.name in customer.provider_references:
        return customer
    reference = await gateway.register(payer_of(customer, gateway))
    return replace(customer, provider_references={**customer.provider_references, gateway.name: reference})


def payer_of(customer: Customer, gateway: Gateway) -> Payer:
    """Return *customer* as a provider knows them; without a reference if it does not yet."""
    return Payer(
        customer_id=customer.id,
        email=customer.email,
        name=customer.name,
        tax_id=customer.tax_id,
        reference=customer.provider_references.get(gateway.name),
    )


async def _show_card(
    deps: Deps, choice: MethodChoice, *, gateway: Gateway, customer: Customer
) -> tuple[PaymentMethod, Customer]:
    if choice.card is None:
        customer = await register_customer(gateway, customer)
        return await gateway.attach(choice.token or "", payer_of(customer, gateway)), customer
    if not deps.settings.takes_card_numbers:
        raise CardIntakeDisabled
    today = local_date(await deps.clock.now(), deps.policy.timezone)
    card = validate_card(choice.card, on=today)
    customer = await register_customer(gateway, customer)
    return await gateway.tokenize(card, payer_of(customer, gateway)), customer
