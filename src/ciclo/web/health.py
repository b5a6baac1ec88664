"""Health and metrics: whether the process lives, whether it can work, and what the workers are at.

Orchestrators learn by the status alone. What tells of the business is for who looks after it.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Self

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ciclo import deadline
from ciclo.actions.dependencies import Deps
from ciclo.actions.processing.provider_calls import read_provider_calls
from ciclo.actions.processing.publish_events import STREAMS
from ciclo.metrics import CONTENT_TYPE, Reading, Sample, render
from ciclo.settings.settings import Settings
from ciclo.store.backup.history import read_last_backup
from ciclo.store.events.due_faults import count_due_faults
from ciclo.store.events.outbox import Backlog, read_backlog
from ciclo.store.events.reviews import count_open_reviews
from ciclo.store.mails.backlog import read_mail_backlog
from ciclo.store.mongo.client import StoreUnavailable, ping
from ciclo.store.mongo.migrations import read_migration_state
from ciclo.store.reports.subscriptions import read_counts
from ciclo.store.subscriptions import find_next_due_at
from ciclo.store.webhooks.delivery_log import read_delivery_backlog
from ciclo.store.webhooks.endpoints import count_disabled, list_endpoints
from ciclo.streams.connection import StreamsUnavailable, within
from ciclo.streams.status import GroupState, groups
from ciclo.web.problems import HttpProblem
from ciclo.web.serving.drain import Drain
from ciclo.web.shared_reading import SharedReading

READY: Final = "ready"
ENDING: Final = "ending"
BACKLOG_EVENTS_MAX: Final = 50_000
BACKLOG_AGE_MAX: Final = timedelta(minutes=15)
STREAMS_MS_MAX: Final = 1_000
"""Redis may be away, which only delays; a watcher who waited longer would take the whole process for dead."""


def health_routes(settings: Settings, deps: Callable[[Request], Deps], drain: Drain) -> list[Route]:
    """Return the routes; *deps* gives the connections once the application has started."""
    watch = Watch.of(settings)

    async def alive(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    readiness, page = SharedReading(_readiness), SharedReading(_page)

    async def ready(request: Request) -> Response:
        if drain.begun:
            return JSONResponse({"status": ENDING}, status_code=503)
        async with deadline.in_time():
            checks = await readiness.get(deps(request))
        shown = checks if watch.admits(request) else {"status": checks["status"]}
        return JSONResponse(shown, status_code=200 if checks["status"] == READY else 503)

    async def metrics(request: Request) -> Response:
        watch.require(request)
        return Response(await page.get(deps(request)), headers={"content-type": CONTENT_TYPE})

    return [
        Route("/healthz", alive, methods=["GET"]),
        Route("/readyz", ready, methods=["GET"]),
        Route("/metrics", metrics, methods=["GET"]),
    ]


@dataclass(frozen=True, slots=True)
class Watch:
    """Who may see how business goes: who has the token; if there is none, everybody in the sandbox alone."""

    token: str | None
    is_open: bool

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return what *settings* ask for."""
        token = settings.metrics_token.get_secret_value() if settings.metrics_token else None
        return cls(token, is_open=settings.is_sandbox and token is None)

    def admits(self, request: Request) -> bool:
        """Return whether a request may see all."""
        if self.is_open or self.token is None:
            return self.is_open
        given = request.headers.get("authorization", "")
        return secrets.compare_digest(given.encode(), f"Bearer {self.token}".encode())

    def require(self, request: Request) -> None:
        """Refuse who may not.

        Raises:
            HttpProblem: there is nothing to see here, or the token is missing or another one.
        """
        if self.admits(request):
            return
        if self.token is None:
            raise HttpProblem(status=404, code="NOT_FOUND", detail="set CICLO_METRICS_TOKEN to open this")
        raise HttpProblem(
            status=401,
            code="UNAUTHENTICATED",
            detail="this wants the token of the metrics",
            headers={"www-authenticate": "Bearer"},
        )


async def _readiness(deps: Deps) -> dict[str, object]:
    """Return whether requests can be served: without MongoDB they can't, without Redis they are delayed."""
    mongo = await _answers(deps)
    states = await _groups(deps)
    waiting = await read_backlog(deps.store, now=deps.wall()) if mongo else None
    late = waiting is not None and (
        waiting.unprocessed >= BACKLOG_EVENTS_MAX
        or (waiting.oldest_age is not None and waiting.oldest_age > BACKLOG_AGE_MAX)
    )
    due_age = await _due_age(deps) if mongo else timedelta()
    checks = {
        "mongo": "ok" if mongo else "unavailable",
        "redis": "ok" if states is not None else "degraded",
        "groups": {state.group: state.consumers for state in states or ()},
        "backlog": "late" if late else "ok",
        "due": "late" if due_age > BACKLOG_AGE_MAX else "ok",
    }
    return {"status": READY if mongo else "unavailable", **checks}


async def _answers(deps: Deps) -> bool:
    """Return whether MongoDB answers; who only asks that need not wait for the driver's time-out."""
    try:
        return await deps.breaker.during(ping(deps.store))
    except StoreUnavailable:
        return False


async def _page(deps: Deps) -> bytes:
    """Return what Prometheus reads."""
    return render(await _samples(deps))


