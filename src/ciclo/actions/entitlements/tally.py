"""The tally: a batch of changes of what is used, applied in turn to what was read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import orjson

from ciclo.actions.entitlements.provided import Asked, Provided
from ciclo.copies import replace
from ciclo.domain.entitlements.provision import Provision
from ciclo.domain.entitlements.usage import (
    CancelReservation,
    CommitReservation,
    Entitlement,
    ReservationId,
    Reserve,
    Usage,
    UsageChange,
    change_usage,
)
from ciclo.domain.errors.entitlements import ReservationNotFound
from ciclo.domain.errors.general import IdempotencyKeyReused
from ciclo.domain.ids import CustomerId
from ciclo.store.entitlements.usage import UsageKey, read_usage
from ciclo.store.idempotency import Answer, IdempotentRequest, answer_of
from ciclo.store.mongo.client import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageRequest:
    """A change of what one customer uses of one feature; a reservation's own id says both."""

    change: UsageChange
    customer_id: CustomerId | None = None
    feature: str | None = None
    request: IdempotentRequest | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageAnswer:
    """What a change came to: whether it was done, and what is used and left after it."""

    customer_id: CustomerId
    feature: str
    allowed: bool
    reason: str
    limit: int | None
    used: int
    reserved: int
    remaining: int | None
    over_limit: int
    resets_on: str | None
    reservation_id: str | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """What a request is about; a reservation is counted in the window in which it was made."""

    customer_id: CustomerId
    feature: str
    reserved_in: UsageKey | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a request counts, and what may be used there."""

    key: UsageKey
    provision: Provision


@dataclass(frozen=True, slots=True)
class Loaded:
    """All that a batch is decided by; `places` are those of its requests, in turn."""

    answered: Mapping[str, Answer]
    places: Sequence[Place | Exception]
    used: Mapping[str, Document]
    expired: frozenset[str] = frozenset()
    """Ids of answers that are there still, and make room for others under their keys."""


def reservation_of(change: UsageChange) -> ReservationId | None:
    """Return which reservation a change is about; None for all others."""
    return change.reservation_id if isinstance(change, CommitReservation | CancelReservation) else None


def subject_of(request: UsageRequest, reserved: Mapping[ReservationId, UsageKey]) -> Subject | Exception:
    """Return what a request is about; a reservation that is not among those *reserved* is not there."""
    reservation_id = reservation_of(request.change)
    if reservation_id is not None:
        key = reserved.get(reservation_id)
        return Subject(key.customer_id, key.feature, key) if key else ReservationNotFound()
    assert request.customer_id is not None  # the API requires both where there is no reservation
    assert request.feature is not None
    return Subject(request.customer_id, request.feature)


def place_of(
    subject: Subject | Exception, provided: Mapping[Asked, Provided | Exception]
) -> Place | Exception:
    """Return where a request counts, or why it counts nowhere."""
    if isinstance(subject, Exception):
        return subject
    found = provided[subject.customer_id, subject.feature]
    if isinstance(found, Exception):
        return found
    return Place(subject.reserved_in or found.key, found.provision)


class UsageTally:
    """A batch's usages, each as it was read and as its requests leave it, one after the other."""

    def __init__(self, loaded: Loaded, *, now: datetime) -> None:
        self._loaded: Final = loaded
        self._now: Final = now
        self._usages: Final[dict[UsageKey, tuple[Usage, Usage]]] = {}
        self._answered: Final = dict(loaded.answered)

    @property
    def new_answers(self) -> list[Answer]:
        """Return the answers that are kept under their requests' keys."""
        return [answer for id_, answer in self._answered.items() if id_ not in self._loaded.answered]

    @property
    def expired(self) -> frozenset[str]:
        """Return the ids of expired answers that stand in the new ones' places."""
        return self._loaded.expired & self._answered.keys()

    def changes(self) -> dict[UsageKey, tuple[Usage, Usage]]:
        """Return what changed, as it was and as it is."""
        return {key: (before, after) for key, (before, after) in self._usages.items() if after is not before}

    def answers(self, requests: Sequence[UsageRequest]) -> list[UsageAnswer | Exception]:
        """Apply *requests* in turn; what is wrong with one is its own answer."""
        return [
            self._answer(request, place) for request, place in zip(requests, self._loaded.places, strict=True)
        ]

    def _answer(self, asked: UsageRequest, place: Place | Exception) -> UsageAnswer | Exception:
        request = asked.request
        known = self._answered.get(request.id) if request else None
        if known is not None and request is not None:
            if known.fingerprint != request.fingerprint:
                return IdempotencyKeyReused()
            return UsageAnswer(**orjson.loads(known.result_id))
        if isinstance(place, Exception):
            return place
        try:
            answer = self._apply(asked.change, place)
        except Exception as error:  # noqa: BLE001 - one request's fault, and nobody else's answer
            return error
        if request is not None:
            text = orjson.dumps(answer).decode()
            self._answered[request.id] = answer_of(request, result_id=text, now=self._now)
        return answer

    def _apply(self, change: UsageChange, place: Place) -> UsageAnswer:
        if place.key not in self._usages:
            read = read_usage(self._loaded.used.get(place.key.id))
            self._usages[place.key] = read, read
        before, usage = self._usages[place.key]
        after, entitlement = change_usage(place.provision, usage, change, now=self._now)
        if after is not usage and usage is not before:
            # Two changes of one batch are one write.
            after = replace(after, version=before.version + 1)
        self._usages[place.key] = before, after
        return _answer_of(place, entitlement, change)


def _answer_of(place: Place, entitlement: Entitlement, change: UsageChange) -> UsageAnswer:
    resets_on = entitlement.provision.resets_on
    return UsageAnswer(
        customer_id=place.key.customer_id,
        feature=place.key.feature,
        allowed=entitlement.allowed,
        reason=entitlement.reason.value,
        limit=entitlement.provision.limit,
        used=entitlement.used,
        reserved=entitlement.reserved,
        remaining=entitlement.remaining,
        over_limit=entitlement.over_limit,
        resets_on=resets_on.isoformat() if resets_on else None,
        reservation_id=(
            change.reservation.id if isinstance(change, Reserve) and entitlement.allowed else None
        ),
    )
