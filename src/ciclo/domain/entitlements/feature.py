"""Features: what a plan's limits and features are about, and how each of them is counted."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from ciclo.domain.free_text import validate_text

FEATURE_CHARS_MAX: Final = 120
"""As long as a plan's feature may be: the longest name that anybody can have given."""

FEATURES_MAX: Final = 500
"""Features of one seller that say how they are counted."""


class FeatureKind(StrEnum):
    """What there is to know of a feature: whether, how many at a time or in a while, or which value."""

    BOOLEAN = "BOOLEAN"
    LIMIT = "LIMIT"
    METERED = "METERED"
    CONFIG = "CONFIG"


class Combination(StrEnum):
    """What several subscriptions give together."""

    SUM = "SUM"
    MAX = "MAX"


class Reset(StrEnum):
    """When counting begins anew."""

    NEVER = "NEVER"
    PERIOD = "PERIOD"
    MONTH = "MONTH"
    DAY = "DAY"


class Overage(StrEnum):
    """Whether more than the limit may be used."""

    BLOCK = "BLOCK"
    ALLOW = "ALLOW"


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """How one feature is counted; `key` is the name by which plans know it.

    With `per_unit` a plan's limit is that of one, and a subscription to three of it has three times as much.
    """

    key: str
    name: str = ""
    kind: FeatureKind = FeatureKind.LIMIT
    combination: Combination = Combination.SUM
    per_unit: bool = False
    reset: Reset = Reset.NEVER
    overage: Overage = Overage.BLOCK
    updated_at: datetime | None = None
    archived: bool = False
    """Who has it keeps it, but nobody is given it any more."""


def validate_feature(feature: Feature) -> Feature:
    """Return *feature* if its key and name are within bounds.

    Raises:
        InvalidValue: one is not; the error names the field.
    """
    validate_text(feature.key, field="key", chars_min=1, chars_max=FEATURE_CHARS_MAX)
    validate_text(feature.name, field="name", chars_max=FEATURE_CHARS_MAX)
    return feature
