"""Balances: the mutations that pay one out, and that grant credit."""

from datetime import date
from decimal import Decimal

import strawberry

from ciclo.actions import balances as actions
from ciclo.domain.money import Money as DomainMoney
from graphql_schema.context import Info, Operator
from graphql_schema.mutations.idempotency import IDEMPOTENCY_KEY, request_of
from graphql_schema.mutations.refusals import USER_ERRORS, UserError, mutation
from graphql_schema.types.customers.customer import Customer


@strawberry.input(description="Send money of a customer's balance back by what they paid.")
class PayOutBalanceInput:
    """A payout."""

    customer_id: strawberry.ID
    amount: Decimal
    currency: str
    reason: str | None = None
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.type
class PayOutBalancePayload:
    """What payOutBalance came to."""

    customer: Customer | None = None
    user_errors: list[UserError] = strawberry.field(default_factory=list, description=USER_ERRORS)


@strawberry.input(description="Give a customer credit, which the next invoices use soonest expiry first.")
class GrantCreditInput:
    """A grant."""

    customer_id: strawberry.ID
    amount: Decimal
    currency: str
    reason: str
    expires_on: date | None = strawberry.field(
        default=None, description="The last day to use it; by default it never expires."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.type
class GrantCreditPayload:
    """What grantCredit came to."""

    customer: Customer | None = None
    user_errors: list[UserError] = strawberry.field(default_factory=list, description=USER_ERRORS)


@strawberry.type
class BalanceMutations:
    """Paying balances out, and granting credit."""

    @mutation(
        Operator,
        description="Put credit onto a customer's balance, until a day or for ever; it is not paid out.",
    )
    async def grant_credit(self, info: Info, input: GrantCreditInput) -> GrantCreditPayload:  # noqa: A002
        """Grant credit."""
        context = info.context
        grant = actions.GrantChoice(
            amount=DomainMoney.from_decimal(input.amount, input.currency),
            reason=input.reason,
            expires_on=input.expires_on,
        )
        customer = await actions.grant_credit(
            context.deps,
            input.customer_id,
            grant,
            caller=await context.caller(),
            request=request_of(info, input),
        )
        return GrantCreditPayload(customer=Customer.of(customer))

    @mutation(
        Operator,
        description="Refund payments of a customer, the newest first, out of what is on their balance.",
    )
    async def pay_out_balance(self, info: Info, input: PayOutBalanceInput) -> PayOutBalancePayload:  # noqa: A002
        """Pay a balance out."""
        context = info.context
        customer = await actions.pay_out_balance(
            context.deps,
            input.customer_id,
            DomainMoney.from_decimal(input.amount, input.currency),
            reason=input.reason,
            caller=await context.caller(),
            by=context.actor,
            request=request_of(info, input),
        )
        return PayOutBalancePayload(customer=Customer.of(customer))
