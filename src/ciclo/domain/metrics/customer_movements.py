"""Moves: what each day did to one customer's MRR, all their subscriptions together.

Source: billing rule 25. Where it is silent, this is what a reader of Stripe's or Baremetrics'
reports expects:

- A day counts by its two ends. What began and ended on one day never was revenue; a change that was
  taken back on the same day is none.
- NEW is a customer's first MRR that outlasts a day. One who comes back is a REACTIVATION, or a RESUME
  if a subscription of theirs ends its pause that day.
- CHURN is the fall of all of a customer's MRR to nothing, however it came: the last paying
  subscription was cancelled, suspended for not paying, or changed to a free plan. If a pause took it,
  it is a PAUSE: the customer is expected back. A recovery from suspension is a REACTIVATION.
- Everything between is EXPANSION or CONTRACTION: a second subscription, a plan change, and also the
  pause or the end of one subscription while another goes on.
- Each currency is a book of its own.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from operator import attrgetter

from ciclo.domain.ids import PlanId, SubscriptionId
from ciclo.domain.metrics.movement import Movement, MovementCause
from ciclo.domain.money import split


class MovementKind(StrEnum):
    """What a customer's day is called in reports (rule 25)."""

    NEW = "NEW"
    EXPANSION = "EXPANSION"
    CONTRACTION = "CONTRACTION"
    CHURN = "CHURN"
    REACTIVATION = "REACTIVATION"
    PAUSE = "PAUSE"
    RESUME = "RESUME"


ARRIVALS = frozenset({MovementKind.NEW, MovementKind.REACTIVATION, MovementKind.RESUME})
"""After these a customer pays who did not."""

DEPARTURES = frozenset({MovementKind.CHURN, MovementKind.PAUSE})
"""After these a customer does not pay who did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerMovement:
    """One customer's MRR went from `before` to `after` on a day; minor units of one currency.

    `kind` is None where it stayed and only plans were exchanged. `shares` part `after - before` among
    the plans that it is about; `transfers` is what one plan lost to another within the same customer,
    and sums up to nothing. So each plan's own changes are the sum of both. `subscriptions` is the
    change in the number of subscriptions that pay.
    """

    on: date
    kind: MovementKind | None
    before: int
    after: int
    shares: Mapping[PlanId, int]
    transfers: Mapping[PlanId, int]
    subscriptions: Mapping[PlanId, int]


def customer_movements_of(movements: Iterable[Movement]) -> list[CustomerMovement]:
    """Return what each day did, in order, from all *movements* of one customer in one currency.

    The movements may come in any order. Days on which nothing changed in sum are left out.
    """
    days = _by_day(movements)
    moves: list[CustomerMovement] = []
    mrr, known = 0, False
    for on in sorted(days):
        move = _movement_of_day(days[on], on=on, before=mrr, known=known)
        mrr, known = move.after, known or move.after > 0
        if move.kind is not None or move.transfers or move.subscriptions:
            moves.append(move)
    return moves


def _by_day(movements: Iterable[Movement]) -> dict[date, list[Movement]]:
    """Return the movements of each day, those of a subscription in their order.

    News can be late: a recovery may be dated before the suspension that it ends. No movement takes
    effect before the one that it follows, or MRR would count twice in between.
    """
    days: dict[date, list[Movement]] = {}
    reached: dict[SubscriptionId, date] = {}
    for movement in sorted(movements, key=_SEQ):
        on = max(movement.on, reached.get(movement.subscription_id, movement.on))
        reached[movement.subscription_id] = on
        days.setdefault(on, []).append(movement)
    return days


_SEQ = attrgetter("seq")


def _movement_of_day(day: list[Movement], *, on: date, before: int, known: bool) -> CustomerMovement:
    """Return what a day's movements come to for a customer who had *before*, and MRR ever if *known*."""
    plans: dict[PlanId, int] = {}
    subscriptions: dict[PlanId, int] = {}
    for movement in day:
        _add(plans, movement.previous_plan_id, -movement.before)
        _add(plans, movement.plan_id, movement.after)
        _add(subscriptions, movement.previous_plan_id, -(movement.before > 0))
        _add(subscriptions, movement.plan_id, movement.after > 0)
    after = before + sum(plans.values())
    shares = _shares(plans, after - before)
    return CustomerMovement(
        on=on,
        kind=_kind(day, before=before, after=after, known=known),
        before=before,
        after=after,
        shares=shares,
        transfers=_difference(plans, shares),
        subscriptions=subscriptions,
    )


def _kind(day: list[Movement], *, before: int, after: int, known: bool) -> MovementKind | None:
    if before == after:
        return None
    if before == 0:
        if not known:
            return MovementKind.NEW
        came_back = any(movement.cause is MovementCause.RESUMED for movement in day)
        return MovementKind.RESUME if came_back else MovementKind.REACTIVATION
    if after == 0:
        last = {movement.subscription_id: movement.cause for movement in day}
        return MovementKind.PAUSE if MovementCause.PAUSED in last.values() else MovementKind.CHURN
    return MovementKind.EXPANSION if after > before else MovementKind.CONTRACTION


def _shares(plans: Mapping[PlanId, int], net: int) -> dict[PlanId, int]:
    """Part the *net* change among the plans that changed in its direction, in proportion."""
    moved = [plan for plan, change in plans.items() if change * net > 0]
    if len(moved) <= 1:
        return dict.fromkeys(moved, net)
    moved.sort()
    return dict(zip(moved, split(net, [abs(plans[plan]) for plan in moved]), strict=True))


def _difference(plans: Mapping[PlanId, int], shares: Mapping[PlanId, int]) -> dict[PlanId, int]:
    if plans == shares:
        return {}
    changes = {plan: change - shares.get(plan, 0) for plan, change in plans.items()}
    return {plan: change for plan, change in changes.items() if change}


def _add(changes: dict[PlanId, int], plan_id: PlanId, change: int) -> None:
    """Add to a plan's change; what comes to nothing is left out."""
    total = changes.get(plan_id, 0) + change
    if total:
        changes[plan_id] = total
    else:
        changes.pop(plan_id, None)
