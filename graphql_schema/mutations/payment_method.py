"""Payment methods in inputs: exactly one of a token, a card, PIX or boleto."""

import strawberry

from ciclo.actions.payment_methods import MethodChoice
from ciclo.domain.customer import Address, normalize_address, validate_name
from ciclo.domain.payment import MethodKind
from ciclo.domain.tax_id import normalize_tax_id
from ciclo.gateways.protocol import CardDetails
from graphql_schema.types.scalars import WholeNumber


@strawberry.input(
    description="A card. Taken only where the server is set to; it becomes a token at once and is never kept."
)
class CardInput:
    """A raw card."""

    number: str
    holder_name: str
    expiration_month: WholeNumber = strawberry.field(description='1 to 12, or "01" to "12".')
    expiration_year: WholeNumber = strawberry.field(description="Four digits.")
    cvv: str

    def __repr__(self) -> str:
        """Return nothing of the card: inputs end up in logs and tracebacks."""
        return "CardInput(…)"


@strawberry.input(
    description="A postal address. In Brazil the postal code is a CEP, and the state has two letters."
)
class AddressInput:
    """Where a payer lives, or has their seat."""

    line1: str = strawberry.field(description="Street and number.")
    line2: str | None = strawberry.field(default=None, description="Complement, district.")
    city: str
    state: str
    postal_code: str
    country: str = strawberry.field(default="BR", description="Two letters, ISO 3166-1.")

    def __repr__(self) -> str:
        """Return nothing of the address: inputs end up in logs and tracebacks."""
        return "AddressInput(…)"


@strawberry.input(description="Pay by PIX: every invoice gets a code. Some providers need to know the payer.")
class PixInput:
    """PIX."""

    payer_name: str | None = None
    tax_id: str | None = strawberry.field(default=None, description="CPF or CNPJ.")
    address: AddressInput | None = None


@strawberry.input(description="Pay by boleto. Some providers need to know the payer.")
class BoletoInput:
    """Boleto."""

    payer_name: str | None = None
    tax_id: str | None = strawberry.field(default=None, description="CPF or CNPJ.")
    address: AddressInput | None = None


@strawberry.input(one_of=True, description="How to pay: exactly one of these.")
class PaymentMethodInput:
    """A choice of method."""

    card_token: str | None = strawberry.field(
        default=strawberry.UNSET, description="From the payment provider's own form."
    )
    card: CardInput | None = strawberry.UNSET
    pix: PixInput | None = strawberry.UNSET
    boleto: BoletoInput | None = strawberry.UNSET


def choice_of(method: PaymentMethodInput) -> MethodChoice:
    """Return the choice that an input makes.

    Raises:
        InvalidValue: the payer's name, tax id or address can't be one.
    """
    if method.card:
        card = CardDetails(
            number=method.card.number,
            holder_name=method.card.holder_name,
            expiration_month=method.card.expiration_month,
            expiration_year=method.card.expiration_year,
            cvv=method.card.cvv,
        )
        return MethodChoice(kind=MethodKind.CREDIT_CARD, card=card)
    for kind, payer in ((MethodKind.PIX, method.pix), (MethodKind.BOLETO, method.boleto)):
        if payer:
            return MethodChoice(
                kind=kind,
                payer_name=validate_name(payer.payer_name) if payer.payer_name is not None else None,
                payer_address=address_of(payer.address) if payer.address is not None else None,
                payer_tax_id=normalize_tax_id(payer.tax_id) if payer.tax_id is not None else None,
            )
    return MethodChoice(kind=MethodKind.CREDIT_CARD, token=method.card_token or "")


def address_of(given: AddressInput) -> Address:
    """Return the address that an input holds.

    Raises:
        InvalidValue: a part of it can't be one.
    """
    return normalize_address(
        Address(
            line1=given.line1,
            line2=given.line2,
            city=given.city,
            state=given.state,
            postal_code=given.postal_code,
            country=given.country,
        )
    )
