"""Entitlements: their types, and how callers name a customer."""

from datetime import date, datetime
from typing import Self

import strawberry
from strawberry.scalars import JSON

from ciclo.actions.entitlements.reading import Checked
from ciclo.domain.entitlements.allowance import EntitlementSet as DomainSet
from ciclo.domain.entitlements.allowance import Override
from ciclo.domain.entitlements.config import read_config
from ciclo.domain.entitlements.provision import AllowanceShare
from ciclo.domain.entitlements.usage import Entitlement as DomainEntitlement
from graphql_schema.context import Info
from graphql_schema.types.enums import EntitlementReason, FeatureKind
from graphql_schema.types.plan import Plan


@strawberry.input(one_of=True, description="A customer: exactly one of these.")
class CustomerRef:
    """Who is meant."""

    id: strawberry.ID | None = strawberry.UNSET
    email: str | None = strawberry.UNSET
    external_id: str | None = strawberry.field(
        default=strawberry.UNSET, description="The id of the seller's own system."
    )


@strawberry.type(description="What one subscription gives of a feature.")
class EntitlementSource:
    """One source."""

    subscription_id: strawberry.ID
    plan_id: strawberry.ID
    limit: int | None = strawberry.field(description="Null: as much as anybody likes.")
    config: JSON | None = strawberry.field(description="Of a CONFIG: its value.")

    @classmethod
    def of(cls, share: AllowanceShare) -> Self:
        """Return *share* as the API shows it."""
        return cls(
            subscription_id=strawberry.ID(share.subscription_id),
            plan_id=strawberry.ID(share.plan_id),
            limit=share.limit,
            config=_config(share.config),
        )


@strawberry.type(description="What an operator gave, whatever the plans say.")
class EntitlementOverride:
    """One override."""

    limit: int | None = strawberry.field(description="Null: as much as they like.")
    config: JSON | None = strawberry.field(description="Of a CONFIG: its value, instead of any plan's.")
    until: date | None = strawberry.field(description="The last day; null: for good.")
    reason: str
    created_at: datetime

    @classmethod
    def of(cls, override: Override) -> Self:
        """Return *override* as the API shows it."""
        return cls(
            limit=override.limit,
            config=_config(override.config),
            until=override.until,
            reason=override.reason,
            created_at=override.created_at,
        )


@strawberry.type(description="What a customer may use of a feature.")
class Entitlement:
    """One feature's answer."""

    feature: str
    kind: FeatureKind
    allowed: bool = strawberry.field(description="Whether so much more may be used, by default one.")
    reason: EntitlementReason
    limit: int | None = strawberry.field(description="Null: there is none.")
    unlimited: bool
    used: int
    reserved: int
    remaining: int | None = strawberry.field(description="Null: there is no limit.")
    over_limit: int = strawberry.field(
        description="By how much the limit is passed: a smaller plan takes nothing away."
    )
    resets_on: date | None = strawberry.field(description="The day on which counting begins anew.")
    config: JSON | None = strawberry.field(
        description="Of a CONFIG: an override's value, else that of the plan which costs most a month."
    )
    sources: list[EntitlementSource]
    override: EntitlementOverride | None
    checked: strawberry.Private[Checked]
    quantity: strawberry.Private[int]

    @strawberry.field(description="The cheapest plans that would allow it, while this one does not.")
    async def upgrades(self, info: Info) -> list[Plan]:
        """Find them."""
        found = await info.context.meter.reader.upgrades(
            self.checked.entitlements, self.checked.entitlement, self.quantity
        )
        return [Plan.of(plan) for plan in found]

    @classmethod
    def of(cls, checked: Checked, *, quantity: int = 1) -> Self:
        """Return the answer to a check as the API shows it."""
        found, provision = checked.entitlement, checked.entitlement.provision
        return cls(
            feature=provision.feature.key,
            kind=provision.feature.kind,
            allowed=found.allowed,
            reason=found.reason,
            limit=provision.limit,
            unlimited=provision.limit is None,
            used=found.used,
            reserved=found.reserved,
            remaining=found.remaining,
            over_limit=found.over_limit,
            resets_on=provision.resets_on,
            config=_config(provision.config),
            sources=[EntitlementSource.of(share) for share in provision.shares],
            override=EntitlementOverride.of(provision.override) if provision.override else None,
            checked=checked,
            quantity=quantity,
        )


@strawberry.type(description="All that a customer's plans, and what operators gave them, let them use.")
class EntitlementSet:
    """One customer's set."""

    customer_id: strawberry.ID
    version: int = strawberry.field(description="Raised by every change but that of what is used.")
    as_of: datetime
    items: list[Entitlement]

    @classmethod
    def of(cls, entitlements: DomainSet, items: list[DomainEntitlement], *, as_of: datetime) -> Self:
        """Return a set as the API shows it."""
        return cls(
            customer_id=strawberry.ID(entitlements.customer_id),
            version=entitlements.version,
            as_of=as_of,
            items=[Entitlement.of(Checked(entitlements=entitlements, entitlement=item)) for item in items],
        )


def _config(text: str | None) -> JSON | None:
    return None if text is None else JSON(read_config(text))
