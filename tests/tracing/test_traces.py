"""One trace from a notice to the commit that applies it, and from a mutation to the provider's answer."""

import re
import subprocess
import sys
from datetime import date

import pytest

from ciclo import tracing
from ciclo.domain.events.facts import PaymentSucceeded
from ciclo.store.events.records import new_document
from ciclo.streams.entry import Entry, entry_of
from ciclo.streams.publisher import publish
from tests.builders import event
from tests.deliveries.asking import an_endpoint, everything_delivered
from tests.deliveries.receiver import receiving
from tests.journeys.asking import SUBSCRIBE, a_plan
from tests.stack import Stack, until
from tests.tracing.conftest import Processes
from tests.tracing.receiver import Received, Receiver
from workers.relay import relay_once

CALLER = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


async def notified(stack: Stack, subscription_id: str, webhook_id: str) -> str:
    """Post a notice that a subscription was paid; return its event's id."""
    body = {"subscription_id": subscription_id, "event": "payment_success", "amount": 29.99}
    answer = await stack.notify({**body, "date": "2026-11-29"}, webhook_id=webhook_id)
    assert answer.status_code == 202
    event_id: str = answer.json()["event_id"]
    return event_id


async def pending(stack: Stack) -> str:
    """Return the id of a subscription that waits for its first payment."""
    given = {"planId": await a_plan(stack, trialDays=0), "customerEmail": "ana@example.com"}
    created = await stack.data(SUBSCRIBE, {"input": given})
    subscription_id: str = created["createSubscription"]["subscription"]["id"]
    return subscription_id


def of(spans: list[Received], name: str, process: str) -> Received:
    [found] = [span for span in spans if (span.name, span.process) == (name, f"ciclo-{process}")]
    return found


def trace_of(receiver: Receiver, event_id: str) -> list[Received]:
    """Return the spans of the trace in which an event was handled."""
    [handled] = [span for span in receiver.spans if event_id in span.text]
    return [span for span in receiver.spans if span.trace == handled.trace]


async def test_a_notice_and_its_commit_are_one_trace_over_two_processes(
    processes: Processes, receiver: Receiver
) -> None:
    stack = processes.stack
    subscription_id = await pending(stack)
    await processes.start("worker", "billing")
    await processes.idle()

    event_id = await notified(stack, subscription_id, "msg_1")
    await processes.idle()
    await processes.stop()

    spans = trace_of(receiver, event_id)
    posted = of(spans, "POST /api/webhooks/payment", "api")
    handled = of(spans, "handle billing", "billing")
    committed = of(spans, "commit", "billing")
    assert (posted.parent, handled.parent, committed.parent) == ("", posted.id, handled.id)
    assert len(spans) == 3


async def test_an_event_keeps_its_trace_when_redis_loses_its_entry(
    processes: Processes, receiver: Receiver
) -> None:
    stack = processes.stack
    event_id = await notified(stack, await pending(stack), "msg_1")
    await stack.deps.streams.redis.delete(stack.deps.streams.key("billing"))
    for name in ("billing", "relay"):
        await processes.start("worker", name)
    await processes.idle()
    await processes.stop()

    assert len({span.process for span in trace_of(receiver, event_id)}) == 2


async def test_a_mutation_and_the_charge_that_it_leads_to_are_one_trace(
    processes: Processes, receiver: Receiver
) -> None:
    stack = processes.stack
    for name in ("billing", "collection"):
        await processes.start("worker", name)
    plan_id = await a_plan(stack, trialDays=0)
    given = {
        "planId": plan_id,
        "customerEmail": "ana@example.com",
        "paymentMethod": {"cardToken": "tok_visa"},
    }
    query = {"query": SUBSCRIBE, "variables": {"input": given}}
    headers = {"authorization": f"Bearer {stack.operator}", "traceparent": CALLER}

    answer = await stack.http.post("/graphql", json=query, headers=headers)
    assert answer.json()["data"]["createSubscription"]["userErrors"] == []
    await processes.idle(but=frozenset())
    await processes.stop()

    spans = [span for span in receiver.spans if span.trace == CALLER.split("-")[1]]
    posted = of(spans, "POST /graphql", "api")
    asked = of(spans, "mutation createSubscription", "api")
    charged = of(spans, "charge_requested", "collection")
    assert (posted.parent, asked.parent) == (CALLER.split("-")[2], posted.id)
    assert charged.parent == asked.id
    # The provider's answer was recorded in the charge's span; it may be applied in a batch with another one.
    commits = [span for span in spans if (span.name, span.process) == ("commit", "ciclo-billing")]
    handled = {span.id: span for span in spans if span.name == "handle billing"}
    assert {span.parent for span in handled.values()} >= {asked.id, charged.id}
    assert asked.id in {handled[span.parent].parent for span in commits}


