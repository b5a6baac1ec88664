"""Allowances: what one subscription lets its customer use, and the set of a customer's.

A set is a function of the customer's subscriptions and the plans that they took: nothing else changes it but
an operator's override.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from ciclo.domain.ids import CustomerId, PlanId, SubscriptionId
from ciclo.domain.money import half_up
from ciclo.domain.period import BillingCycle
from ciclo.domain.plan import Plan, Terms
from ciclo.domain.subscription import IN_SERVICE, Status, Subscription


class Withheld(StrEnum):
    """Why a subscription that has not ended gives no access."""

    SUSPENDED = "SUSPENDED"
    PAUSED = "PAUSED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """A plan's limits and features as one subscription has them, with what windows of time are counted by."""

    subscription_id: SubscriptionId
    plan_id: PlanId
    plan_version: int
    quantity: int
    currency: str
    anchor: date
    billing_cycle: BillingCycle
    withheld: Withheld | None = None
    user_type: str | None = None
    limits: Mapping[str, int] = field(default_factory=dict)
    features: tuple[str, ...] = ()
    configs: Mapping[str, str] = field(default_factory=dict)
    """Values as JSON text, by feature."""
    config_rank: int = 0
    """The price of a month, by which one of several plans' values is chosen; 0 for a plan that has none."""

    def names(self, key: str) -> bool:
        """Return whether the plan says anything of a feature."""
        return key in self.limits or key in self.features or key in self.configs


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """What an operator gave a customer of a feature, whatever their plans say, to a last day or for ever."""

    limit: int | None
    """None: as much as they like."""
    until: date | None
    reason: str
    actor: str
    created_at: datetime
    config: str | None = None
    """A value as JSON text, instead of any plan's."""

    def holds_on(self, day: date) -> bool:
        """Return whether it is in force on a day of the seller's."""
        return self.until is None or day <= self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class EntitlementSet:
    """All that decides what a customer may use. `version` is raised by every change of it."""

    customer_id: CustomerId
    version: int = 0
    allowances: Mapping[SubscriptionId, Allowance] = field(default_factory=dict)
    overrides: Mapping[str, Override] = field(default_factory=dict)

    def named_features(self) -> tuple[str, ...]:
        """Return every feature that it says anything of, in the order of their names."""
        named = {
            key for one in self.allowances.values() for key in (*one.limits, *one.features, *one.configs)
        }
        return tuple(sorted(named | self.overrides.keys()))


def allowance_of(subscription: Subscription, plan: Plan | None) -> Allowance | None:
    """Return what *subscription* gives; None before it was ever paid for, and once it has ended.

    *plan* is the version that was taken. One that is missing gives nothing: it must not hold up the billing,
    and the audit tells of it.
    """
    if not _gives(subscription):
        return None
    terms = subscription.terms
    return Allowance(
        subscription_id=subscription.id,
        plan_id=terms.plan_id,
        plan_version=terms.plan_version,
        quantity=terms.quantity,
        currency=terms.currency,
        anchor=subscription.anchor,
        billing_cycle=terms.billing_cycle,
        withheld=_withheld(subscription.status),
        user_type=plan.user_type if plan else None,
        limits=plan.limits if plan else {},
        features=plan.features if plan else (),
        configs=plan.configs if plan else {},
        config_rank=config_rank(terms, plan),
    )


def config_rank(terms: Terms, plan: Plan | None) -> int:
    """Return by what one of several plans' values is chosen: the price of a month, whatever the quantity."""
    return half_up(terms.unit_price, terms.billing_cycle.months) if plan and plan.configs else 0


def gives_otherwise(before: Subscription, after: Subscription) -> bool:
    """Return whether what a subscription gives may have changed: most events change nothing of it."""
    return _facts(before) != _facts(after)


def _gives(subscription: Subscription) -> bool:
    return subscription.status not in {Status.PENDING, Status.CANCELLED}


def _withheld(status: Status) -> Withheld | None:
    return None if status in IN_SERVICE or status is Status.TRIALING else Withheld(status.value)


def _facts(subscription: Subscription) -> tuple[object, ...] | None:
    """Return what an allowance follows from, without the plan: a version of one never changes."""
    if not _gives(subscription):
        return None
    terms = subscription.terms
    return (
        subscription.customer_id,
        terms.plan_id,
        terms.plan_version,
        terms.quantity,
        subscription.anchor,
        _withheld(subscription.status),
    )
