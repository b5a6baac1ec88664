"""Delivery: announced events are handed to their handler, and the record takes what came of each.

An event that is announced may be done, held by somebody, or announced twice: its document tells, and nothing
else does. Whoever takes events counts the delivery there, holds them by a lease while they are handled, and
leaves an answer: processed, failed, dead, put off, or "not now". One that was left without an answer may have
killed its worker: it is handled alone, and given up when it was delivered too often.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, TypeVar

import structlog

from ciclo.actions.dependencies import Deps
from ciclo.backoff import Backoff, pause
from ciclo.domain.ids import EventId
from ciclo.store.events.leases import find_deliverable, release_lease, renew_lease, take_lease
from ciclo.store.events.outbox import count_failure, make_dead_letter
from ciclo.store.mongo.transient_errors import is_transient
from ciclo.streams.consumer import Delivered, Unanswered
from ciclo.streams.entry import error_text
from ciclo.streams.timeouts import Overdue, stop_at_exit, with_timeout

_log = structlog.get_logger(__name__)

T = TypeVar("T")

Fault = tuple[EventId, str]
"""An event that failed by its own fault, and why."""

Handle = Callable[[Deps, Sequence[EventId]], Awaitable[Sequence[Fault]]]
"""Does what events ask for. Those that it does not return are processed or put off; if it raises, none is."""

SUSPECT_FROM: Final = 2
"""An event is handled alone from so many unanswered deliveries on: one may be its neighbour's fault."""

