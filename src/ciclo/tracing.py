"""Traces: what one request or event leads to, across processes, for OpenTelemetry.

Without `CICLO_OTLP_URL` nothing of OpenTelemetry is imported, every span is the same empty one, and no
document and no entry bears a context. Spans tell ids, types and counts: no text of a caller, no error's text.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span, Tracer

QUEUE_SPANS_MAX: Final = 2_048
"""Spans that wait to be sent; more are dropped."""

SEND_MS_MAX: Final = 5_000
FLUSH_MS_MAX: Final = 2_000
LINKS_MAX: Final = 128
FIELD: Final = "trace"
"""What holds a context (W3C traceparent) in documents and stream entries; absent where nothing is traced."""

Attributes = Mapping[str, str | int]


class SpanRole(Enum):
    """What a span is of: OpenTelemetry's kinds, by their names there."""

    SERVER = "SERVER"
    CLIENT = "CLIENT"
    CONSUMER = "CONSUMER"
    INTERNAL = "INTERNAL"


class TracingUnavailable(Exception):
    """Traces are wanted, and OpenTelemetry is not installed."""

    def __init__(self) -> None:
        super().__init__("CICLO_OTLP_URL wants the packages of ciclo-billing[otel]")


class _Tracing:
    """This process's tracer, if it has one."""

    tracer: "Tracer | None" = None
    provider: "TracerProvider | None" = None


_EMPTY: Final[AbstractContextManager[None]] = nullcontext()


def configure(url: str | None, *, ratio: float, process: str) -> None:
    """Send this process's spans to *url*, an OTLP receiver over HTTP (…/v1/traces); None: trace nothing.

    Args:
        url: Where to.
        ratio: The part of the traces begun here that is kept; others' decisions are followed.
        process: What it is: api, billing, ...

    Raises:
        TracingUnavailable: the extra `otel` is not installed.
    """
    if url is None:
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
        from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased  # noqa: PLC0415
    except ImportError as error:
        raise TracingUnavailable from error
    resource = Resource.create({"service.name": f"ciclo-{process}", "service.namespace": "ciclo"})
    provider = TracerProvider(resource=resource, sampler=ParentBased(TraceIdRatioBased(ratio)))
    exporter = OTLPSpanExporter(endpoint=url, timeout=SEND_MS_MAX / 1_000)
    provider.add_span_processor(BatchSpanProcessor(exporter, max_queue_size=QUEUE_SPANS_MAX))
    _Tracing.provider, _Tracing.tracer = provider, provider.get_tracer("ciclo")


def close() -> None:
    """Send what waits, for a short time, and trace nothing more."""
    if _Tracing.provider is not None:
        _Tracing.provider.force_flush(FLUSH_MS_MAX)
        _Tracing.provider.shutdown()
    _Tracing.provider = _Tracing.tracer = None


def current() -> str | None:
    """Return the context of the span that runs, as `traceparent` has it; None if nothing is traced."""
    if _Tracing.tracer is None:
        return None
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415

    carrier: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(carrier)
    return carrier.get("traceparent")


def span(
    name: str,
    *,
    role: SpanRole = SpanRole.INTERNAL,
    parent: str | None = None,
    attributes: Attributes | None = None,
) -> AbstractContextManager["Span | None"]:
    """Give a span for a block; None where nothing is traced.

    Args:
        name: What is done: few names, no ids.
        role: What it is of.
        parent: The context that it belongs to, from another process; else the span that runs.
        attributes: Ids, types, counts.
    """
    if _Tracing.tracer is None:
        return _EMPTY
    return _span(_Tracing.tracer, name, role=role, parent=parent, attributes=attributes)


@contextmanager
def _span(
    tracer: "Tracer", name: str, *, role: SpanRole, parent: str | None, attributes: Attributes | None
) -> Iterator["Span"]:
    from opentelemetry.trace import SpanKind, StatusCode  # noqa: PLC0415

    with tracer.start_as_current_span(
        name,
        context=_context_of(parent),
        kind=SpanKind[role.value],
        attributes=dict(attributes or {}),
        record_exception=False,  # its text may be anybody's
        set_status_on_exception=False,
    ) as begun:
        try:
            yield begun
        except BaseException as error:
            begun.set_status(StatusCode.ERROR, type(error).__name__)
            raise


@contextmanager
def handling(stream: str, contexts: Mapping[str, str]) -> Iterator[None]:
    """Trace the handling of a batch: each event in its own trace, from here to the batch's end.

    What is done within belongs to the first one's span; the others' spans link to it.

    Args:
        stream: Where they were announced.
        contexts: Their contexts by event id, of those that have one.
    """
    if _Tracing.tracer is None or not contexts:
        yield
        return
    (first, parent), *others = contexts.items()
    name, batch = f"handle {stream}", {"messaging.batch.message_count": len(contexts)}
    with span(
        name, role=SpanRole.CONSUMER, parent=parent, attributes={"ciclo.event.id": first, **batch}
    ) as own:
        assert own is not None
        begun = [_beside(own, name, event_id, context) for event_id, context in others[:LINKS_MAX]]
        try:
            yield
        finally:
            for one in begun:
                one.end()


def _beside(own: "Span", name: str, event_id: str, parent: str) -> "Span":
    """Begin another event's span of the batch that *own* is the first one's of."""
    from opentelemetry.trace import Link, SpanKind  # noqa: PLC0415

    assert _Tracing.tracer is not None
    return _Tracing.tracer.start_span(
        name,
        context=_context_of(parent),
        kind=SpanKind.CONSUMER,
        attributes={"ciclo.event.id": event_id},
        links=[Link(own.get_span_context())],
    )


def _context_of(parent: str | None) -> Any:  # noqa: ANN401 - OpenTelemetry's own
    """Return the context that *parent* names; None, the span that runs, if it names none."""
    if not parent:
        return None
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415

    return TraceContextTextMapPropagator().extract({"traceparent": parent})
