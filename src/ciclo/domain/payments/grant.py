"""Grants: credit that an operator gives a customer, used soonest expiry first.

Source: billing rule 23.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from ciclo.copies import replace
from ciclo.domain.ids import GrantId


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """`left` of `amount`, minor units, is on the balance; the last day to use it is `expires_on`, if any."""

    id: GrantId
    amount: int
    left: int
    reason: str
    granted_at: datetime
    expires_on: date | None = None

    def is_usable(self, *, on: date) -> bool:
        """Return whether it has not expired on a day."""
        return self.expires_on is None or on <= self.expires_on


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantUse:
    """What an invoice took of a grant: `amount` of `grant`, which is as it was granted, with nothing left."""

    grant: Grant
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What a customer has in one currency, minor units: the grants are a part of `amount`."""

    amount: int = 0
    grants: tuple[Grant, ...] = ()


def sum_of(grants: Iterable[Grant]) -> int:
    """Return what is left of *grants*."""
    return sum(grant.left for grant in grants)


def plan_use(grants: Iterable[Grant], amount: int, *, on: date) -> tuple[GrantUse, ...]:
    """Return how much of *amount* each of *grants* pays: the soonest expiry first, then the oldest."""
    uses = []
    for grant in sorted(grants, key=lambda one: (one.expires_on or date.max, one.granted_at, one.id)):
        share = min(amount, grant.left) if grant.is_usable(on=on) else 0
        if share > 0:
            uses.append(GrantUse(grant=replace(grant, left=0), amount=share))
            amount -= share
    return tuple(uses)


def take(grants: Iterable[Grant], uses: Iterable[GrantUse]) -> tuple[Grant, ...]:
    """Return *grants* after *uses*; one of which nothing is left is not kept."""
    taken = {use.grant.id: use.amount for use in uses}
    left = (replace(grant, left=grant.left - taken.get(grant.id, 0)) for grant in grants)
    return tuple(grant for grant in left if grant.left)


def put_back(grants: Iterable[Grant], uses: Iterable[GrantUse]) -> tuple[Grant, ...]:
    """Return *grants* with what an invoice took of them given back."""
    known = {grant.id: grant for grant in grants}
    for use in uses:
        grant = known.get(use.grant.id, use.grant)
        known[grant.id] = replace(grant, left=grant.left + use.amount)
    return tuple(sorted(known.values(), key=lambda one: (one.granted_at, one.id)))
