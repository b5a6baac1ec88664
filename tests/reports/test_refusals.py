"""What reports refuse, and to whom."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest

from tests.reports.asking import COHORTS, REVENUE
from tests.stack import Stack, running_stack, settings_for, token

REPORTS = pytest.mark.parametrize("query", [REVENUE, COHORTS], ids=["revenue", "cohorts"])


@pytest.fixture(scope="module")
async def stack(
    mongo_url: str, redis_url: str, database_name: str, stream_prefix: str
) -> AsyncIterator[Stack]:
    settings = settings_for(mongo_url, redis_url, database=database_name, prefix=stream_prefix)
    async with running_stack(settings) as running:
        yield running


def error_of(answer: dict[str, Any]) -> tuple[str, str]:
    """Return the code and the words of the one error of an answer without data."""
    assert answer.get("data") is None
    [error] = answer["errors"]
    return error["extensions"]["code"], error["message"]


@REPORTS
@pytest.mark.parametrize(
    ("start", "end", "currency", "expected"),
    [
        ("2026-01-02", "2026-01-01", None, ("INVALID_VALUE", "endDate must not be before startDate")),
        ("2026-01-01", "9999-12-31", None, ("INVALID_VALUE", "the day is too far ahead")),
        (
            "1969-01-01",
            "1969-02-01",
            None,
            ("INVALID_VALUE", "a report is about days from 1970-01-01 to 2999-12-31"),
        ),
        ("2900-01-01", "2900-02-01", None, ("INVALID_VALUE", "startDate lies in the future")),
        (
            "2020-01-01",
            "2025-01-31",
            None,
            ("LIMIT_EXCEEDED", "a report has at most 60 months; this window touches 61"),
        ),
        ("2026-01-01", "2026-02-01", "XXX", ("UNKNOWN_CURRENCY", None)),
        ("2026-01-01", "2026-02-01", "brl", ("UNKNOWN_CURRENCY", None)),
    ],
    ids=["empty", "backwards", "too early", "to come", "too long", "no currency", "small letters"],
)
async def test_a_window_or_currency_that_can_not_be_reported_is_refused(
    stack: Stack, query: str, start: str, end: str, currency: str | None, expected: tuple[str, str | None]
) -> None:
    answer = await stack.graphql(query, {"start": start, "end": end, "currency": currency})

    code, message = error_of(answer)
    assert code == expected[0]
    assert expected[1] is None or message == expected[1]


@REPORTS
@pytest.mark.parametrize("given", ["2026-02-30", "yesterday", "", "2026-01-01T00:00:00Z"])
async def test_what_is_no_date_is_refused(stack: Stack, query: str, given: str) -> None:
    answer = await stack.graphql(query, {"start": given, "end": "2026-02-01"})

    assert answer.get("data") is None
    assert len(answer["errors"]) == 1


@REPORTS
async def test_reports_are_for_operators(stack: Stack, query: str) -> None:
    window = {"start": "2026-01-01", "end": "2026-02-01"}
    customer = token(role="customer", email="ana@example.com")

    assert error_of(await stack.graphql(query, window, bearer=customer))[0] == "FORBIDDEN"
    assert error_of(await stack.graphql(query, window, bearer=""))[0] == "UNAUTHENTICATED"


async def test_a_currency_in_which_nothing_was_sold_has_empty_months(stack: Stack) -> None:
    found = await stack.data(REVENUE, {"start": "2026-01-01", "end": "2026-02-28", "currency": "KWD"})

    report = found["revenueReport"]
    assert report["currency"] == "KWD"
    assert [(one["startDate"], one["mrr"], one["byPlan"]) for one in report["months"]] == [
        ("2026-01-01", {"amount": "0.000"}, []),
        ("2026-02-01", {"amount": "0.000"}, []),
    ]


async def test_months_to_come_are_left_out(stack: Stack) -> None:
    today = date.fromisoformat(str(await stack.deps.clock.now())[:10])
    window = {"start": f"{today.year}-01-01", "end": f"{today.year + 2}-01-01"}

    found = await stack.data(REVENUE, window)

    assert len(found["revenueReport"]["months"]) == today.month
