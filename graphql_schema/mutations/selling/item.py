"""Items for the next invoice, and how a customer is taxed."""

import strawberry

from ciclo.actions.selling import items as actions
from ciclo.actions.selling.tax_profiles import set_tax_profile
from ciclo.domain.lines.tax_rate import TaxProfile
from graphql_schema.context import Info, Operator
from graphql_schema.mutations.idempotency import IDEMPOTENCY_KEY, request_of
from graphql_schema.mutations.refusals import USER_ERRORS, UserError, mutation
from graphql_schema.types.account import BillingSubscription
from graphql_schema.types.customers.customer import Customer
from graphql_schema.types.money import MoneyInput
from graphql_schema.types.selling.item import PENALTY


@strawberry.input(description="Something that the next invoice of a period bills besides the plan.")
class AddInvoiceItemInput:
    """An item."""

    subscription_id: strawberry.ID
    description: str
    unit_price: MoneyInput
    quantity: int = 1
    discountable: bool = strawberry.field(
        default=True, description="Whether the subscription's discounts are on it, too."
    )
    tax_category: str | None = None
    penalty: bool = strawberry.field(default=False, description=PENALTY)
    at_once: bool = strawberry.field(
        default=False, description="On an invoice of its own, now: without the subscription's discounts."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input
class RemoveInvoiceItemInput:
    """An item to take away."""

    subscription_id: strawberry.ID
    item_id: strawberry.ID
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="How a customer is taxed from the next line on; credits keep their rates.")
class SetTaxProfileInput:
    """A tax profile."""

    customer_id: strawberry.ID
    country: str | None = strawberry.field(default=None, description="Two letters.")
    exempt: bool = False
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.type
class InvoiceItemPayload:
    """What a mutation of an item came to."""

    subscription: BillingSubscription | None = None
    user_errors: list[UserError] = strawberry.field(default_factory=list, description=USER_ERRORS)


@strawberry.type
class AddInvoiceItemPayload(InvoiceItemPayload):
    """What addInvoiceItem came to."""


@strawberry.type
class RemoveInvoiceItemPayload(InvoiceItemPayload):
    """What removeInvoiceItem came to."""


@strawberry.type
class SetTaxProfilePayload:
    """What setTaxProfile came to."""

    customer: Customer | None = None
    user_errors: list[UserError] = strawberry.field(default_factory=list, description=USER_ERRORS)


@strawberry.type
class InvoiceItemMutations:
    """Changing what waits for the next invoice, and how it is taxed."""

    @mutation(Operator, description="Bill something with the next invoice of a period, or at once.")
    async def add_invoice_item(self, info: Info, input: AddInvoiceItemInput) -> AddInvoiceItemPayload:  # noqa: A002
        """Add an item."""
        draft = actions.ItemDraft(
            description=input.description,
            unit_price=input.unit_price.to_domain("unit_price"),
            quantity=input.quantity,
            discountable=input.discountable,
            tax_category=input.tax_category,
            is_penalty=input.penalty,
        )
        changed = await actions.add_item(
            info.context.deps,
            input.subscription_id,
            draft,
            at_once=input.at_once,
            caller=await info.context.caller(),
            request=request_of(info, input),
        )
        return AddInvoiceItemPayload(subscription=BillingSubscription.of(changed))

    @mutation(Operator, description="Take an item away that is on no invoice yet.")
    async def remove_invoice_item(
        self,
        info: Info,
        input: RemoveInvoiceItemInput,  # noqa: A002 - the API's name
    ) -> RemoveInvoiceItemPayload:
        """Remove an item."""
        changed = await actions.remove_item(
            info.context.deps,
            input.subscription_id,
            input.item_id,
            caller=await info.context.caller(),
            request=request_of(info, input),
        )
        return RemoveInvoiceItemPayload(subscription=BillingSubscription.of(changed))

    @mutation(Operator, description="Tax a customer otherwise from the next line on.")
    async def set_tax_profile(self, info: Info, input: SetTaxProfileInput) -> SetTaxProfilePayload:  # noqa: A002
        """Set a tax profile."""
        customer = await set_tax_profile(
            info.context.deps,
            input.customer_id,
            TaxProfile(country=input.country, exempt=input.exempt),
            caller=await info.context.caller(),
            request=request_of(info, input),
        )
        return SetTaxProfilePayload(customer=Customer.of(customer))
