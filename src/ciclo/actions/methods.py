"""Keeping a payment method: a card becomes a token at its provider, and nothing else of it stays."""

from dataclasses import dataclass
from typing import overload

import structlog

from ciclo.actions.deps import Deps
from ciclo.domain.customer import Customer
from ciclo.domain.errors import (
    CardDeclined,
    CardIntakeDisabled,
    MethodNotSupported,
    ProviderUnavailable,
)
from ciclo.domain.payment import MethodKind, PaymentMethod
from ciclo.domain.period import local_date
from ciclo.gateways.card import checked
from ciclo.gateways.protocol import CardData, Declined, Gateway, Misconfigured, Payer, Unavailable
from ciclo.store.customers import add_provider_reference, set_payer

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodChoice:
    """How somebody wants to pay: a provider's token, a card where that is allowed, PIX or boleto.

    A boleto, and a provider's PIX, may need the payer's name and tax id.
    """

    kind: MethodKind
    token: str | None = None
    card: CardData | None = None
    payer_name: str | None = None
    payer_tax_id: str | None = None


@overload
async def kept_method(
    deps: Deps, choice: MethodChoice, *, customer: Customer, currency: str
) -> PaymentMethod: ...
@overload
async def kept_method(deps: Deps, choice: None, *, customer: Customer, currency: str) -> None: ...
@overload
async def kept_method(
    deps: Deps, choice: MethodChoice | None, *, customer: Customer, currency: str
) -> PaymentMethod | None: ...
async def kept_method(
    deps: Deps, choice: MethodChoice | None, *, customer: Customer, currency: str
) -> PaymentMethod | None:
    """Return what is kept of *choice*, having shown it to the provider.

    Raises:
        MethodNotSupported: no provider takes it in this currency.
        CardIntakeDisabled, CardInvalid, CardDeclined: the card can't be kept.
        ProviderUnavailable: the provider did not answer, or our account with it is not in order.
    """
    if choice is None:
        return None
    gateway = deps.gateways.for_method(choice.kind)
    if not gateway.supports(choice.kind, currency):
        raise MethodNotSupported(choice.kind, currency)
    await set_payer(deps.store, customer.id, name=choice.payer_name, tax_id=choice.payer_tax_id)
    if choice.kind is not MethodKind.CREDIT_CARD:
        return PaymentMethod(kind=choice.kind)
    try:
        return await _kept_card(deps, choice, gateway=gateway, customer=customer)
    except Declined as error:
        raise CardDeclined(error.code) from None
    except Unavailable:
        raise ProviderUnavailable from None
    except Misconfigured as error:
        _log.error("gateway_misconfigured", gateway=gateway.name, error=str(error))
        raise ProviderUnavailable from None


async def registered(deps: Deps, gateway: Gateway, customer: Customer) -> Payer:
    """Return *customer* as the provider knows them, making them known first if need be.

    Raises:
        Unavailable, Misconfigured: see `gateways.protocol`.
    """
    payer = Payer(
        customer_id=customer.id,
        email=customer.email,
        name=customer.name,
        tax_id=customer.tax_id,
        reference=customer.provider_references.get(gateway.name),
    )
    if payer.reference is not None:
        return payer
    reference = await gateway.register(payer)
    await add_provider_reference(deps.store, customer.id, provider=gateway.name, reference=reference)
    return Payer(
        customer_id=payer.customer_id,
        email=payer.email,
        name=payer.name,
        tax_id=payer.tax_id,
        reference=reference,
    )


async def _kept_card(
    deps: Deps, choice: MethodChoice, *, gateway: Gateway, customer: Customer
) -> PaymentMethod:
    if choice.card is None:
        payer = await registered(deps, gateway, customer)
        return await gateway.attach(choice.token or "", payer)
    if not deps.settings.takes_card_numbers:
        raise CardIntakeDisabled
    today = local_date(await deps.clock.now(), deps.policy.timezone)
    card = checked(choice.card, on=today)
    return await gateway.tokenize(card, await registered(deps, gateway, customer))
