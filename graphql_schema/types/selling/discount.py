"""Discounts: what a subscription has by its coupons."""

from decimal import Decimal
from typing import Final, Self

import strawberry

from ciclo.domain.coupons.discount import Discount as DomainDiscount
from ciclo.domain.coupons.discount import DiscountKind as DomainKind
from ciclo.domain.coupons.discount import DiscountOffer
from ciclo.domain.subscription import Subscription
from graphql_schema.types.enums import DiscountDuration, DiscountKind
from graphql_schema.types.money import Money, to_money
from graphql_schema.types.selling.item import InvoiceItem

PERCENT: Final = "Of PERCENT: 0.01 to 100."
AMOUNT: Final = "Of FIXED: off a full period."
COUNT: Final = "Of PERIODS and MONTHS: how many."


@strawberry.type(description="What a subscription has by a coupon, whatever becomes of the coupon.")
class Discount:
    """A discount."""

    id: strawberry.ID
    coupon_id: strawberry.ID
    code: str
    kind: DiscountKind
    percent: Decimal | None = strawberry.field(description=PERCENT)
    amount: Money | None = strawberry.field(description=AMOUNT)
    duration: DiscountDuration
    left: int | None = strawberry.field(
        description="Periods, or months, that it is for after the present one; null: for ever."
    )
    rests: bool = strawberry.field(
        description="It is not for the present plan, and waits for one that it is."
    )

    @classmethod
    def of(cls, discount: DomainDiscount, *, rests: bool) -> Self:
        """Return *discount* as the API shows it."""
        return cls(
            id=strawberry.ID(discount.id),
            coupon_id=strawberry.ID(discount.coupon_id),
            code=discount.code,
            kind=discount.offer.kind,
            percent=percent_of(discount.offer),
            amount=amount_of(discount.offer),
            duration=discount.offer.duration,
            left=discount.left,
            rests=rests,
        )


@strawberry.type
class SubscriptionDiscounts:
    """The part of a subscription's type that is about what is sold beside its plan's price."""

    source: strawberry.Private[Subscription]

    @strawberry.field(description="What the next invoice of a period bills besides the plan.")
    def invoice_items(self) -> list[InvoiceItem]:
        """List the items that wait."""
        return [InvoiceItem.of(item, self.source.terms.currency) for item in self.source.items]

    @strawberry.field(description="What is billed for its end, once that has come.")
    def cancellation_penalty(self) -> InvoiceItem | None:
        """Return the fee of a scheduled cancellation."""
        fee = self.source.cancel_penalty
        return InvoiceItem.of(fee, self.source.terms.currency) if fee else None

    @strawberry.field(description="Its discounts, three at most; those that are over are not among them.")
    def discounts(self) -> list[Discount]:
        """List the discounts."""
        terms = self.source.terms
        return [Discount.of(one, rests=not one.offer.fits(terms)) for one in self.source.discounts]


def percent_of(offer: DiscountOffer) -> Decimal | None:
    """Return the share that an offer takes off, in percent; None if it takes an amount off."""
    return Decimal(offer.basis_points) / 100 if offer.kind is DomainKind.PERCENT else None


def amount_of(offer: DiscountOffer) -> Money | None:
    """Return the amount that an offer takes off a full period; None if it takes a share off."""
    return to_money(offer.amount, offer.currency) if offer.currency else None
