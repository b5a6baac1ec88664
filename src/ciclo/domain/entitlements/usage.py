"""Usage: how much a customer uses of a feature in one window of time, and the rules of changing that.

Each rule takes the usage as it is and returns it as it then is; the store writes it if nobody was faster.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, NewType

from ciclo.copies import replace
from ciclo.domain.entitlements.feature import Overage
from ciclo.domain.entitlements.provision import EntitlementReason, Provision
from ciclo.domain.errors.entitlements import ReleaseExceedsUsage, ReservationNotFound
from ciclo.domain.errors.general import InvalidValue, LimitExceeded
from ciclo.domain.errors.subscriptions import SubscriptionNotActive
from ciclo.domain.subscription import Status

ReservationId = NewType("ReservationId", str)

QUANTITY_USED_MAX: Final = 2**31 - 1
"""What can be used, or asked for at a time: GraphQL's integers end there."""

RESERVATIONS_MAX: Final = 200
"""Reservations of one feature of one customer that may be open at a time."""

RESERVED_S_MAX: Final = 3_600
"""How long something may be reserved: what takes longer than an hour is used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """Something that is held for work under way; it comes free by itself at `expires_at`, wall time."""

    id: ReservationId
    quantity: int
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What is used and reserved. `version` counts the changes: 0 is what nobody has used yet."""

    used: int = 0
    reservations: tuple[Reservation, ...] = ()
    version: int = 0

    def reserved(self, now: datetime) -> int:
        """Return how much is reserved at an instant of wall time."""
        return sum(one.quantity for one in self.reservations if one.expires_at > now)


def add_usage(usage: Usage, other: Usage) -> Usage:
    """Return *usage* with what *other* is, of a customer who is this one now: within their bounds."""
    return Usage(
        used=min(usage.used + other.used, QUANTITY_USED_MAX),
        reservations=(*usage.reservations, *other.reservations)[:RESERVATIONS_MAX],
        version=usage.version + 1,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Entitlement:
    """What a customer may use of a feature now, and whether that allows what was asked for."""

    provision: Provision
    used: int
    reserved: int
    allowed: bool
    reason: EntitlementReason

    @property
    def remaining(self) -> int | None:
        """Return how much is left; None: there is no limit."""
        limit = self.provision.limit
        return None if limit is None else max(0, limit - self.used - self.reserved)

    @property
    def over_limit(self) -> int:
        """Return by how much the limit is passed: a smaller plan takes nothing away."""
        limit = self.provision.limit
        return 0 if limit is None else max(0, self.used - limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Consume:
    """Use more, if there is as much left."""

    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Use less."""

    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUsage:
    """Say how much is used: a fact, whatever the limit is."""

    used: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserve:
    """Hold something for work that is under way, if there is as much left."""

    reservation: Reservation


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitReservation:
    """Use what was reserved, or a part of it; the rest comes free."""

    reservation_id: ReservationId
    used: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelReservation:
    """Let what was reserved come free."""

    reservation_id: ReservationId


UsageChange = Consume | Release | SetUsage | Reserve | CommitReservation | CancelReservation


def entitlement_of(provision: Provision, usage: Usage, *, quantity: int, now: datetime) -> Entitlement:
    """Return whether *quantity* more may be used.

    Raises:
        InvalidValue: the quantity is none.
    """
    require_quantity(quantity)
    reserved = usage.reserved(now)
    reason = provision.reason
    fits = provision.limit is None or usage.used + reserved + quantity <= provision.limit
    if reason is EntitlementReason.NONE and not fits and provision.feature.overage is Overage.BLOCK:
        reason = EntitlementReason.LIMIT_REACHED
    return Entitlement(
        provision=provision,
        used=usage.used,
        reserved=reserved,
        allowed=reason is EntitlementReason.NONE,
        reason=reason,
    )


def require_quantity(quantity: int, *, least: int = 1, field: str = "quantity") -> None:
    """Check a number of what is used.

    Raises:
        InvalidValue: it is out of range.
    """
    if not least <= quantity <= QUANTITY_USED_MAX:
        raise InvalidValue(f"{field} must be between {least} and {QUANTITY_USED_MAX}", field=(field,))


def change_usage(
    provision: Provision, usage: Usage, change: UsageChange, *, now: datetime
) -> tuple[Usage, Entitlement]:
    """Return the usage after *change*, and what is then left; what is not allowed changes nothing.

    `allowed` says of consuming and reserving whether it was done.

    Raises:
        BillingError: the change makes no sense, whatever the limit is. Nothing is changed.
    """
    alive = usage
    if usage.reservations:
        alive = replace(usage, reservations=tuple(one for one in usage.reservations if one.expires_at > now))
    if isinstance(change, Consume | Reserve):
        quantity = change.quantity if isinstance(change, Consume) else change.reservation.quantity
        asked = entitlement_of(provision, alive, quantity=quantity, now=now)
        if not asked.allowed:
            return usage, asked
    elif isinstance(change, Release | SetUsage) and provision.reason is EntitlementReason.NO_SUBSCRIPTION:
        raise SubscriptionNotActive(Status.CANCELLED).at("customer")
    after = replace(_changed(change, alive), version=usage.version + 1)
    if after.used > QUANTITY_USED_MAX:
        raise LimitExceeded(f"no more than {QUANTITY_USED_MAX} can be counted").at("quantity")
    return after, Entitlement(
        provision=provision,
        used=after.used,
        reserved=after.reserved(now),
        allowed=True,
        reason=EntitlementReason.NONE,
    )


def _changed(change: UsageChange, usage: Usage) -> Usage:
    match change:
        case Consume():
            return replace(usage, used=usage.used + change.quantity)
        case Release():
            require_quantity(change.quantity)
            if change.quantity > usage.used:
                raise ReleaseExceedsUsage(usage.used)
            return replace(usage, used=usage.used - change.quantity)
        case SetUsage():
            require_quantity(change.used, least=0, field="used")
            return replace(usage, used=change.used)
        case Reserve():
            if len(usage.reservations) >= RESERVATIONS_MAX:
                raise LimitExceeded(f"{RESERVATIONS_MAX} reservations are open at a time at most")
            return replace(usage, reservations=(*usage.reservations, change.reservation))
        case CommitReservation():
            reservation = _find(usage, change.reservation_id)
            used = reservation.quantity if change.used is None else change.used
            if not 0 <= used <= reservation.quantity:
                raise InvalidValue(f"{reservation.quantity} are reserved", field=("used",))
            return replace(_without(usage, reservation), used=usage.used + used)
    return _without(usage, _find(usage, change.reservation_id))


def _find(usage: Usage, reservation_id: ReservationId) -> Reservation:
    for reservation in usage.reservations:
        if reservation.id == reservation_id:
            return reservation
    raise ReservationNotFound


def _without(usage: Usage, reservation: Reservation) -> Usage:
    return replace(usage, reservations=tuple(one for one in usage.reservations if one is not reservation))
