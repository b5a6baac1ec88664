"""Changing the register of coupons."""

from datetime import date
from decimal import Decimal
from functools import partial
from typing import Final

import strawberry

from ciclo.actions.dependencies import Deps
from ciclo.actions.plans import get_plan
from ciclo.actions.selling import coupons as actions
from ciclo.domain.coupons.coupon import PLANS_MAX, CouponLimits
from ciclo.domain.coupons.coupon import Coupon as DomainCoupon
from ciclo.domain.coupons.discount import DiscountOffer
from ciclo.domain.errors.general import BillingError, InvalidValue
from ciclo.domain.ids import PlanId
from graphql_schema.context import Info, Operator
from graphql_schema.mutations.idempotency import IDEMPOTENCY_KEY, request_of
from graphql_schema.mutations.refusals import USER_ERRORS, UserError, mutation
from graphql_schema.types.enums import BillingCycle, DiscountDuration, DiscountKind
from graphql_schema.types.money import MoneyInput
from graphql_schema.types.selling.coupon import CYCLES, PLANS, Coupon
from graphql_schema.types.selling.discount import AMOUNT, COUNT, PERCENT

PERCENT_MAX: Final = 100


@strawberry.input(description="A new coupon. Once it is there, only its limits can be changed.")
class CreateCouponInput:
    """A new coupon."""

    name: str
    code: str | None = strawberry.field(
        default=None,
        description="3 to 40 letters and digits, whatever their case; null: see createCouponCodes.",
    )
    kind: DiscountKind
    percent: Decimal | None = strawberry.field(default=None, description=PERCENT)
    amount: MoneyInput | None = strawberry.field(default=None, description=AMOUNT)
    duration: DiscountDuration
    count: int | None = strawberry.field(default=None, description=COUNT)
    plan_ids: list[strawberry.ID] = strawberry.field(default_factory=list, description=PLANS)
    cycles: list[BillingCycle] = strawberry.field(default_factory=list, description=CYCLES)
    first_purchase_only: bool = False
    minimum: MoneyInput | None = strawberry.field(
        default=None, description="The price of a period from which on it is given, in its currency only."
    )
    starts_on: date | None = None
    ends_on: date | None = strawberry.field(default=None, description="The last day.")
    max_redemptions: int | None = None
    max_per_customer: int | None = strawberry.field(default=1, description="Null: as often as they like.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Other limits of a coupon; what is left out stays, null takes a limit away.")
class UpdateCouponInput:
    """Limits of a coupon."""

    coupon_id: strawberry.ID
    name: str | None = None
    starts_on: date | None = strawberry.UNSET
    ends_on: date | None = strawberry.UNSET
    max_redemptions: int | None = strawberry.UNSET
    max_per_customer: int | None = strawberry.UNSET
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input
class ArchiveCouponInput:
    """Which coupon to close."""

    coupon_id: strawberry.ID
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input
class CreateCouponCodesInput:
    """Codes to be made."""

    coupon_id: strawberry.ID
    count: int = strawberry.field(description="1 to 1000.")
    prefix: str = ""
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.type
class CouponPayload:
    """What a mutation of a coupon came to."""

    coupon: Coupon | None = None
    user_errors: list[UserError] = strawberry.field(default_factory=list, description=USER_ERRORS)


@strawberry.type
class CreateCouponPayload(CouponPayload):
    """What createCoupon came to."""


@strawberry.type
class UpdateCouponPayload(CouponPayload):
    """What updateCoupon came to."""


@strawberry.type
class ArchiveCouponPayload(CouponPayload):
    """What archiveCoupon came to."""


@strawberry.type
class CreateCouponCodesPayload:
    """What createCouponCodes came to."""

    codes: list[str] = strawberry.field(default_factory=list, description="Each is redeemed once.")
    user_errors: list[UserError] = strawberry.field(default_factory=list, description=USER_ERRORS)


