"""Checkout links: making and revoking them, and signing up by one."""

from datetime import datetime

import strawberry

from ciclo.actions.links import checkout_links as actions
from ciclo.actions.links.sign_ups import SignUpForm, sign_up, token_of
from ciclo.domain.customers.profile import metadata_of
from graphql_schema.context import Info, Operator, SignedIn
from graphql_schema.mutations.customers.register import MetadataEntryInput
from graphql_schema.mutations.idempotency import IDEMPOTENCY_KEY, request_of
from graphql_schema.mutations.payment_method import PaymentMethodInput, choice_of
from graphql_schema.mutations.refusals import USER_ERRORS, UserError, mutation
from graphql_schema.types.enums import Language, PaymentMethodKind
from graphql_schema.types.links.checkout_link import CheckoutLink


@strawberry.input(description="From how many to how many of a plan somebody may take.")
class QuantityBoundsInput:
    """Bounds of a quantity."""

    min: int = 1
    max: int = 1


@strawberry.input(description="A link by which whoever has it takes a plan, without signing in.")
class CreateCheckoutLinkInput:
    """A new link."""

    plan_id: strawberry.ID
    coupon_code: str | None = None
    quantity: QuantityBoundsInput | None = strawberry.field(default=None, description="By default one.")
    trial_days: int | None = strawberry.field(default=None, description="By default the plan's own.")
    methods: list[PaymentMethodKind] = strawberry.field(
        default_factory=list, description="Empty: all that there are."
    )
    customer_id: strawberry.ID | None = strawberry.field(
        default=None, description="Who takes the plan by it: whoever has the link acts for them."
    )
    success_url: str | None = strawberry.field(
        default=None,
        description="Where people are led once they have signed up, with ?subscription=; on a host of "
        "CICLO_CHECKOUT_RETURN_HOSTS.",
    )
    cancel_url: str | None = strawberry.field(default=None, description="Where they are led who don't.")
    expires_at: datetime | None = strawberry.field(default=None, description="By the wall clock.")
    max_uses: int | None = strawberry.field(
        default=None,
        description="As many sign-ups, in all; one that ends without having been paid gives its use back.",
    )
    metadata: list[MetadataEntryInput] = strawberry.field(
        default_factory=list, description="Written of each customer that it makes."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Let nobody sign up by a link any more.")
class RevokeCheckoutLinkInput:
    """Which link."""

    link_id: strawberry.ID
    reason: str | None = None
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="What somebody fills in on the page of a checkout link.")
class SignUpInput:
    """A sign-up."""

    email: str | None = strawberry.field(
        default=None, description="Where mails go; null where the seller has named who takes the plan."
    )
    name: str | None = None
    tax_id: str | None = strawberry.field(default=None, description="CPF or CNPJ.")
    locale: Language | None = None
    quantity: int = 1
    skip_trial: bool = False
    payment_method: PaymentMethodInput
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.type
class CheckoutLinkPayload:
    """What a mutation of a checkout link came to."""

    link: CheckoutLink | None = None
    user_errors: list[UserError] = strawberry.field(default_factory=list, description=USER_ERRORS)


@strawberry.type
class CreateCheckoutLinkPayload(CheckoutLinkPayload):
    """What createCheckoutLink came to."""


@strawberry.type
class RevokeCheckoutLinkPayload(CheckoutLinkPayload):
    """What revokeCheckoutLink came to."""


@strawberry.type
class SignUpPayload:
    """What signUp came to."""

    token: str | None = strawberry.field(
        default=None, description="By which the page asks what became of it: for that page alone."
    )
    user_errors: list[UserError] = strawberry.field(default_factory=list, description=USER_ERRORS)


@strawberry.type
class CheckoutLinkMutations:
    """Checkout links."""

    @mutation(Operator, description="Make a link by which whoever has it takes a plan.")
    async def create_checkout_link(
        self,
        info: Info,
        input: CreateCheckoutLinkInput,  # noqa: A002 - the API's name
    ) -> CreateCheckoutLinkPayload:
        """Make a link."""
        context, quantity = info.context, input.quantity or QuantityBoundsInput()
        draft = actions.CheckoutLinkDraft(
            plan_id=input.plan_id,
            coupon_code=input.coupon_code,
            quantity_min=quantity.min,
            quantity_max=quantity.max,
            trial_days=input.trial_days,
            methods=tuple(input.methods),
            customer_id=input.customer_id,
            success_url=input.success_url,
            cancel_url=input.cancel_url,
            metadata=metadata_of([(entry.key, entry.value) for entry in input.metadata]),
            uses_max=input.max_uses,
            expires_at=input.expires_at,
        )
        link = await actions.create_checkout_link(
            context.deps, draft, by=context.actor, request=request_of(info, input)
        )
        return CreateCheckoutLinkPayload(link=CheckoutLink.of(link, settings=context.deps.settings))

    @mutation(Operator, description="Let nobody sign up by a link any more; those who have, have.")
    async def revoke_checkout_link(
        self,
        info: Info,
        input: RevokeCheckoutLinkInput,  # noqa: A002 - the API's name
    ) -> RevokeCheckoutLinkPayload:
        """Revoke a link."""
        context = info.context
        link = await actions.close_link(
            context.deps,
            input.link_id,
            reason=input.reason,
            by=context.actor,
            request=request_of(info, input),
        )
        return RevokeCheckoutLinkPayload(link=CheckoutLink.of(link, settings=context.deps.settings))

    @mutation(
        SignedIn,
        description="For the page of a checkout link alone: become a customer who takes what it sells.",
    )
    async def sign_up(self, info: Info, input: SignUpInput) -> SignUpPayload:  # noqa: A002
        """Sign up."""
        context = info.context
        link = await actions.link_of_viewer(context.deps, context.viewer)
        form = SignUpForm(
            email=input.email,
            name=input.name,
            tax_id=input.tax_id,
            locale=input.locale.value if input.locale else None,
            quantity=input.quantity,
            skip_trial=input.skip_trial,
            method=choice_of(input.payment_method),
        )
        made = await sign_up(
            context.deps, link, form, caller=await context.caller(), request=request_of(info, input)
        )
        return SignUpPayload(token=token_of(context.deps, made))
