"""Metrics: what this process counts, and what is read when somebody asks, for Prometheus.

Every label has few values: no path, id, name or text of a caller ever becomes one.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
REGISTRY: Final = CollectorRegistry(auto_describe=False)
ProcessCollector(registry=REGISTRY)

_SECONDS: Final = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

REQUEST_SECONDS: Final = Histogram(
    "ciclo_http_request_seconds",
    "Time to answer an HTTP request, by the route's pattern.",
    ("route", "method", "status"),
    buckets=_SECONDS,
    registry=REGISTRY,
)
OPERATION_SECONDS: Final = Histogram(
    "ciclo_graphql_operation_seconds",
    "Time to answer a GraphQL query or mutation, by its first field.",
    ("type", "field"),
    buckets=_SECONDS,
    registry=REGISTRY,
)
GRAPHQL_ERRORS: Final = Counter(
    "ciclo_graphql_errors",
    "Errors at the top of GraphQL answers, by extensions.code.",
    ("code",),
    registry=REGISTRY,
)
WEBHOOKS: Final = Counter(
    "ciclo_webhooks",
    "Notices received, by provider and what became of them.",
    ("provider", "outcome"),
    registry=REGISTRY,
)
TRANSACTION_RETRIES: Final = Counter(
    "ciclo_transaction_retries",
    "MongoDB transactions tried again, by what was repeated: body or commit.",
    ("repeated",),
    registry=REGISTRY,
)
STORE_AWAY: Final = Gauge(
    "ciclo_store_away",
    "1 while this process knows MongoDB to be away and answers 503 at once.",
    registry=REGISTRY,
)
STORE_REFUSALS: Final = Counter(
    "ciclo_store_refusals",
    "Calls that were not waited for, because MongoDB is away.",
    registry=REGISTRY,
)
LIVE_LISTENERS: Final = Gauge(
    "ciclo_live_listeners",
    "Live updates that are open in this process.",
    registry=REGISTRY,
)
LIVE_REFUSALS: Final = Counter(
    "ciclo_live_refusals",
    "Live updates and sockets refused, by what was used up: viewer, process or address.",
    ("bound",),
    registry=REGISTRY,
)

CARD_REFUSALS: Final = Counter(
    "ciclo_card_refusals",
    "Cards that were not tried, as too many had been declined, by the bound: customer or invoice.",
    ("bound",),
    registry=REGISTRY,
)


class Reading(Enum):
    """What is not counted but read at the moment of asking: its name, its meaning, its labels."""

    STREAM_LAG = ("ciclo_stream_lag", "Entries that a group has not read yet.", ("stream", "group"))
    STREAM_PENDING = ("ciclo_stream_pending", "Entries read but not acknowledged.", ("stream", "group"))
    STREAM_CONSUMERS = ("ciclo_stream_consumers", "Consumers of a group.", ("stream", "group"))
    STREAM_OLDEST_PENDING_SECONDS = (
        "ciclo_stream_oldest_pending_seconds",
        "Age of the oldest entry that is not acknowledged.",
        ("stream", "group"),
    )
    ENTRIES_HANDLED = (
        "ciclo_entries_handled",
        "Entries that a group's workers applied.",
        ("stream", "group"),
    )
    ENTRIES_RETRIED = (
        "ciclo_entries_retried",
        "Entries tried again because of the surroundings.",
        ("stream", "group"),
    )
    ENTRIES_FAILED = ("ciclo_entries_failed", "Failures of an entry's own fault.", ("stream", "group"))
    ENTRIES_DEAD = ("ciclo_entries_dead", "Entries given up.", ("stream", "group"))
    ENTRIES_CLAIMED = ("ciclo_entries_claimed", "Entries taken over from dead workers.", ("stream", "group"))
    EVENTS_UNPROCESSED = ("ciclo_events_unprocessed", "Events that are not applied yet.", ())
    EVENTS_OLDEST_UNPROCESSED_SECONDS = (
        "ciclo_events_oldest_unprocessed_seconds",
        "Age of the oldest event that is not applied yet.",
        (),
    )
    EVENTS_DEAD = ("ciclo_events_dead", "Events that were given up; see ciclo dead-letters.", ())
    EVENTS_UNKNOWN = (
        "ciclo_events_unknown",
        "Events that wait for workers of a newer release, which wrote them.",
        (),
    )
    DUE_OLDEST_SECONDS = (
        "ciclo_due_oldest_seconds",
        "How late the clock's work is: renewals, retries, trials and expiries, held back ones included.",
        (),
    )
    DUE_HELD_BACK = (
        "ciclo_due_held_back",
        "Subscriptions whose due work fails by their own fault.",
        (),
    )
    RELAY_OVERDUE_SECONDS = (
        "ciclo_relay_overdue_seconds",
        "For how long an event has waited for the relay to announce it.",
        (),
    )
    REVIEWS_OPEN = ("ciclo_reviews_open", "Notices that a person has to look at still.", ())
    PROVIDER_CALLS = (
        "ciclo_provider_calls",
        "Work orders shown to a provider: answered, unavailable or misconfigured.",
        ("provider", "outcome"),
    )
    MIGRATIONS_BEHIND = ("ciclo_migrations_behind", "Migrations that the database lacks.", ())
    BACKUP_AGE_SECONDS = (
        "ciclo_backup_age_seconds",
        "Time since the moment that the newest backup reaches, if there is one.",
        (),
    )
    STREAMS_AWAY = ("ciclo_streams_away", "1 while Redis does not answer.", ())
    WEBHOOKS_PENDING = (
        "ciclo_webhook_deliveries_pending",
        "Messages that an endpoint has not taken yet.",
        (),
    )
    WEBHOOKS_OLDEST_DUE_SECONDS = (
        "ciclo_webhook_oldest_due_seconds",
        "How late the delivery workers are with the delivery that is due for longest.",
        (),
    )
    WEBHOOK_ENDPOINTS_DISABLED = (
        "ciclo_webhook_endpoints_disabled",
        "Endpoints that are told nothing more because they failed or are gone.",
        (),
    )
    MAILS_WAITING = ("ciclo_mails_waiting", "Mails that are not sent yet.", ())
    MAILS_OLDEST_DUE_SECONDS = (
        "ciclo_mails_oldest_due_seconds",
        "How late the mailers are with the mail that is due for longest.",
        (),
    )
    MAILS_FAILED = ("ciclo_mails_failed", "Mails of the last day that were given up.", ())
    SUBSCRIPTIONS = ("ciclo_subscriptions", "Subscriptions by status.", ("status",))

    def __init__(self, metric: str, meaning: str, labels: tuple[str, ...]) -> None:
        self.metric = metric
        self.meaning = meaning
        self.labels = labels


@dataclass(frozen=True, slots=True)
class Sample:
    """One value of a reading; *labels* are in the order that the reading names them."""

    reading: Reading
    value: float
    labels: tuple[str, ...] = ()


def render(samples: Iterable[Sample]) -> bytes:
    """Return this process's counters and *samples* in Prometheus's text format."""
    return generate_latest(_Page(tuple(samples)))


class _Page(CollectorRegistry):
    """What is shown once: the registry's metrics, then the readings."""

    def __init__(self, samples: tuple[Sample, ...]) -> None:
        super().__init__()
        self._samples = samples

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics of both."""
        yield from REGISTRY.collect()
        for reading in Reading:
            family = GaugeMetricFamily(reading.metric, reading.meaning, labels=reading.labels)
            for sample in self._samples:
                if sample.reading is reading:
                    family.add_metric(sample.labels, sample.value)
            # Without a sample too: whoever looks for a metric sees that there is one.
            yield family
