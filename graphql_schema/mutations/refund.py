"""Refunds: the mutation that sends money of a payment back."""

from decimal import Decimal

import strawberry

from ciclo.actions import invoices as actions
from ciclo.domain.money import Money as DomainMoney
from graphql_schema.context import Info, Operator
from graphql_schema.mutations.idempotency import IDEMPOTENCY_KEY, request_of
from graphql_schema.mutations.refusals import USER_ERRORS, UserError, mutation
from graphql_schema.types.account import Payment


@strawberry.input(description="Send all or a part of a payment back.")
class RefundPaymentInput:
    """A refund."""

    payment_id: strawberry.ID
    amount: Decimal | None = strawberry.field(
        default=None, description="In the payment's currency; all that is left by default."
    )
    reason: str | None = None
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.type
class RefundPaymentPayload:
    """What refundPayment came to."""

    payment: Payment | None = None
    user_errors: list[UserError] = strawberry.field(default_factory=list, description=USER_ERRORS)


@strawberry.type
class RefundMutations:
    """Sending money back."""

    @mutation(
        Operator,
        description="Send money back. Refunds and credits never add up to more than what was paid.",
    )
    async def refund_payment(self, info: Info, input: RefundPaymentInput) -> RefundPaymentPayload:  # noqa: A002
        """Refund a payment."""
        context = info.context
        caller = await context.caller()
        payment = await actions.get_payment(context.deps, input.payment_id, caller=caller)
        amount = (
            DomainMoney.from_decimal(input.amount, payment.currency) if input.amount is not None else None
        )
        refunded = await actions.refund_payment(
            context.deps,
            payment.id,
            amount,
            reason=input.reason,
            caller=caller,
            by=context.actor,
            request=request_of(info, input),
        )
        return RefundPaymentPayload(payment=Payment.of(refunded))
