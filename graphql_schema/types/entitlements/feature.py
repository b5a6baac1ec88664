"""Features: their type."""

from typing import Self

import strawberry

from ciclo.domain.entitlements.feature import Feature as DomainFeature
from graphql_schema.types.enums import Combination, FeatureKind, Overage, Reset


@strawberry.type(
    description="How a feature is counted. One that plans name and nobody registered is a LIMIT, added up, "
    "and never begun anew."
)
class Feature:
    """One registered feature."""

    key: str = strawberry.field(description="The name by which plans know it.")
    name: str
    kind: FeatureKind
    combination: Combination
    per_unit: bool = strawberry.field(description="A plan's limit is that of one; quantity multiplies it.")
    reset: Reset
    overage: Overage
    archived: bool = strawberry.field(description="Who has it keeps it, but nobody is given it any more.")

    @classmethod
    def of(cls, feature: DomainFeature) -> Self:
        """Return *feature* as the API shows it."""
        return cls(
            key=feature.key,
            name=feature.name,
            kind=feature.kind,
            combination=feature.combination,
            per_unit=feature.per_unit,
            reset=feature.reset,
            overage=feature.overage,
            archived=feature.archived,
        )
