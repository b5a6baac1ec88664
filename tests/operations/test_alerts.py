"""Alerts and dashboard: expressions that can be read, over metrics that are there, with a page for each."""

import re
from typing import Any, Final

import pytest
from prometheus_client.parser import text_string_to_metric_families

from ciclo.metrics import REGISTRY, Reading
from tests.journeys.asking import a_plan, subscribe
from tests.operations.watching import ROOT, RUNBOOK, alerts, anchors, expressions, panels, selectors
from tests.stack import Stack

OF_PROMETHEUS: Final = {"up": {"job", "instance"}}
"""What Prometheus itself says of a target."""

OF_EVERY_TARGET: Final = {"job", "instance"}
READ_WHEN_THERE_IS_SOMETHING: Final = {
    Reading.STREAM_OLDEST_PENDING_SECONDS.metric,  # an entry in work
    Reading.BACKUP_AGE_SECONDS.metric,  # a backup
}


async def scraped(stack: Stack) -> dict[str, tuple[set[str], bool]]:
    """Return every series that /metrics shows or may show: its labels, and whether it has a value now."""
    page = (await stack.http.get("/metrics")).text
    found: dict[str, tuple[set[str], bool]] = {}
    for family in text_string_to_metric_families(page):
        names = {
            "counter": [f"{family.name}_total"],
            "histogram": [f"{family.name}{end}" for end in ("_bucket", "_count", "_sum")],
        }.get(family.type, [family.name])
        for name in names:
            samples = [sample for sample in family.samples if sample.name == name]
            found[name] = ({label for sample in samples for label in sample.labels}, bool(samples))
    return found


async def busy(stack: Stack) -> None:
    """Let there be something of everything: requests, errors, a charge, a refused notice."""
    await subscribe(stack, await a_plan(stack, trialDays=0), "ana@example.com", card="tok_visa")
    await stack.graphql("{ nothing }")
    await stack.http.post(
        "/api/webhooks/payment", content=b"{}", headers={"content-type": "application/json"}
    )


async def test_every_metric_that_is_named_is_exported(stack: Stack) -> None:
    await busy(stack)

    exported = await scraped(stack)

    named = {one.name for expression in expressions() for one in selectors(expression)} - set(OF_PROMETHEUS)
    assert named - set(exported) == set()
    # What has no value yet is counted by an outcome that did not happen here.
    silent = {name for name in named if not exported[name][1] and not name.endswith("_total")}
    assert silent <= READ_WHEN_THERE_IS_SOMETHING


async def test_every_label_that_is_named_is_the_metrics_own(stack: Stack) -> None:
    await busy(stack)

    exported = await scraped(stack)

    readings = {reading.metric: set(reading.labels) for reading in Reading}
    for expression in expressions():
        for one in selectors(expression):
            matched = {matcher.name for matcher in one.matchers.matchers}
            labels, has_value = exported.get(one.name, (OF_PROMETHEUS.get(one.name, set()), True))
            labels |= readings.get(one.name, set()) | OF_EVERY_TARGET
            grouped = {
                label.strip() for by in re.findall(r"by \(([^)]*)\)", expression) for label in by.split(",")
            }
            assert not has_value or matched | grouped <= labels, expression


async def test_a_charge_is_counted_as_a_call_to_its_provider(stack: Stack) -> None:
    await busy(stack)

    page = (await stack.http.get("/metrics")).text

    assert re.search(
        r'^ciclo_provider_calls\{outcome="answered",provider="sandbox"\} [1-9]', page, re.MULTILINE
    )


async def test_nothing_is_wrong_with_a_stack_that_works(stack: Stack) -> None:
    await busy(stack)

    page = (await stack.http.get("/metrics")).text

    for name in (
        "streams_away",
        "store_away",
        "events_dead",
        "due_held_back",
        "migrations_behind",
        "reviews_open",
    ):
        assert f"ciclo_{name} 0.0" in page
    assert float(re.findall(r"^ciclo_relay_overdue_seconds (\S+)", page, re.MULTILINE)[0]) < 60


@pytest.mark.parametrize("expression", sorted(set(expressions())))
def test_an_expression_can_be_read(expression: str) -> None:
    assert selectors(expression)


def test_the_reader_refuses_what_prometheus_would() -> None:
    with pytest.raises(ValueError, match="parenthesis"):
        selectors("sum(ciclo_events_dead")


@pytest.mark.parametrize("alert", alerts(), ids=lambda rule: rule["alert"])
def test_an_alert_says_what_is_wrong_and_leads_to_its_section(alert: dict[str, Any]) -> None:
    page, _, anchor = alert["annotations"]["runbook_url"].partition("#")

    assert page.endswith("/blob/main/docs/runbook.md")
    assert anchor in anchors(RUNBOOK)
    assert alert["annotations"]["summary"].endswith(".")
    assert alert["labels"]["severity"] in {"page", "ticket"}
    assert re.fullmatch(r"\d+[smhd]", alert.get("for", "0s"))


def test_the_runbook_and_the_alerts_name_each_other() -> None:
    cited = set(re.findall(r"`(Ciclo[A-Za-z]+)`", RUNBOOK.read_text(encoding="utf-8")))

    assert cited == {rule["alert"] for rule in alerts()}


def test_panels_have_titles_of_their_own_and_do_not_cover_each_other() -> None:
    titles = [panel["title"] for panel in panels()]
    places = [
        (x, y)
        for panel in panels()
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]

    assert len(set(titles)) == len(titles)
    assert len(set(places)) == len(places)
    assert max(x for x, _ in places) < 24


def test_the_page_of_operations_names_metrics_that_are() -> None:
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8") + RUNBOOK.read_text(encoding="utf-8")
    named = set(re.findall(r"\bciclo_[a-z_]+", text))
    counted = {family.name + ("_total" if family.type == "counter" else "") for family in REGISTRY.collect()}
    known = {reading.metric for reading in Reading} | counted

    assert named - known == set()