RENEWALS_PER_LEASE: Final = 3
BACKOFF: Final = Backoff(first=0.1, max=5.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryOptions:
    """The bounds of a delivery.

    Attributes:
        lease: how long a worker that says nothing more keeps its events: then another one takes them.
        handle_ms_max: one call of the handler; after it, its events count as not answered.
        passing_tries_max: calls for the same events that meet transient failures.
        backoff: between these.
        tries_max: failures of its own after which an event is dead.
        deliveries_max: deliveries without an answer after which an event is dead.
    """

    lease: timedelta = timedelta(seconds=3)
    handle_ms_max: int = 10_000
    passing_tries_max: int = 8
    backoff: Backoff = BACKOFF
    tries_max: int = 5
    deliveries_max: int = 10

    def __post_init__(self) -> None:
        if self.deliveries_max <= SUSPECT_FROM:
            raise ValueError(
                f"deliveries_max must be more than {SUSPECT_FROM}: an event comes so often with others, "
                "and must come alone before it is given up"
            )


class NotNow(Unanswered):
    """Transient failures did not pass in time, or a stop came between two tries. No event is to blame."""


class Hung(Unanswered):
    """The handler did not end in its time, which is what an event looks like that kills its worker."""


async def deliver(
    deps: Deps,
    event_ids: Sequence[EventId],
    handle: Handle,
    *,
    options: DeliveryOptions,
    stop: asyncio.Event,
) -> Delivered:
    """Handle those of *event_ids* that wait and that nobody holds; return what became of them.

    What only a newer release knows is left to its workers: neither handled nor blamed, and announced again.

    Raises:
        NotNow, Hung: some have no answer, and will be announced again.
    """
    delivery = _Delivery(deps=deps, handle=handle, options=options, stop=stop)
    free = await _attempt(delivery, lambda: find_deliverable(deps.store, event_ids, now=deps.wall()))
    found = [event for event in free if event.is_known]
    if len(found) < len(free):
        _log.warning("events_of_a_newer_release", events=len(free) - len(found))
    together = [event.event_id for event in found if event.unanswered < SUSPECT_FROM]
    suspects = [event for event in found if event.unanswered >= SUSPECT_FROM]
    if together:
        await _take_and_handle(delivery, together)
    # One at a time, the least suspected first: were all taken at once, the count of every one of them would
    # rise when one kills the worker.
    for suspect in sorted(suspects, key=lambda event: event.unanswered):
        if stop.is_set():
            raise NotNow("stopping")
        if suspect.unanswered >= options.deliveries_max:
            await _make_dead_letter(delivery, suspect.event_id)
        else:
            await _take_and_handle(delivery, [suspect.event_id])
    return Delivered(retried=delivery.retried, failed=delivery.failed, dead=delivery.dead)


@dataclass(slots=True, kw_only=True)
class _Delivery:
    """A delivery under way, and what it has come to."""

    deps: Deps
    handle: Handle
    options: DeliveryOptions
    stop: asyncio.Event
    retried: int = 0
    failed: int = 0
    dead: dict[str, str] = field(default_factory=dict)


async def _take_and_handle(delivery: _Delivery, event_ids: Sequence[EventId]) -> None:
    """Take what nobody else has taken meanwhile, and handle it; a batch at first, then smaller.

    A batch that fails as a whole is halved until the event at fault stands alone, so that one in 500 costs
    about 18 calls, not 500.
    """
    holder, lease = secrets.token_hex(8), delivery.options.lease

    async def take_free() -> list[EventId]:
        now = delivery.deps.wall()
        return await take_lease(delivery.deps.store, event_ids, holder=holder, now=now, until=now + lease)

    taken = await _attempt(delivery, take_free)
    if not taken:
        return
    waiting, batch = [taken], taken
    async with stop_at_exit(asyncio.create_task(_renew(delivery, taken, holder=holder))):
        try:
            while waiting:
                batch = waiting.pop()
                waiting += await _halves_left(delivery, batch)
        except Unanswered as reason:
            hung = set(batch) if isinstance(reason, Hung) else set()
            await _give_back(
                delivery, [event_id for event_id in taken if event_id not in hung], holder=holder
            )
            raise


async def _renew(delivery: _Delivery, event_ids: Sequence[EventId], *, holder: str) -> None:
    """Renew a lease until cancelled. One that can't be renewed runs out: what handles events bears that."""
    lease = delivery.options.lease
    while True:
        await asyncio.sleep(lease.total_seconds() / RENEWALS_PER_LEASE)
        try:
            await renew_lease(
                delivery.deps.store, event_ids, holder=holder, until=delivery.deps.wall() + lease
            )
        except Exception as error:  # noqa: BLE001 - the work goes on; whatever it was is told
            _log.warning("lease_not_renewed", events=len(event_ids), error=error_text(error))


async def _give_back(delivery: _Delivery, event_ids: Sequence[EventId], *, holder: str) -> None:
    """Answer "not now" for what is not handled. If that fails too, its lease runs out instead."""
    try:
        await release_lease(delivery.deps.store, event_ids, holder=holder)
    except Exception as error:
        if not is_transient(error):
            raise
        _log.warning("lease_not_released", events=len(event_ids), error=error_text(error))


async def _halves_left(delivery: _Delivery, batch: list[EventId]) -> list[list[EventId]]:
    """Handle *batch*; return its halves, the first one last, if the fault lies in one of several events."""
    try:
        faults = await _attempt(delivery, lambda: delivery.handle(delivery.deps, batch), events=len(batch))
    except Unanswered:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a handler raises is judged by the record
        if len(batch) > 1:
            _log.warning("delivery_halved", events=len(batch), error=error_text(error))
            middle = len(batch) // 2
            return [batch[middle:], batch[:middle]]
        _log.warning("handler_failed", event_id=batch[0], exc_info=error)
        faults = [(batch[0], error_text(error))]
    for event_id, why in faults:
        await _blame(delivery, event_id, error=why)
    return []


async def _blame(delivery: _Delivery, event_id: EventId, *, error: str) -> None:
    """Count a failure in the record; announce that the event is dead if it is the last one."""
    deps, tries_max = delivery.deps, delivery.options.tries_max

    async def count() -> bool:
        return await count_failure(deps.store, event_id, error=error, tries_max=tries_max, now=deps.wall())

    if await _attempt(delivery, count, passing=_any_error):
        delivery.dead[event_id] = error
    else:
        delivery.failed += 1
    _log.warning("event_failed", event_id=event_id, dead=event_id in delivery.dead, error=error)


async def _make_dead_letter(delivery: _Delivery, event_id: EventId) -> None:
    """Give up an event that was delivered too often without an answer."""
    error = f"delivered {delivery.options.deliveries_max} times without an answer"

    async def give_up() -> bool:
        return await make_dead_letter(delivery.deps.store, event_id, error=error, now=delivery.deps.wall())

    if await _attempt(delivery, give_up, passing=_any_error):
        delivery.dead[event_id] = error
        _log.warning("event_buried", event_id=event_id, error=error)


async def _attempt(
    delivery: _Delivery,
    call: Callable[[], Awaitable[T]],
    *,
    passing: Callable[[BaseException], bool] = is_transient,
    events: int = 0,
) -> T:
    """Return what *call* answers, calling it again while its errors are passing; *events* are in it.

    Raises:
        NotNow: the last error was passing, too, or everything stops.
        Hung: a call took too long.
        Exception: an error of *call* that is not passing.
    """
    failures = 0
    while True:
        try:
            return await with_timeout(call(), ms=delivery.options.handle_ms_max)
        except Overdue as error:
            raise Hung(str(error)) from error
        except Exception as error:
            if not passing(error):
                raise
            failures += 1
            reason = error_text(error)
            if failures >= delivery.options.passing_tries_max:
                raise NotNow(reason) from error
        _log.warning("delivery_tried_again", events=events, failures=failures, error=reason)
        if not await pause(delivery.stop, seconds=delivery.options.backoff.spread_s(failures, least=0.5)):
            raise NotNow(f"stopping, after {reason}")
        delivery.retried += events


def _any_error(_error: BaseException) -> bool:
    """The record must take the fact, so every error of writing it is tried again."""
    return True
