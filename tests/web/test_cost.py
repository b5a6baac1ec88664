"""What an answer may come to, and that building one leaves room for everybody else."""

import asyncio
import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLError, build_schema, parse, validate

from ciclo.settings.settings import Settings
from graphql_schema.execution.cost import (
    PLAIN_LIST_ITEMS,
    WEIGHTS,
    AnswerBounds,
    AnswerCost,
    answer_cost,
    check_cost,
)
from graphql_schema.execution.executor import ITEMS_MAX, SLICE_S
from graphql_schema.execution.limits import TooComplex
from graphql_schema.schema import build_schema as ciclos_schema
from tests.web.schema import Context, make_schema

SCHEMA = build_schema(ciclos_schema().as_str())
BOUNDS = AnswerBounds()
IN_FRAGMENTS = """
{ ...A }
fragment A on Query { plans(first: 7) { ... { ...B } } }
fragment B on PlanConnection { edges { cursor } }
"""
PAGE_MAX = 100
PORTAL = Path(__file__).parents[2] / "portal" / "src"


def cost(query: str, name: str | None = None, **variables: object) -> AnswerCost:
    document = parse(query)
    assert validate(SCHEMA, document) == []
    return answer_cost(document, SCHEMA, operation_name=name, variables=variables)


@pytest.mark.parametrize(
    ("query", "items", "values"),
    [
        ("{ plans { totalCount } }", 0, 1 + WEIGHTS["totalCount"]),
        # plans, edges, 20 nodes and 20 ids
        ("{ plans { edges { node { id } } } }", 20, 1 + 1 + 20 + 20),
        ("{ plans(first: 100) { edges { node { id } } } }", 100, 2 + 100 + 100),
        ("{ plans(first: 3) { edges { node { features } } } }", 3 + 3 * PLAIN_LIST_ITEMS, 2 + 3 + 3),
        (IN_FRAGMENTS, 7, 2 + 7),
        ("{ mySubscription { invoices(first: 10) { edges { node { lines { kind } payments { id } } } } } }",
         10 + 2 * 10 * PLAIN_LIST_ITEMS, 1 + 1 + 1 + 10 + 2 * 10 + 2 * 10 * PLAIN_LIST_ITEMS),
        ("{ payments(first: 2) { edges { node { pix { a: qrCodeSvg b: qrCodeSvg } } } } }",
         2, 2 + 2 + 2 + 4 * WEIGHTS["qrCodeSvg"]),
        ("{ __schema { types { name } } __typename }", 0, 2),
    ],
)  # fmt: skip
def test_what_lists_may_return_is_counted(query: str, items: int, values: int) -> None:
    assert cost(query) == AnswerCost(items, values)


@pytest.mark.parametrize(
    ("given", "items"),
    [
        ({}, 7),
        ({"n": 30}, 30),
        ({"n": 3e1}, 30),
        ({"n": None}, 20),
        ({"n": "x"}, 20),
        ({"n": float("inf")}, 20),
    ],
)
def test_a_page_size_by_variable_counts_with_its_value(given: dict[str, object], items: int) -> None:
    assert cost("query($n: Int = 7) { plans(first: $n) { edges { cursor } } }", **given).items == items


def test_the_operation_that_is_asked_for_is_the_one_that_counts() -> None:
    query = "query A { plans { edges { cursor } } } query B { plans(first: 2) { edges { cursor } } }"

    assert [cost(query, name).items for name in "AB"] == [20, 2]


def test_pages_within_pages_multiply_and_are_refused_with_the_figures() -> None:
    """The query that took thirty seconds."""
    inner = "edges { cursor }"
    for _ in range(2):
        inner = f"edges {{ node {{ subscription {{ invoices(first: 100) {{ {inner} }} }} }} }}"
    asked = cost(f"{{ mySubscription {{ invoices(first: 100) {{ {inner} }} }} }}")

    with pytest.raises(TooComplex) as refused:
        check_cost(asked, BOUNDS)

    assert asked.items == 100 + 100**2 + 100**3
    assert refused.value.extensions == {"code": "QUERY_TOO_COMPLEX", "cost": 1_010_100, "bound": BOUNDS.items}
    assert "1010100 items" in refused.value.message