async def _samples(deps: Deps) -> list[Sample]:
    """Read what workers and stores are at; what can't be read is left out."""
    samples = await _of_streams(deps)
    if await _answers(deps):
        samples += await _of_store(deps)
    return samples


async def _of_streams(deps: Deps) -> list[Sample]:
    try:
        states = await _states(deps)
        calls = await within("read calls", read_provider_calls(deps.streams), ms=STREAMS_MS_MAX)
    except StreamsUnavailable:
        return [Sample(Reading.STREAMS_AWAY, 1)]
    return [
        Sample(Reading.STREAMS_AWAY, 0),
        *(sample for state in states for sample in _of_group(state)),
        *(Sample(Reading.PROVIDER_CALLS, number, labels) for labels, number in calls.items()),
    ]


async def _of_store(deps: Deps) -> list[Sample]:
    samples = _of_backlog(await read_backlog(deps.store, now=deps.wall()))
    samples += [
        Sample(Reading.DUE_OLDEST_SECONDS, (await _due_age(deps)).total_seconds()),
        Sample(Reading.DUE_HELD_BACK, await count_due_faults(deps.store)),
        Sample(Reading.REVIEWS_OPEN, await count_open_reviews(deps.store)),
        Sample(Reading.MIGRATIONS_BEHIND, len((await read_migration_state(deps.store)).behind)),
        *await _of_webhooks(deps),
        *await _of_mails(deps),
    ]
    backup_at = await read_last_backup(deps.store)
    if backup_at is not None:
        samples.append(Sample(Reading.BACKUP_AGE_SECONDS, (deps.wall() - backup_at).total_seconds()))
    by_status: dict[str, int] = {}
    for counts in (await read_counts(deps.store)).values():
        for status, number in counts.items():
            by_status[status] = by_status.get(status, 0) + number
    return samples + [
        Sample(Reading.SUBSCRIPTIONS, number, (status,)) for status, number in by_status.items()
    ]


async def _of_webhooks(deps: Deps) -> list[Sample]:
    endpoints = [endpoint.id for endpoint in await list_endpoints(deps.store)]
    backlog = await read_delivery_backlog(deps.store, endpoints, now=deps.wall())
    late_s = max(0.0, backlog.oldest_due_age.total_seconds())
    return [
        Sample(Reading.WEBHOOKS_PENDING, backlog.pending),
        Sample(Reading.WEBHOOKS_OLDEST_DUE_SECONDS, late_s),
        Sample(Reading.WEBHOOK_ENDPOINTS_DISABLED, await count_disabled(deps.store)),
    ]


async def _of_mails(deps: Deps) -> list[Sample]:
    backlog = await read_mail_backlog(deps.store, now=deps.wall())
    return [
        Sample(Reading.MAILS_WAITING, backlog.waiting),
        Sample(Reading.MAILS_OLDEST_DUE_SECONDS, backlog.oldest_due_age.total_seconds()),
        Sample(Reading.MAILS_FAILED, backlog.failed),
    ]


async def _due_age(deps: Deps) -> timedelta:
    """Return how late the clock's work is, by the billing clock; what is held back counts, too."""
    due_at = await find_next_due_at(deps.store)
    return timedelta() if due_at is None else max(timedelta(), await deps.clock.now() - due_at)


async def _groups(deps: Deps) -> list[GroupState] | None:
    try:
        return await _states(deps)
    except StreamsUnavailable:
        return None


async def _states(deps: Deps) -> list[GroupState]:
    return await within("read groups", groups(deps.streams, STREAMS), ms=STREAMS_MS_MAX)


def _of_group(state: GroupState) -> list[Sample]:
    labels = (state.stream, state.group)
    counted = state.statistics
    samples = [
        Sample(Reading.STREAM_PENDING, state.pending, labels),
        Sample(Reading.STREAM_CONSUMERS, state.consumers, labels),
        Sample(Reading.ENTRIES_HANDLED, counted.handled, labels),
        Sample(Reading.ENTRIES_RETRIED, counted.retried, labels),
        Sample(Reading.ENTRIES_FAILED, counted.failed, labels),
        Sample(Reading.ENTRIES_DEAD, counted.dead, labels),
        Sample(Reading.ENTRIES_CLAIMED, counted.claimed, labels),
    ]
    if state.lag is not None:
        samples.append(Sample(Reading.STREAM_LAG, state.lag, labels))
    if state.oldest_pending_idle_ms is not None:
        age_s = state.oldest_pending_idle_ms / 1_000
        samples.append(Sample(Reading.STREAM_OLDEST_PENDING_SECONDS, age_s, labels))
    return samples


def _of_backlog(waiting: Backlog) -> list[Sample]:
    age_s = waiting.oldest_age.total_seconds() if waiting.oldest_age else 0.0
    return [
        Sample(Reading.EVENTS_UNPROCESSED, waiting.unprocessed),
        Sample(Reading.EVENTS_OLDEST_UNPROCESSED_SECONDS, age_s),
        Sample(Reading.EVENTS_DEAD, waiting.dead),
        Sample(Reading.EVENTS_UNKNOWN, waiting.unknown),
        Sample(Reading.RELAY_OVERDUE_SECONDS, waiting.overdue.total_seconds()),
    ]
