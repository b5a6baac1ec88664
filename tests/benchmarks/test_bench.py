from typing import Any

import orjson
import pytest

from ciclo.actions.processing.apply_events import apply_recorded
from tests.benchmarks import lists
from tests.benchmarks.accounts import RENEWAL, Names, notice_document, owing
from tests.benchmarks.applying import WorkNotDone, require_paid
from tests.benchmarks.bench import Bench
from tests.benchmarks.measuring import as_json, at_least, table
from tests.benchmarks.run import measured
from tests.benchmarks.scale import TINY
from tests.servers import Servers


@pytest.fixture
async def bench(servers: Servers, worker_id: str) -> Bench:
    return Bench(servers=servers, scale=TINY, suffix=worker_id)


async def test_the_smallest_benchmark_gives_a_finding_a_goal(bench: Bench) -> None:
    findings = await measured(bench, ["applying", "lists"])

    assert [one.goal for one in findings] == ["A", "A", "A2", "A2", "A2", "A2", "E", "E"]
    assert all(one.measured > 0 and len(one.samples) == TINY.repetitions for one in findings[:6])
    assert len(table(findings).splitlines()) == 2 + len(findings)
    assert [one["met"] for one in orjson.loads(as_json(findings))] == [one.is_met for one in findings]


async def test_what_is_answered_is_what_is_counted(bench: Bench) -> None:
    findings = await measured(bench, ["metering"])

    assert [one.goal for one in findings] == ["F1", "F2", "F2", "F2"]
    assert all(one.measured > 0 for one in findings)


async def test_a_worker_tells_where_there_is_an_endpoint_and_nowhere_else(bench: Bench) -> None:
    findings = await measured(bench, ["telling"])

    assert [(one.goal, len(one.samples)) for one in findings] == [("W", TINY.repetitions)] * 2


async def test_a_sample_whose_events_were_not_applied_is_refused(bench: Bench) -> None:
    async with bench.deps("proof") as deps:
        numbers = bench.take(4)
        with bench.ledger("proof") as ledger:
            ledger.add(owing().cast(number) for number in numbers)
            ledger.insert("events", (notice_document(one, now=RENEWAL) for one in numbers))
        ids: list[Any] = [Names(number).of("evt") for number in numbers]

        await apply_recorded(deps, ids[:3])
        with pytest.raises(WorkNotDone, match="3 of 4 events"):
            await require_paid(deps, numbers)

        await apply_recorded(deps, ids[3:])
        await require_paid(deps, numbers)


async def test_a_list_whose_index_is_gone_is_found(bench: Bench) -> None:
    async with bench.deps("lists") as deps:
        await lists.filled(bench, deps)
        assert await lists.unplanned(deps) == {}

        await deps.store["payments"].drop_index("newest")
        assert set(await lists.unplanned(deps)) == {"payments", "payments by status", "payments by date"}


def test_a_figure_that_its_samples_do_not_agree_on_is_unsure() -> None:
    verdicts = [
        at_least(4, samples, goal="B1", subject="").verdict for samples in ([5, 6], [3, 5, 6], [1, 2, 9])
    ]
    assert verdicts == ["met", "met, unsure", "MISSED, unsure"]