def portal_documents() -> list[str]:
    """Return the documents of the pages, each with all fragments that it uses."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(PORTAL.rglob("*.ts*"))]
    found = [
        document
        for text in texts
        for document in re.findall(r"graphql\(\s*`([^`]*)`", text.replace(" @_unmask", ""))
    ]
    fragments = {name: text for text in found for name in re.findall(r"fragment (\w+) on", text)}
    return [
        _with_fragments(document, fragments)
        for document in found
        if not document.strip().startswith("fragment")
    ]


def _with_fragments(document: str, fragments: dict[str, str]) -> str:
    whole: list[str] = [document]
    for text in whole:  # it grows
        whole += [
            fragments[name]
            for name in dict.fromkeys(re.findall(r"\.\.\.(\w+)", text))
            if not any(f"fragment {name} on" in known for known in whole)
        ]
    return "\n".join(whole)


def test_the_pages_ask_for_less_than_two_thirds_of_what_is_allowed() -> None:
    documents = portal_documents()

    costs = [cost(document, first=PAGE_MAX) for document in documents]

    assert len(documents) > 20
    assert max(found.items for found in costs) <= BOUNDS.items * 2 / 3
    assert max(found.values for found in costs) <= BOUNDS.values * 2 / 3


def test_drawings_are_few() -> None:
    drawn = " ".join(f"a{n}: qrCodeSvg" for n in range(30))

    with pytest.raises(TooComplex, match="values"):
        check_cost(cost(f"{{ payments(first: 10) {{ edges {{ node {{ pix {{ {drawn} }} }} }} }} }}"), BOUNDS)

    check_cost(cost("{ payments(first: 100) { edges { node { pix { qrCodeSvg } } } } }"), BOUNDS)


async def answer(settings: Settings, query: str) -> tuple[Any, list[GraphQLError]]:
    result = await make_schema(settings, operation_s_max=30).execute(query, context_value=Context())
    return result.data, result.errors or []


async def test_a_list_that_is_longer_than_it_is_taken_to_be_is_stopped(settings: Settings) -> None:
    data, errors = await answer(settings, f"{{ many(length: {ITEMS_MAX}) {{ id }} }}")
    assert (len(data["many"]), errors) == (ITEMS_MAX, [])

    data, errors = await answer(settings, f"{{ many(length: {ITEMS_MAX + 1}) {{ id }} }}")
    assert data is None
    assert [(error.extensions or {})["code"] for error in errors] == ["QUERY_TOO_COMPLEX"]


async def test_building_an_answer_gives_the_loop_back(settings: Settings) -> None:
    """Of as many values as may be, the longest time in which nobody else had a turn."""
    schema, inner = make_schema(settings, operation_s_max=30), "id digest"
    for _ in range(4):
        inner = f"id digest node {{ {inner} }}"
    query = f"{{ nodes(first: 100) {{ children(first: 15) {{ {inner} }} }} }}"

    async def longest_gap() -> tuple[float, float]:
        gaps: list[float] = []
        watching = asyncio.create_task(_watch(gaps))
        began = time.perf_counter()
        result = await schema.execute(query, context_value=Context())
        took = time.perf_counter() - began
        watching.cancel()
        assert result.errors is None
        assert json.dumps(result.data).count('"node"') > 1_000
        return max(gaps), took

    measured = [await longest_gap() for _ in range(5)]

    assert min(took for _, took in measured) > 5 * SLICE_S, "too small to show anything"
    # A busy machine makes gaps of its own; without pauses each is as long as its answer.
    assert min(gap / took for gap, took in measured) < 1 / 3


async def _watch(gaps: list[float]) -> None:
    last = time.perf_counter()
    while True:
        await asyncio.sleep(0)
        now = time.perf_counter()
        gaps.append(now - last)
        last = now
