"""Confirming payments whose payers' banks ask."""

from typing import Self

import strawberry

from ciclo.actions.cards import confirmations as actions
from ciclo.gateways.protocol import Confirmation
from graphql_schema.context import Info, SignedIn
from graphql_schema.mutations.refusals import USER_ERRORS, UserError, mutation
from graphql_schema.types.account import Payment


@strawberry.input(description="Confirm a payment whose payer's bank asks.")
class ConfirmPaymentInput:
    """Which payment."""

    payment_id: strawberry.ID


@strawberry.type(description="How a payer satisfies their bank. For the payer alone: keep neither.")
class PaymentAction:
    """What is to be done for a payment."""

    url: str | None = strawberry.field(
        description="A page of their bank, from which they come back to the portal's page of the invoice."
    )
    client_secret: str | None = strawberry.field(
        description="By which the provider's own script asks, where there is no such page."
    )

    @classmethod
    def of(cls, action: Confirmation) -> Self:
        """Return *action* as the API shows it."""
        return cls(url=action.url, client_secret=action.client_secret)


@strawberry.type
class ConfirmPaymentPayload:
    """What confirmPayment came to."""

    payment: Payment | None = None
    next_action: PaymentAction | None = strawberry.field(
        default=None,
        description="What the payer has to do; null if nothing is left, or its end is being recorded.",
    )
    user_errors: list[UserError] = strawberry.field(default_factory=list, description=USER_ERRORS)


@strawberry.type
class PaymentMutations:
    """Confirming payments."""

    @mutation(
        SignedIn,
        description="Ask the provider what became of a payment that awaits confirmation, and what is to be "
        "done for it. Ask again when the payer is back from their bank.",
    )
    async def confirm_payment(self, info: Info, input: ConfirmPaymentInput) -> ConfirmPaymentPayload:  # noqa: A002
        """Confirm a payment."""
        context = info.context
        confirmed = await actions.confirm_payment(
            context.deps, input.payment_id, caller=await context.caller()
        )
        return ConfirmPaymentPayload(
            payment=Payment.of(confirmed.payment),
            next_action=PaymentAction.of(confirmed.action) if confirmed.action else None,
        )