@strawberry.type
class CouponMutations:
    """Changing coupons and discounts."""

    @mutation(Operator, description="Offer a discount.")
    async def create_coupon(self, info: Info, input: CreateCouponInput) -> CreateCouponPayload:  # noqa: A002
        """Create a coupon."""
        deps = info.context.deps
        offer = _offer(input)
        await _require_plans(deps, offer)
        draft = actions.CouponDraft(
            code=input.code,
            name=input.name,
            offer=offer,
            first_purchase_only=input.first_purchase_only,
            minimum=input.minimum.to_domain("minimum") if input.minimum else None,
            starts_on=input.starts_on,
            ends_on=input.ends_on,
            redemptions_max=input.max_redemptions,
            redemptions_per_customer_max=input.max_per_customer,
        )
        request = request_of(info, input)
        coupon = await actions.create_coupon(deps, draft, by=info.context.actor, request=request)
        return CreateCouponPayload(coupon=Coupon.of(coupon))

    @mutation(Operator, description="Change a coupon's limits; discounts that were given stay.")
    async def update_coupon(self, info: Info, input: UpdateCouponInput) -> UpdateCouponPayload:  # noqa: A002
        """Limit a coupon."""
        coupon = await actions.update_coupon(
            info.context.deps,
            input.coupon_id,
            partial(_limits, input),
            by=info.context.actor,
            request=request_of(info, input),
        )
        return UpdateCouponPayload(coupon=Coupon.of(coupon))

    @mutation(Operator, description="Let nobody redeem a coupon any more; discounts that were given stay.")
    async def archive_coupon(self, info: Info, input: ArchiveCouponInput) -> ArchiveCouponPayload:  # noqa: A002
        """Archive a coupon."""
        coupon = await actions.close_coupon(
            info.context.deps, input.coupon_id, by=info.context.actor, request=request_of(info, input)
        )
        return ArchiveCouponPayload(coupon=Coupon.of(coupon))

    @mutation(Operator, description="Make codes of a coupon, each of which is redeemed once.")
    async def create_coupon_codes(
        self,
        info: Info,
        input: CreateCouponCodesInput,  # noqa: A002 - the API's name
    ) -> CreateCouponCodesPayload:
        """Make codes."""
        codes = await actions.create_codes(
            info.context.deps,
            input.coupon_id,
            count=input.count,
            prefix=input.prefix,
            by=info.context.actor,
            request=request_of(info, input),
        )
        return CreateCouponCodesPayload(codes=codes)


def _offer(given: CreateCouponInput) -> DiscountOffer:
    """Return what a coupon is to give.

    Raises:
        InvalidValue: it has not the one of percent and amount that its kind wants, or too many decimals.
        UnknownCurrency, TooManyDecimals, AmountOutOfRange: its amount is none.
    """
    by_percent = given.kind is DiscountKind.PERCENT
    if (given.percent is not None) is not by_percent or (given.amount is not None) is by_percent:
        raise InvalidValue("PERCENT wants a percent, FIXED an amount", field=("kind",))
    amount = given.amount.to_domain("amount") if given.amount else None
    return DiscountOffer(
        kind=given.kind,
        basis_points=_basis_points(given.percent) if given.percent is not None else 0,
        amount=amount.amount if amount else 0,
        currency=amount.currency if amount else None,
        duration=given.duration,
        count=given.count or 0,
        plan_ids=tuple(PlanId(plan_id) for plan_id in given.plan_ids),
        cycles=tuple(given.cycles),
    )


async def _require_plans(deps: Deps, offer: DiscountOffer) -> None:
    """Check that there are all plans that a coupon names.

    Raises:
        MalformedId, PlanNotFound: one is not.
    """
    for plan_id in offer.plan_ids[: PLANS_MAX + 1]:
        try:
            await get_plan(deps, plan_id)
        except BillingError as error:
            raise error.at("plan_ids") from None


def _basis_points(percent: Decimal) -> int:
    """Return a share in hundredths of a percent.

    Raises:
        InvalidValue: it is finer than that, or no number.
    """
    if not percent.is_finite() or abs(percent) > PERCENT_MAX or (percent * 100) % 1:
        raise InvalidValue("percent allows 0.01 to 100, with two decimals", field=("percent",))
    return int(percent * 100)


def _limits(given: UpdateCouponInput, coupon: DomainCoupon) -> CouponLimits:
    return CouponLimits(
        name=coupon.name if given.name is None else given.name,
        starts_on=coupon.starts_on if given.starts_on is strawberry.UNSET else given.starts_on,
        ends_on=coupon.ends_on if given.ends_on is strawberry.UNSET else given.ends_on,
        redemptions_max=coupon.redemptions_max
        if given.max_redemptions is strawberry.UNSET
        else given.max_redemptions,
        redemptions_per_customer_max=coupon.redemptions_per_customer_max
        if given.max_per_customer is strawberry.UNSET
        else given.max_per_customer,
    )
