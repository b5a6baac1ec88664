"""Movements: what a subscription is worth a month, and each change of that as a fact.

Source: billing rules 24 and 25.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from ciclo.domain.coupons.discount import lasting_monthly_price
from ciclo.domain.ids import CustomerId, EventId, PlanId, SubscriptionId
from ciclo.domain.subscription import IN_SERVICE, Status, Subscription


class MovementCause(StrEnum):
    """What made one subscription's MRR move. Reports name it per customer and day."""

    STARTED = "STARTED"
    CHANGED = "CHANGED"
    PAUSED = "PAUSED"
    RESUMED = "RESUMED"
    ENDED = "ENDED"
    RECOVERED = "RECOVERED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """One subscription's MRR went from `before` to `after` on a local date; minor units.

    `plan_id` earns it after, `previous_plan_id` did before. `seq` is the place of its event in the
    subscription's history: the movements of one subscription follow each other in that order.
    """

    event_id: EventId
    subscription_id: SubscriptionId
    seq: int
    customer_id: CustomerId
    plan_id: PlanId
    previous_plan_id: PlanId
    currency: str
    on: date
    before: int
    after: int
    cause: MovementCause


def mrr_of(subscription: Subscription) -> int:
    """Return the monthly recurring revenue of one subscription, in minor units (rule 24)."""
    if subscription.status not in IN_SERVICE:
        return 0
    return lasting_monthly_price(subscription.terms, subscription.discounts)


def commitment_of(subscription: Subscription) -> int:
    """Return what of its MRR stays: less what is set to end, to be paused or to shrink (rule 24).

    What is set to grow counts once it does.
    """
    now, planned = mrr_of(subscription), subscription.pending_change
    if subscription.is_to_stop:
        return 0
    return now if planned is None else min(now, lasting_monthly_price(planned, subscription.discounts))


def movement_between(
    before: Subscription, after: Subscription, *, event_id: EventId, on: date
) -> Movement | None:
    """Return how MRR moved between two states of a subscription, None if it stayed.

    A notice may bear any date, but nothing counts before the subscription was created.
    """
    was, now = mrr_of(before), mrr_of(after)
    same_plan = before.terms.plan_id == after.terms.plan_id
    if was == now and (same_plan or not now):
        return None
    cause = _cause(before, after)
    return Movement(
        event_id=event_id,
        subscription_id=after.id,
        seq=after.version,
        customer_id=after.customer_id,
        plan_id=after.terms.plan_id,
        previous_plan_id=before.terms.plan_id,
        currency=after.terms.currency,
        on=max(on, _first_day(before, cause)),
        before=was,
        after=now,
        cause=cause,
    )


def _first_day(before: Subscription, cause: MovementCause) -> date:
    """Return the earliest local date that a movement can have.

    Service begins on the day of the creation at the earliest: until then the period, or the trial,
    still starts there. What follows later can't be earlier than that by more than a time zone.
    """
    if cause is MovementCause.STARTED:
        return before.trial.start if before.trial is not None else before.period.start
    return before.created_at.date() - timedelta(days=1)


def _cause(before: Subscription, after: Subscription) -> MovementCause:
    if before.status in IN_SERVICE and after.status in IN_SERVICE:
        return MovementCause.CHANGED
    if after.status is Status.PAUSED:
        return MovementCause.PAUSED
    if before.status is Status.PAUSED:
        return MovementCause.RESUMED
    if after.status in IN_SERVICE:
        return MovementCause.RECOVERED if before.status is Status.SUSPENDED else MovementCause.STARTED
    return MovementCause.ENDED
