"""Coupons: their types."""

from datetime import date, datetime
from decimal import Decimal
from typing import Final, Self

import strawberry

from ciclo.actions.selling.coupon_previews import CouponPreview as DomainPreview
from ciclo.documents.coupon_text import describe_prices
from ciclo.domain.coupons.coupon import Coupon as DomainCoupon
from graphql_schema.types.enums import (
    BillingCycle,
    DiscountDuration,
    DiscountKind,
    Language,
    UserErrorCode,
)
from graphql_schema.types.forecast import ForecastInvoice
from graphql_schema.types.money import Money, to_money
from graphql_schema.types.selling.discount import AMOUNT, COUNT, PERCENT, amount_of, percent_of

PLANS: Final = "The plans that it is for; empty: all."
CYCLES: Final = "The billing cycles that it is for; empty: all."


@strawberry.type(description="A discount that is given to whoever redeems its code.")
class Coupon:
    """A coupon."""

    id: strawberry.ID
    code: str | None = strawberry.field(description="In capitals; null if each code of it is used once.")
    name: str
    kind: DiscountKind
    percent: Decimal | None = strawberry.field(description=PERCENT)
    amount: Money | None = strawberry.field(description=AMOUNT)
    duration: DiscountDuration
    count: int | None = strawberry.field(description=COUNT)
    plan_ids: list[strawberry.ID] = strawberry.field(description=PLANS)
    cycles: list[BillingCycle] = strawberry.field(description=CYCLES)
    first_purchase_only: bool = strawberry.field(description="For who has never paid for a subscription.")
    minimum: Money | None = strawberry.field(
        description="The price of a period from which on it is given, in its currency only."
    )
    starts_on: date | None
    ends_on: date | None = strawberry.field(description="The last day.")
    max_redemptions: int | None
    max_per_customer: int | None
    redeemed: int = strawberry.field(description="How often it was, but for creations that were never paid.")
    active: bool = strawberry.field(description="Whether it can be redeemed; archived it can't.")
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, coupon: DomainCoupon) -> Self:
        """Return *coupon* as the API shows it."""
        offer = coupon.offer
        return cls(
            id=strawberry.ID(coupon.id),
            code=coupon.code,
            name=coupon.name,
            kind=offer.kind,
            percent=percent_of(offer),
            amount=amount_of(offer),
            duration=offer.duration,
            count=offer.count or None,
            plan_ids=[strawberry.ID(plan_id) for plan_id in offer.plan_ids],
            cycles=list(offer.cycles),
            first_purchase_only=coupon.first_purchase_only,
            minimum=to_money(coupon.minimum.amount, coupon.minimum.currency) if coupon.minimum else None,
            starts_on=coupon.starts_on,
            ends_on=coupon.ends_on,
            max_redemptions=coupon.redemptions_max,
            max_per_customer=coupon.redemptions_per_customer_max,
            redeemed=coupon.redeemed,
            active=coupon.active,
            created_at=coupon.created_at,
            updated_at=coupon.updated_at,
        )


@strawberry.type(description="Periods that cost the same.")
class PriceStretch:
    """A stretch of a preview."""

    invoices: int | None = strawberry.field(description="How many; null for all that follow.")
    amount: Money


@strawberry.type(description="What a code would come to for a new subscription, to the cent.")
class CouponPreview:
    """A preview of a coupon."""

    valid: bool
    reason: UserErrorCode | None = strawberry.field(description="Why it gives nothing.")
    first_invoice: ForecastInvoice | None = strawberry.field(
        description="Issued at once, or after the trial."
    )
    prices: list[PriceStretch] = strawberry.field(description="What full periods cost, in their order.")
    source: strawberry.Private[DomainPreview]

    @strawberry.field(description='The same in words: "R$ 63.92 for 3 months, then R$ 79.90 per month".')
    def text(self, language: Language = Language.ENGLISH) -> str:
        """Describe the prices."""
        terms = self.source.terms
        return describe_prices(
            self.source.stretches, currency=terms.currency, cycle=terms.billing_cycle, language=language
        )

    @classmethod
    def of(cls, preview: DomainPreview, *, timezone: str) -> Self:
        """Return *preview* as the API shows it."""
        first, currency = preview.first_invoice, preview.terms.currency
        return cls(
            valid=preview.refusal is None,
            reason=preview.refusal.code if preview.refusal else None,
            first_invoice=ForecastInvoice.of(first, timezone=timezone) if first else None,
            prices=[
                PriceStretch(invoices=stretch.periods, amount=to_money(stretch.amount, currency))
                for stretch in preview.stretches
            ],
            source=preview,
        )
