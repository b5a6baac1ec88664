"""Periods and what their days cost, the first one too, where it is a stub: less than a full period.

Source: billing rules 3, 7, 11, 12, 33.
"""

from datetime import date
from typing import Final

from ciclo.copies import replace
from ciclo.domain.coupons.discount import move_period
from ciclo.domain.errors.general import DateInPast, InvalidValue
from ciclo.domain.invoice import Line
from ciclo.domain.period import (
    BILLING_DAY_MAX,
    BillingCycle,
    ChosenAnchor,
    FirstPeriod,
    Period,
    anchor_of_day,
    boundary,
    first_anchor,
    period_containing,
)
from ciclo.domain.plan import Terms
from ciclo.domain.policy import Policy
from ciclo.domain.proration import service_line
from ciclo.domain.subscription import Subscription

DAYS_OF_MONTH: Final = f"a billing day is a day of the month, 1 to {BILLING_DAY_MAX}"


def require_billing_day(day: int) -> None:
    """Check a day of the month.

    Raises:
        InvalidValue: no month has it.
    """
    if not 1 <= day <= BILLING_DAY_MAX:
        raise InvalidValue(DAYS_OF_MONTH, field=("billing_day",))


def require_chosen_anchor(chosen: ChosenAnchor, *, start: date, cycle: BillingCycle) -> None:
    """Check what was chosen for service that begins on *start*.

    Raises:
        InvalidValue: the day is none, the date is after the first cycle, both are given, or neither is.
        DateInPast: the date is before service begins.
    """
    if chosen.day is not None:
        require_billing_day(chosen.day)
    if chosen.on is None:
        if chosen.day is None:
            message = "a first period is another than full only with a billing day or anchor"
            raise InvalidValue(message, field=("first_period",))
        return
    if chosen.day is not None:
        raise InvalidValue("choose a billing day or a billing anchor", field=("billing_anchor",))
    last = boundary(start, cycle, 1)
    if chosen.on < start:
        raise DateInPast(f"service begins on {start}", field=("billing_anchor",))
    if chosen.on > last:
        raise InvalidValue(f"the first boundary is on {last} at the latest", field=("billing_anchor",))


def with_anchor(sub: Subscription, *, start: date) -> Subscription:
    """Return *sub* with the anchor and the stub of service that begins on *start*."""
    cycle = sub.terms.billing_cycle
    anchor = first_anchor(sub.chosen_anchor, start=start, cycle=cycle)
    full = period_containing(anchor, cycle, start)
    stub = None if full.start == start else Period(start, full.end)
    return replace(sub, anchor=anchor, stub=stub)


def begin_period(sub: Subscription, *, on: date) -> Subscription:
    """Return the subscription in the period that begins *on*, with what was scheduled for its boundary.

    Another interval moves the anchor to the boundary, unless that is where service begins and an anchor was
    chosen; another billing day makes the days to the first of it a period of their own.
    """
    if on >= sub.period.end:
        sub = _with_scheduled_terms(sub, on=on)
        if sub.pending_billing_day is not None:
            anchor = anchor_of_day(sub.pending_billing_day, start=on, cycle=sub.terms.billing_cycle)
            sub = replace(sub, anchor=anchor, pending_billing_day=None)
    full = period_containing(sub.anchor, sub.terms.billing_cycle, on)
    return replace(sub, period=Period(on, full.end))


def begin_full_period(sub: Subscription, terms: Terms, *, on: date, is_credited: bool) -> Subscription:
    """Return *sub* with a full period of other *terms* from *on*, which is the anchor then.

    Where the days of the present period that are left are credited, what is counted of discounts for it is
    counted for the new one instead.
    """
    period = period_containing(on, terms.billing_cycle, on)
    discounts = sub.discounts
    if is_credited:
        months = terms.billing_cycle.months
        discounts = move_period(discounts, was=sub.period.end, until=period.end, months=months)
    return replace(sub, terms=terms, anchor=on, period=period, discounts=discounts)


def _with_scheduled_terms(sub: Subscription, *, on: date) -> Subscription:
    pending = sub.pending_change
    if pending is None:
        return sub
    changed = replace(sub, terms=pending, pending_change=None)
    if pending.billing_cycle is sub.terms.billing_cycle:
        return changed
    if sub.trial is not None and sub.trial.end == on:
        return with_anchor(changed, start=on)
    return replace(changed, anchor=on, stub=None)


def charge_from(sub: Subscription, *, on: date, terms: Terms, policy: Policy) -> Line:
    """Return the charge of *terms* from *on* to the next boundary, on the anchor that *sub* has.

    In a stub that is free its days cost nothing, whatever the plan; where it counts as a full period its
    days divide the price.
    """
    full = period_containing(sub.anchor, terms.billing_cycle, on)
    service = Period(on, full.end)
    chosen, stub = sub.chosen_anchor, sub.stub
    if chosen is not None and stub is not None and stub.start <= on < stub.end:
        if chosen.first_period is FirstPeriod.FREE:
            terms = replace(terms, unit_price=0)
        if chosen.first_period is FirstPeriod.FULL:
            full = stub
    return service_line(terms, service=service, full=full, policy=policy, profile=sub.tax_profile)
