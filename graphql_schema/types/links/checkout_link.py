"""Checkout links: their types, and what those who have one are shown."""

from datetime import datetime
from typing import Self

import strawberry

from ciclo.actions.links.addresses import checkout_url
from ciclo.actions.links.offers import Offer
from ciclo.actions.links.sign_ups import SignUpProgress as DomainProgress
from ciclo.documents.coupon_text import describe_prices
from ciclo.domain.links.checkout_link import CheckoutLink as DomainLink
from ciclo.settings.settings import Settings
from graphql_schema.types.customers.customer import MetadataEntry
from graphql_schema.types.enums import Language, PaymentMethodKind, SubscriptionStatus, UserErrorCode
from graphql_schema.types.forecast import CreationPreview
from graphql_schema.types.plan import Plan


@strawberry.type(description="From how many to how many of a plan.")
class QuantityBounds:
    """Bounds of a quantity."""

    min: int
    max: int


@strawberry.type(description="A link by which whoever has it takes a plan, without signing in.")
class CheckoutLink:
    """One link."""

    id: strawberry.ID
    url: str | None = strawberry.field(description="Null without CICLO_ENCRYPTION_KEYS, which sign it.")
    plan_id: strawberry.ID
    coupon_code: str | None
    quantity: QuantityBounds
    trial_days: int | None = strawberry.field(description="Null: the plan's own.")
    methods: list[PaymentMethodKind] = strawberry.field(description="Empty: all that there are.")
    customer_id: strawberry.ID | None = strawberry.field(
        description="Who takes the plan by it; null: whoever has it."
    )
    success_url: str | None
    cancel_url: str | None
    metadata: list[MetadataEntry] = strawberry.field(description="Written of each customer that it makes.")
    max_uses: int | None
    uses: int = strawberry.field(description="How many have signed up by it.")
    expires_at: datetime | None = strawberry.field(description="By the wall clock.")
    revoked_at: datetime | None
    revoke_reason: str | None
    created_at: datetime

    @classmethod
    def of(cls, link: DomainLink, *, settings: Settings) -> Self:
        """Return *link* as the API shows it."""
        return cls(
            id=strawberry.ID(link.id),
            url=checkout_url(settings, link) if settings.encryption_keys else None,
            plan_id=strawberry.ID(link.plan_id),
            coupon_code=link.coupon_code,
            quantity=QuantityBounds(min=link.quantity_min, max=link.quantity_max),
            trial_days=link.trial_days,
            methods=list(link.methods),
            customer_id=strawberry.ID(link.customer_id) if link.customer_id else None,
            success_url=link.success_url,
            cancel_url=link.cancel_url,
            metadata=[MetadataEntry(key=key, value=value) for key, value in link.metadata.items()],
            max_uses=link.uses_max,
            uses=link.uses,
            expires_at=link.expires_at,
            revoked_at=link.revoked_at,
            revoke_reason=link.revoke_reason,
            created_at=link.created_at,
        )


@strawberry.type(description="What a checkout link offers to who has it, to the cent.")
class CheckoutOffer:
    """An offer."""

    plan: Plan
    quantity: QuantityBounds
    trial_days: int
    methods: list[PaymentMethodKind] = strawberry.field(description="Empty: all that there are.")
    asks_who: bool = strawberry.field(description="Whether the seller has not named who takes it.")
    cancel_url: str | None
    preview: CreationPreview
    reason: UserErrorCode | None = strawberry.field(description="Why its coupon gives nothing now.")
    source: strawberry.Private[Offer]

    @strawberry.field(description='What periods cost: "R$ 63.92 for 3 months, then R$ 79.90 per month".')
    def text(self, language: Language = Language.ENGLISH) -> str:
        """Describe the prices."""
        terms = self.source.terms
        return describe_prices(
            self.source.stretches,
            currency=terms.currency,
            cycle=terms.billing_cycle,
            language=language,
        )

    @classmethod
    def of(cls, offer: Offer, *, timezone: str, cancel_url: str | None) -> Self:
        """Return *offer* as the API shows it."""
        link = offer.link
        return cls(
            plan=Plan.of(offer.plan),
            quantity=QuantityBounds(min=link.quantity_min, max=link.quantity_max),
            trial_days=offer.plan.trial_days,
            methods=list(link.methods),
            asks_who=link.customer_id is None,
            cancel_url=cancel_url,
            preview=CreationPreview.of(offer.preview, timezone=timezone),
            reason=offer.refusal.code if offer.refusal else None,
            source=offer,
        )


@strawberry.type(description="What became of a sign-up by a checkout link.")
class SignUpProgress:
    """How far a sign-up is."""

    status: SubscriptionStatus
    invoice_url: str | None = strawberry.field(
        description="Where its first invoice is seen and paid; null: there is none yet, or none is due."
    )
    return_url: str | None = strawberry.field(
        description="Where the seller wants people to be led then, with the subscription's id."
    )

    @classmethod
    def of(cls, progress: DomainProgress) -> Self:
        """Return *progress* as the API shows it."""
        return cls(
            status=progress.subscription.status,
            invoice_url=progress.invoice_url,
            return_url=progress.return_url,
        )
