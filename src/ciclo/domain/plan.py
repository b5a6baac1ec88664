"""Plans: what is sold, at which price and how often. A price is never edited: it gets a new version."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from ciclo.copies import replace
from ciclo.domain.entitlements.config import validate_configs
from ciclo.domain.errors.general import AmountOutOfRange, InvalidValue
from ciclo.domain.free_text import validate_text
from ciclo.domain.ids import PlanId, ProductId
from ciclo.domain.money import Money, exponent, half_up
from ciclo.domain.period import BillingCycle

NAME_CHARS_MAX: Final = 120
DESCRIPTION_CHARS_MAX: Final = 2_000
USER_TYPE_CHARS_MAX: Final = 40
FEATURES_MAX: Final = 50
LIMITS_MAX: Final = 50
LIMIT_VALUE_MAX: Final = 2**31 - 1
UNLIMITED: Final = LIMIT_VALUE_MAX
"""A limit that is none: plans name the feature, and let as much of it be used as anybody likes."""
TRIAL_DAYS_MAX: Final = 365
TRIAL_DAYS_DEFAULT: Final = 7
QUANTITY_MAX: Final = 10_000
PRICE_MAX: Final = 10**11
"""Largest price of a period, in minor units."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One version of a plan. Subscribers keep the version they took until they change."""

    id: PlanId
    version: int
    name: str
    description: str
    price: Money
    billing_cycle: BillingCycle
    user_type: str | None
    trial_days: int
    limits: Mapping[str, int]
    features: tuple[str, ...]
    active: bool
    created_at: datetime
    updated_at: datetime
    product_id: ProductId | None = None
    """What it is a price of; None: nobody has said so since products were known."""
    tax_category: str | None = None
    """Which of the seller's rates of tax are for it."""
    configs: Mapping[str, str] = field(default_factory=dict)
    """Values that an app is given, as JSON text, by feature."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a subscriber agreed to: a plan's version as it was taken, and how many of it."""

    plan_id: PlanId
    plan_version: int
    plan_name: str
    unit_price: int
    """Minor units for one, for one billing cycle."""
    currency: str
    billing_cycle: BillingCycle
    trial_days: int
    quantity: int = 1
    tax_category: str | None = None

    @property
    def price(self) -> int:
        """Return the price of a full period, in minor units."""
        return self.unit_price * self.quantity

    @property
    def monthly_price(self) -> int:
        """Return the price of a month, rounded once: what MRR counts (rule 24)."""
        return half_up(self.price, self.billing_cycle.months)


def terms_of(plan: Plan, *, quantity: int = 1) -> Terms:
    """Return the terms of taking *quantity* of *plan* today.

    Raises:
        InvalidValue: the quantity is not between 1 and QUANTITY_MAX.
        AmountOutOfRange: the price of a period would be.
    """
    if not 1 <= quantity <= QUANTITY_MAX:
        raise InvalidValue(f"quantity must be between 1 and {QUANTITY_MAX}", field=("quantity",))
    if plan.price.amount * quantity > PRICE_MAX:
        raise AmountOutOfRange
    return Terms(
        plan_id=plan.id,
        plan_version=plan.version,
        plan_name=plan.name,
        unit_price=plan.price.amount,
        currency=plan.price.currency,
        billing_cycle=plan.billing_cycle,
        trial_days=plan.trial_days,
        quantity=quantity,
        tax_category=plan.tax_category,
    )


def same_offer(one: Terms, other: Terms) -> bool:
    """Return whether two terms are of the same plan, version and quantity, whatever it is called by now."""
    return (one.plan_id, one.plan_version, one.quantity) == (
        other.plan_id,
        other.plan_version,
        other.quantity,
    )


def same_plan(one: Terms, other: Terms) -> bool:
    """Return whether two terms are of the same plan and version: between them only the quantity changes."""
    return (one.plan_id, one.plan_version) == (other.plan_id, other.plan_version)


def is_upgrade(old: Terms, new: Terms) -> bool:
    """Return whether *new* is no less than *old*: by the interval, then by the exact price (rule 11).

    Within one interval the prices of a period compare as those of a month do, and nothing is rounded.
    """
    if old.billing_cycle is not new.billing_cycle:
        return new.billing_cycle.months > old.billing_cycle.months
    return new.price >= old.price


def validate_plan(plan: Plan) -> Plan:
    """Return *plan* if every field is within its bounds.

    Raises:
        InvalidValue, AmountOutOfRange, UnknownCurrency: one is not; the error names the field.
    """
    exponent(plan.price.currency)
    if not 0 <= plan.price.amount <= PRICE_MAX:
        raise AmountOutOfRange().at("price", "amount")
    validate_contents(
        name=plan.name,
        description=plan.description,
        user_type=plan.user_type,
        limits=plan.limits,
        features=plan.features,
        configs=plan.configs,
    )
    _require(
        "trial_days", holds=0 <= plan.trial_days <= TRIAL_DAYS_MAX, allowed=f"0 to {TRIAL_DAYS_MAX} days"
    )
    if plan.tax_category is not None:
        validate_text(plan.tax_category, field="tax_category", chars_min=1, chars_max=USER_TYPE_CHARS_MAX)
    return plan


def validate_contents(
    *,
    name: str,
    description: str,
    user_type: str | None,
    limits: Mapping[str, int],
    features: Sequence[str],
    configs: Mapping[str, str],
) -> None:
    """Check what a plan, or a product, says of itself.

    Raises:
        InvalidValue: a field is outside its bounds; the error names it.
    """
    validate_text(name, field="name", chars_min=1, chars_max=NAME_CHARS_MAX)
    validate_text(description, field="description", chars_max=DESCRIPTION_CHARS_MAX)
    if user_type is not None:
        validate_text(user_type, field="user_type", chars_min=1, chars_max=USER_TYPE_CHARS_MAX)
    _require("features", holds=len(features) <= FEATURES_MAX, allowed=f"at most {FEATURES_MAX} features")
    for feature in features:
        validate_text(feature, field="features", chars_min=1, chars_max=NAME_CHARS_MAX)
    _require("limits", holds=len(limits) <= LIMITS_MAX, allowed=f"at most {LIMITS_MAX} limits")
    for limit, value in limits.items():
        validate_text(limit, field="limits", chars_min=1, chars_max=USER_TYPE_CHARS_MAX)
        _require("limits", holds=0 <= value <= LIMIT_VALUE_MAX, allowed=f"limits from 0 to {LIMIT_VALUE_MAX}")
    validate_configs(configs)


def archive_version(plan: Plan, *, at: datetime) -> Plan:
    """Return *plan* closed to new subscribers; those it has stay."""
    return replace(plan, active=False, updated_at=at)


def revise_version(plan: Plan, edited: Plan, *, at: datetime) -> Plan:
    """Return *edited* as the successor of *plan*; what is paid or got makes a new version, words do not.

    Raises:
        InvalidValue, AmountOutOfRange, UnknownCurrency: a field is outside its bounds.
    """
    terms_differ = any(getattr(plan, name) != getattr(edited, name) for name in _TERMS)
    return validate_plan(replace(edited, version=plan.version + terms_differ, updated_at=at))


_TERMS: Final = ("price", "billing_cycle", "trial_days", "limits", "features", "tax_category", "configs")


def _require(field: str, *, holds: bool, allowed: str) -> None:
    if not holds:
        raise InvalidValue(f"{field} allows {allowed}", field=(field,))