async def test_a_webhook_that_is_sent_belongs_to_the_trace_of_what_it_tells(
    processes: Processes, receiver: Receiver
) -> None:
    stack = processes.stack
    async with receiving() as seller:
        await an_endpoint(stack, seller.url, types=["INVOICE_PAID"])
        subscription_id = await pending(stack)
        for name in ("billing", "delivery"):
            await processes.start("worker", name)
        await processes.idle()
        event_id = await notified(stack, subscription_id, "msg_1")
        await processes.idle()
        await everything_delivered(stack)
        await processes.stop()

    [told] = seller.told
    spans = trace_of(receiver, event_id)
    posted = of(spans, "post webhook", "delivery")
    assert posted.parent == of(spans, "commit", "billing").id
    assert told.headers["traceparent"].split("-")[1:3] == [posted.trace, posted.id]


async def test_each_event_of_a_batch_stays_in_its_own_trace(processes: Processes, receiver: Receiver) -> None:
    stack = processes.stack
    await pending(stack)
    event_ids = [
        await notified(stack, "sub_01h455vb4pex5vsknk084sn02q", f"msg_{number}") for number in range(3)
    ]
    await processes.start("worker", "billing")
    await processes.idle()
    await processes.stop()

    traces = [trace_of(receiver, event_id) for event_id in event_ids]
    assert len({spans[0].trace for spans in traces}) == 3
    # The creation was the first of the batch: the others' spans link to its.
    [first] = [span for span in receiver.named("handle billing") if not span.links]
    assert {of(spans, "handle billing", "billing").links for spans in traces} == {frozenset({first.id})}
    assert [span.parent for span in receiver.named("commit")] == [first.id]


async def test_no_text_of_a_caller_is_in_a_span(processes: Processes, receiver: Receiver) -> None:
    stack = processes.stack
    await processes.start("worker", "billing")
    await pending(stack)
    await stack.http.get("/nothing-here-4111111111111111?token=secret")
    await stack.graphql('{ plan(id: "4111111111111111") { id } }')
    await processes.idle()
    await processes.stop()

    assert receiver.spans
    for span in receiver.spans:
        assert not re.search(r"4111|secret|ana@|Bearer", span.text)


async def test_health_and_metrics_are_not_traced(processes: Processes, receiver: Receiver) -> None:
    for path in ("/healthz", "/readyz", "/metrics"):
        await processes.stack.http.get(path)
    await processes.stop()

    assert receiver.spans == []


async def test_an_entry_without_a_context_is_handled_as_before(
    processes: Processes, receiver: Receiver
) -> None:
    stack = processes.stack
    await pending(stack)
    created = await stack.deps.store["events"].find_one({"type": "subscription_created"})
    assert created is not None
    assert created[tracing.FIELD].startswith("00-")
    await stack.deps.store["events"].update_one({"_id": created["_id"]}, {"$unset": {tracing.FIELD: 1}})
    await stack.deps.streams.redis.delete(stack.deps.streams.key("billing"))
    pairs = [(created["_id"], created["type"])]
    await publish(stack.deps.streams, "billing", pairs, timeout_ms=1_000)

    await processes.start("worker", "billing")
    await processes.idle()
    await processes.stop()

    assert receiver.named("handle billing") == []
    assert len(receiver.named("commit")) >= 1


async def test_the_relay_announces_an_event_with_its_context(processes: Processes) -> None:
    stack = processes.stack
    await pending(stack)
    created = await stack.deps.store["events"].find_one({"type": "subscription_created"})
    assert created is not None
    await stack.deps.streams.redis.delete(stack.deps.streams.key("billing"))

    async def announced() -> bool:
        return await relay_once(stack.deps) > 0

    await until(announced)

    [(_, fields)] = await stack.deps.streams.redis.xrange(stack.deps.streams.key("billing"))
    assert fields == {
        b"event_id": created["_id"].encode(),
        b"type": b"subscription_created",
        b"trace": created[tracing.FIELD].encode(),
    }


@pytest.mark.parametrize(
    ("fields", "trace"),
    [
        ({}, ""),
        ({b"trace": CALLER.encode()}, CALLER),
        ({b"trace": b"\xff"}, "�"),
    ],
)
def test_an_entry_is_read_with_any_context_or_none(fields: dict[bytes, bytes], trace: str) -> None:
    row = ("1-0", {b"event_id": b"evt_1", b"type": b"payment_success", **fields})

    assert entry_of(row) == Entry("1-0", "evt_1", "payment_success", trace)


def test_without_the_packages_everything_runs_and_nothing_is_traced() -> None:
    code = (
        "import sys; sys.modules['opentelemetry'] = None;"
        "import ciclo.web.app, workers.billing, workers.collection, workers.relay, ciclo.cli.serve;"
        "from ciclo import tracing;"
        "tracing.configure(None, ratio=1.0, process='api');"
        "assert tracing.current() is None;"
        "assert tracing.span('a') is tracing.span('b');"
        "tracing.close()"
    )

    subprocess.run((sys.executable, "-c", code), check=True)


def test_without_an_address_no_document_bears_a_context() -> None:
    fact = event(PaymentSucceeded(amount=1, currency="BRL"), at=date(2026, 11, 29))

    document = new_document(fact, recorded_at=fact.occurred_at, next_publish_at=fact.occurred_at)

    assert tracing.FIELD not in document


def test_an_address_without_the_packages_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)

    with pytest.raises(tracing.TracingUnavailable, match=r"ciclo-billing\[otel\]"):
        tracing.configure("http://127.0.0.1:4318/v1/traces", ratio=1.0, process="api")
