"""The catalogue: what is on offer and how features are counted, to answer what a plan's names mean."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from ciclo.domain.entitlements.allowance import EntitlementSet
from ciclo.domain.entitlements.feature import Feature, FeatureKind
from ciclo.domain.entitlements.provision import Provision, provision_of
from ciclo.domain.errors.entitlements import FeatureNotFound
from ciclo.domain.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """The features that say how they are counted, and the plans that take new subscribers."""

    features: Mapping[str, Feature] = field(default_factory=dict)
    plans: Sequence[Plan] = ()

    def feature(self, key: str, entitlements: EntitlementSet) -> Feature:
        """Return how *key* is counted: as it is registered, else by how plans use the name.

        What a plan puts a number to is a limit, which several subscriptions add up; what one only names is
        there or not, and what one gives a value for is that.

        Raises:
            FeatureNotFound: it is registered nowhere, and neither a plan on offer nor the customer has it.
        """
        if key in self.features:
            return self.features[key]
        allowances = entitlements.allowances.values()
        override = entitlements.overrides.get(key)
        if (
            (override is not None and override.config is not None)
            or any(key in one.configs for one in allowances)
            or any(key in plan.configs for plan in self.plans)
        ):
            return Feature(key=key, kind=FeatureKind.CONFIG)
        if (
            override is not None
            or any(key in one.limits for one in allowances)
            or any(key in plan.limits for plan in self.plans)
        ):
            return Feature(key=key)
        if any(key in one.features for one in allowances) or any(key in plan.features for plan in self.plans):
            return Feature(key=key, kind=FeatureKind.BOOLEAN)
        raise FeatureNotFound


def provisions_of(entitlements: EntitlementSet, catalogue: Catalogue, *, on: date) -> list[Provision]:
    """Return what a set comes to on a day for every feature that it says anything of."""
    return [
        provision_of(entitlements, catalogue.feature(key, entitlements), on=on)
        for key in entitlements.named_features()
    ]
