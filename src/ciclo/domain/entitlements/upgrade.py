"""Upgrades: the plans that would allow what a customer may not use by those that they have."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Final

from ciclo.copies import replace
from ciclo.domain.entitlements.allowance import Allowance, EntitlementSet
from ciclo.domain.entitlements.provision import EntitlementReason, in_turn, provision_of
from ciclo.domain.entitlements.usage import Entitlement, Usage, entitlement_of
from ciclo.domain.ids import SubscriptionId
from ciclo.domain.money import half_up
from ciclo.domain.plan import Plan

UPGRADES_MAX: Final = 3
"""Plans that an answer names."""

_NEW: Final = SubscriptionId("")
_ANY_TIME: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""What was reserved when it was refused is counted as used: nothing of it runs out meanwhile."""


def find_upgrades(
    entitlements: EntitlementSet,
    refused: Entitlement,
    plans: Iterable[Plan],
    *,
    quantity: int,
    on: date,
) -> list[Plan]:
    """Return the cheapest of *plans*, by the month, with which *quantity* more would be allowed.

    A plan is tried in the place of the subscription that gives the feature, or the oldest there is; without
    any, as a new subscription. What is withheld comes back by a payment or by resuming, not by another plan.

    Args:
        entitlements: What the customer has.
        refused: The answer that did not allow it.
        plans: Those on offer.
        quantity: How much more is wanted.
        on: The seller's date.
    """
    if refused.allowed or refused.reason in {EntitlementReason.SUSPENDED, EntitlementReason.PAUSED}:
        return []
    key = refused.provision.feature.key
    present = [one for one in in_turn(entitlements.allowances.values()) if one.withheld is None]
    replaced = next((one for one in present if one.names(key)), present[0] if present else None)
    usage = Usage(used=refused.used + refused.reserved)
    allowing = []
    for plan in plans:
        if replaced is not None and not _is_beside(plan, replaced):
            continue
        offered = _as_allowance(plan, replaced, on=on)
        others = {id_: one for id_, one in entitlements.allowances.items() if one is not replaced}
        then = replace(entitlements, allowances={**others, offered.subscription_id: offered})
        provision = provision_of(then, refused.provision.feature, on=on)
        if entitlement_of(provision, usage, quantity=quantity, now=_ANY_TIME).allowed:
            allowing.append(plan)
    return sorted(allowing, key=_monthly_price)[:UPGRADES_MAX]


def _is_beside(plan: Plan, present: Allowance) -> bool:
    """Return whether a subscriber may change to *plan*: another one, for the same people and money."""
    return (
        plan.id != present.plan_id
        and plan.price.currency == present.currency
        and (present.user_type is None or plan.user_type in {None, present.user_type})
    )


def _as_allowance(plan: Plan, replaced: Allowance | None, *, on: date) -> Allowance:
    return Allowance(
        subscription_id=replaced.subscription_id if replaced else _NEW,
        plan_id=plan.id,
        plan_version=plan.version,
        quantity=replaced.quantity if replaced else 1,
        currency=plan.price.currency,
        anchor=replaced.anchor if replaced else on,
        billing_cycle=plan.billing_cycle,
        user_type=plan.user_type,
        limits=plan.limits,
        features=plan.features,
        configs=plan.configs,
    )


def _monthly_price(plan: Plan) -> tuple[int, int, str]:
    """Return what plans are compared by; of two that cost the same a month, the shorter commitment first."""
    months = plan.billing_cycle.months
    return half_up(plan.price.amount, months), months, plan.id
