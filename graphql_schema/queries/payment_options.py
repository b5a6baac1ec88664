"""Reading by what can be paid, and how cards are taken."""

from typing import Self

import strawberry

from ciclo.actions.cards import payment_options as actions
from ciclo.domain.money import exponent
from graphql_schema.context import Info, SignedIn
from graphql_schema.types.enums import CardTokenizerKind, PaymentMethodKind


@strawberry.type(description="What takes a card's number in the browser, and makes the `cardToken` of it.")
class CardTokenizer:
    """Whose form takes cards."""

    kind: CardTokenizerKind
    publishable_key: str | None = strawberry.field(description="For the provider's script; it is public.")
    script_url: str | None = strawberry.field(description="The provider's script, where it has one.")

    @classmethod
    def of(cls, tokenizer: actions.CardTokenizer) -> Self:
        """Return *tokenizer* as the API shows it."""
        return cls(
            kind=tokenizer.kind,
            publishable_key=tokenizer.publishable_key,
            script_url=tokenizer.script_url,
        )


@strawberry.type(description="By what can be paid in a currency.")
class PaymentOptions:
    """Payment options."""

    methods: list[PaymentMethodKind]
    card_tokenizer: CardTokenizer | None = strawberry.field(
        description="Null where no card can be shown to the provider."
    )


@strawberry.type
class PaymentOptionsQueries:
    """Reading payment options."""

    @strawberry.field(
        permission_classes=[SignedIn],
        description="By what can be paid in a currency, the seller's by default.",
    )
    async def payment_options(self, info: Info, currency: str | None = None) -> PaymentOptions:
        """Return the options."""
        deps = info.context.deps
        asked = currency or deps.settings.currency
        exponent(asked)  # refuses what is no currency
        found = actions.payment_options(deps.settings, deps.gateways, currency=asked)
        tokenizer = found.card_tokenizer
        return PaymentOptions(
            methods=list(found.methods),
            card_tokenizer=CardTokenizer.of(tokenizer) if tokenizer else None,
        )
