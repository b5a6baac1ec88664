"""Provisions: what a customer's plans and overrides come to for one feature, on one day."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from ciclo.domain.entitlements.allowance import Allowance, EntitlementSet, Override, Withheld
from ciclo.domain.entitlements.feature import Combination, Feature, FeatureKind, Reset
from ciclo.domain.ids import PlanId, SubscriptionId
from ciclo.domain.period import BillingCycle, Period, period_containing
from ciclo.domain.plan import UNLIMITED


class EntitlementReason(StrEnum):
    """Why something may not be used; NONE: it may."""

    NONE = "NONE"
    LIMIT_REACHED = "LIMIT_REACHED"
    NOT_INCLUDED = "NOT_INCLUDED"
    SUSPENDED = "SUSPENDED"
    PAUSED = "PAUSED"
    NO_SUBSCRIPTION = "NO_SUBSCRIPTION"


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowanceShare:
    """What one subscription gives of a feature; no limit: as much as they like."""

    subscription_id: SubscriptionId
    plan_id: PlanId
    limit: int | None
    config: str | None = None
    """A value as JSON text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provision:
    """What may be used of a feature, before anybody asks how much is used.

    `limit` is None where there is none, and 0 where nothing is given: `reason` tells why. `window` names the
    span of time that use is counted in, "" for one without end; `resets_on` is the first day after it.
    """

    feature: Feature
    limit: int | None
    reason: EntitlementReason
    shares: tuple[AllowanceShare, ...] = ()
    override: Override | None = None
    window: str = ""
    resets_on: date | None = None
    config: str | None = None
    """The value as JSON text: an override's, else that of the plan which costs most a month."""


def provision_of(entitlements: EntitlementSet, feature: Feature, *, on: date) -> Provision:
    """Return what *entitlements* come to for *feature* on the seller's date *on*."""
    allowances = in_turn(entitlements.allowances.values())
    giving = [one for one in allowances if one.withheld is None]
    window = _window(feature, giving or allowances, on)
    shares = tuple(
        AllowanceShare(
            subscription_id=one.subscription_id,
            plan_id=one.plan_id,
            limit=_limit_of(one, feature),
            config=one.configs.get(feature.key),
        )
        for one in giving
        if one.names(feature.key)
    )
    override = entitlements.overrides.get(feature.key)
    if override is not None and not override.holds_on(on):
        override = None
    limit, reason = _amount(feature, giving, shares, override)
    return Provision(
        feature=feature,
        limit=limit,
        # What is given can be used; what is not says why. Nothing is given to who has no access (rule 17).
        reason=reason if giving else _reason(allowances),
        shares=shares,
        override=override,
        window=window.start.isoformat() if window else "",
        resets_on=window.end if window else None,
        config=_config(feature, giving, override),
    )


def _config(feature: Feature, giving: Sequence[Allowance], override: Override | None) -> str | None:
    """Return the value that counts; of plans that cost the same, that of the oldest subscription."""
    if feature.kind is not FeatureKind.CONFIG or not giving:
        return None
    if override is not None:
        return override.config
    naming = [one for one in giving if feature.key in one.configs]
    return max(naming, key=lambda one: one.config_rank).configs[feature.key] if naming else None


def _amount(
    feature: Feature,
    giving: Sequence[Allowance],
    shares: Sequence[AllowanceShare],
    override: Override | None,
) -> tuple[int | None, EntitlementReason]:
    """Return the limit, and whether the feature is included: an override wins over all plans."""
    if not giving or not (shares or override):
        return 0, EntitlementReason.NOT_INCLUDED
    limit = override.limit if override else _together(feature, [share.limit for share in shares])
    if feature.kind not in {FeatureKind.BOOLEAN, FeatureKind.CONFIG}:
        return limit, EntitlementReason.NONE
    if limit == 0:
        return 0, EntitlementReason.NOT_INCLUDED
    return None, EntitlementReason.NONE


def in_turn(allowances: Iterable[Allowance]) -> list[Allowance]:
    """Return *allowances*, that of the oldest subscription first: ids are in the order of their making."""
    return sorted(allowances, key=lambda one: one.subscription_id)


def _reason(withheld: Sequence[Allowance]) -> EntitlementReason:
    """Return why nothing is given; what can be put right by a payment is said first."""
    reasons = {one.withheld for one in withheld}
    if Withheld.SUSPENDED in reasons:
        return EntitlementReason.SUSPENDED
    return EntitlementReason.PAUSED if reasons else EntitlementReason.NO_SUBSCRIPTION


def _limit_of(allowance: Allowance, feature: Feature) -> int | None:
    """Return how much one subscription gives; None if it sets no limit, as one that only names a feature."""
    value = allowance.limits.get(feature.key, UNLIMITED)
    if value >= UNLIMITED:
        return None
    return value * allowance.quantity if feature.per_unit else value


def _together(feature: Feature, limits: Sequence[int | None]) -> int | None:
    """Return what limits come to together; what is as large as the largest number is no limit."""
    numbers = [limit for limit in limits if limit is not None]
    if len(numbers) < len(limits):
        return None
    total = sum(numbers) if feature.combination is Combination.SUM else max(numbers, default=0)
    return total if total < UNLIMITED else None


def _window(feature: Feature, allowances: Sequence[Allowance], on: date) -> Period | None:
    """Return the span of time that use is counted in on a day; None: all time.

    Of several subscriptions the oldest one's periods count. They follow from its anchor, so that a renewal
    writes nothing, and a late scheduler keeps nobody's counting from beginning anew.
    """
    match feature.reset:
        case Reset.NEVER:
            return None
        case Reset.DAY:
            return Period(on, on + timedelta(days=1))
        case Reset.MONTH:
            return period_containing(on.replace(day=1), BillingCycle.MONTHLY, on)
    naming = [one for one in allowances if one.names(feature.key)] or allowances
    return period_containing(naming[0].anchor, naming[0].billing_cycle, on) if naming else None
