"""Keeping a payment method: a card becomes a token at its provider, and nothing else of it stays."""

from dataclasses import dataclass, replace

import structlog

from ciclo.actions.dependencies import Deps
from ciclo.domain.customer import Address, Customer
from ciclo.domain.errors.payments import (
    CardAuthenticationRequired,
    CardDeclined,
    CardIntakeDisabled,
    MethodNotSupported,
    PayerIncomplete,
    ProviderUnavailable,
)
from ciclo.domain.payment import MethodKind, PaymentMethod
from ciclo.domain.period import local_date
from ciclo.gateways.card import validate_card
from ciclo.gateways.protocol import (
    AuthenticationRequired,
    CardDetails,
    Declined,
    Gateway,
    Misconfigured,
    Payer,
    Unavailable,
)
from ciclo.store.customers import payer_statements
from ciclo.store.mongo.client import Document

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodChoice:
    """How somebody wants to pay: a provider's token, a card where that is allowed, PIX or boleto.

    A boleto, and a provider's PIX, may need the payer's name, tax id and address.
    """

    kind: MethodKind
    token: str | None = None
    card: CardDetails | None = None
    payer_name: str | None = None
    payer_tax_id: str | None = None
    payer_address: Address | None = None


def fill_gaps(choice: MethodChoice, customer: Customer) -> MethodChoice:
    """Return *choice* with what it says of the payer only where nothing is known of *customer*.

    Who has a link to an invoice may pay it, and may be anybody: they change nothing of what is known.
    """
    return replace(
        choice,
        payer_name=None if customer.name else choice.payer_name,
        payer_tax_id=None if customer.tax_id else choice.payer_tax_id,
        payer_address=None if customer.address else choice.payer_address,
    )


async def keep_method(
    deps: Deps, choice: MethodChoice, *, customer: Customer, currency: str
) -> tuple[PaymentMethod, list[Document]]:
    """Show the *choice* of a stored *customer*, and write nothing.

    Returns what is kept of it, and the updates that store what was learned of the customer: they are written
    with what was asked for, so that a refused request changes nothing of them (rule 43).

    Raises:
        MethodNotSupported, PayerIncomplete, CardIntakeDisabled, CardInvalid, CardDeclined,
            ProviderUnavailable: see `show_method`.
    """
    method, payer = await show_method(deps, choice, customer=customer, currency=currency)
    return method, payer_statements(before=customer, after=payer)


async def show_method(
    deps: Deps, choice: MethodChoice, *, customer: Customer, currency: str
) -> tuple[PaymentMethod, Customer]:
    """Show *choice* to the provider, and write nothing.

    Returns what is kept of it, and the customer with what was learned of them: the provider's own id, and the
    payer's name, tax id and address.

    Raises:
        MethodNotSupported: no provider takes it in this currency.
        PayerIncomplete: the provider has to know more of the payer.
        CardIntakeDisabled, CardInvalid, CardDeclined: the card can't be kept.
        CardAuthenticationRequired: the payer's bank asks first.
        ProviderUnavailable: the provider did not answer, or our account with it is not in order.
    """
    gateway = deps.gateways.for_method(choice.kind)
    if not gateway.supports(choice.kind, currency):
        raise MethodNotSupported(choice.kind, currency)
    customer = replace(
        customer,
        name=choice.payer_name or customer.name,
        tax_id=choice.payer_tax_id or customer.tax_id,
        address=choice.payer_address or customer.address,
    )
    require_payer(gateway, choice.kind, customer)
    if choice.kind is not MethodKind.CREDIT_CARD:
        return PaymentMethod(kind=choice.kind), customer
    try:
        return await _show_card(deps, choice, gateway=gateway, customer=customer)
    except Declined as error:
        raise CardDeclined(error.code) from None
    except AuthenticationRequired as error:
        raise CardAuthenticationRequired(error.client_secret) from None
    except Unavailable:
        raise ProviderUnavailable from None
    except Misconfigured as error:
        _log.error("gateway_misconfigured", gateway=gateway.name, error=str(error))
        raise ProviderUnavailable from None


def require_payer(gateway: Gateway, kind: MethodKind, customer: Customer) -> None:
    """Check that what is known of *customer* is enough to collect by a method.

    Raises:
        PayerIncomplete: it is not; no invoice could be collected.
    """
    missing = gateway.missing_facts(kind, payer_of(customer, gateway))
    if missing:
        raise PayerIncomplete(kind, missing)


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
        address=customer.address,
        reference=customer.provider_references.get(gateway.name),
    )


async def _show_card(
    deps: Deps, choice: MethodChoice, *, gateway: Gateway, customer: Customer
) -> tuple[PaymentMethod, Customer]:
    if choice.card is None:
        token = await gateway.verify_card(choice.token or "", payer_of(customer, gateway))
        customer = await register_customer(gateway, customer)
        return await gateway.attach(token, payer_of(customer, gateway)), customer
    if not deps.settings.takes_card_numbers:
        raise CardIntakeDisabled
    today = local_date(await deps.clock.now(), deps.policy.timezone)
    card = validate_card(choice.card, on=today)
    customer = await register_customer(gateway, customer)
    return await gateway.tokenize(card, payer_of(customer, gateway)), customer
