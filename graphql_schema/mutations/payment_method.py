"""Payment methods in inputs: exactly one of a token, a card, PIX or boleto."""

import strawberry

from ciclo.actions.payment_methods import MethodChoice
from ciclo.domain.customer import validate_name
from ciclo.domain.payment import MethodKind
from ciclo.domain.tax_id import normalize_tax_id
from ciclo.gateways.protocol import CardDetails


@strawberry.input(
    description="A card. Taken only where the server is set to; it becomes a token at once and is never kept."
)
class CardInput:
    """A raw card."""

    number: str
    holder_name: str
    expiration_month: int = strawberry.field(description="1 to 12.")
    expiration_year: int = strawberry.field(description="Four digits.")
    cvv: str

    def __repr__(self) -> str:
        """Return nothing of the card: inputs end up in logs and tracebacks."""
        return "CardInput(…)"


@strawberry.input(description="Pay by PIX: every invoice gets a code. Some providers need to know the payer.")
class PixInput:
    """PIX."""

    payer_name: str | None = None
    tax_id: str | None = strawberry.field(default=None, description="CPF or CNPJ.")


@strawberry.input(description="Pay by boleto. Some providers need to know the payer.")
class BoletoInput:
    """Boleto."""

    payer_name: str | None = None
    tax_id: str | None = strawberry.field(default=None, description="CPF or CNPJ.")


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
        InvalidValue: the payer's name or tax id can't be one.
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
                payer_tax_id=normalize_tax_id(payer.tax_id) if payer.tax_id is not None else None,
            )
    return MethodChoice(kind=MethodKind.CREDIT_CARD, token=method.card_token or "")
