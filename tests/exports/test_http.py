"""Exports over HTTP: who may fetch them, what is in them, and how a refusal or a failure looks."""

import csv
import io
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final

import httpx
import pytest

from ciclo.exports.kinds import Kind
from ciclo.store.reports.scans import BATCH_MAX
from tests.benchmarks.filling import payments
from tests.journeys.asking import mutate
from tests.journeys.test_customers import ANA
from tests.stack import Stack, token

YEAR: Final = {"from": "2028-01-01", "to": "2029-01-01"}
EMPTY: Final = {"from": "2027-01-01", "to": "2028-01-01"}
HEADERS: Final = {
    Kind.PAYMENTS: "payment_id,created_at,status,amount,refunded_amount,currency,method,card_brand,"
    "card_last_four,attempts,failure_code,failed_at,completed_at,disputed,provider,provider_reference,"
    "invoice_id,subscription_id,customer_id,customer_email",
    Kind.INVOICES: "invoice_id,number,issued_at,due_on,status,kind,period_start,period_end,subtotal,tax,"
    "credit_applied,total,credited,currency,paid_at,voided_at,subscription_id,customer_id,customer_email,"
    "discount,taxes",
    Kind.SUBSCRIPTIONS: "subscription_id,created_at,status,plan_id,plan_version,plan_name,billing_cycle,"
    "quantity,price,mrr,currency,period_start,period_end,next_billing_date,trial_start,trial_end,"
    "activated_at,pending_plan_id,cancel_at_period_end,cancel_reason,paused_on,ended_at,end_reason,method,"
    "customer_id,customer_email",
    Kind.MOVEMENTS: "event_id,on,cause,mrr_before,mrr_after,mrr_change,currency,plan_id,previous_plan_id,"
    "subscription_id,customer_id,customer_email",
    Kind.EVENTS: "event_id,type,occurred_at,recorded_at,processed_at,source,actor,subscription_id,seq,"
    "outcome,review,dead,tries,last_error,data",
    Kind.CUSTOMERS: "customer_id,created_at,email,name,phone,tax_id_masked,external_id,locale,address_line1,"
    "address_line2,city,state,postal_code,country,balances,metadata,trial_used_at,merged_into,anonymized_at",
}


async def fetch(
    stack: Stack, path: str, *, bearer: str | None = None, method: str = "GET", **params: Any
) -> httpx.Response:
    headers = {} if bearer == "" else {"authorization": f"Bearer {bearer or stack.operator}"}
    return await stack.http.request(method, path, headers=headers, params=params)


async def rows(stack: Stack, kind: Kind, **params: Any) -> list[dict[str, Any]]:
    """Return what a CSV has, after a check that its JSON lines say the same."""
    days = YEAR | params
    answer = await fetch(stack, f"/exports/{kind}.csv", **days)
    lines = await fetch(stack, f"/exports/{kind}.jsonl", **days)
    found = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    objects = [json.loads(line) for line in lines.text.splitlines()]
    assert [list(one) for one in found] == [list(one) for one in objects]
    return found


def columns(found: Iterable[dict[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(one[name] for name in names) for one in found]


@pytest.mark.parametrize("kind", Kind)
async def test_only_operators_export(stack: Stack, kind: Kind) -> None:
    path = f"/exports/{kind}.csv"
    customer = token(role="customer", email="ana@example.com")

    answers = {
        "operator": await fetch(stack, path, **YEAR),
        "customer": await fetch(stack, path, bearer=customer, **YEAR),
        "customer, wrong days": await fetch(stack, path, bearer=customer),
        "anonymous": await fetch(stack, path, bearer="", **YEAR),
        "anonymous, no such thing": await fetch(stack, "/exports/secrets.csv", bearer=""),
        "forged": await fetch(stack, path, bearer=stack.operator[:-4] + "AAAA", **YEAR),
    }

    assert {who: answer.status_code for who, answer in answers.items()} == {
        "operator": 200,
        "customer": 403,
        "customer, wrong days": 403,
        "anonymous": 401,
        "anonymous, no such thing": 401,
        "forged": 401,
    }
    assert (answers["customer"].json()["code"], answers["anonymous"].json()["code"]) == (
        "FORBIDDEN",
        "UNAUTHENTICATED",
    )
    assert "payment_id" not in answers["customer"].text


@pytest.mark.parametrize(
    ("path", "params", "status", "code"),
    [
        ("/exports/people.csv", YEAR, 404, "UNKNOWN_EXPORT"),
        ("/exports/PAYMENTS.csv", YEAR, 404, "UNKNOWN_EXPORT"),
        ("/exports/payments.xlsx", YEAR, 404, "UNKNOWN_EXPORT_FORMAT"),
        ("/exports/payments.csv.csv", YEAR, 404, "UNKNOWN_EXPORT"),
        ("/exports/payments", YEAR, 404, "NOT_FOUND"),
        ("/exports/payments.csv", {}, 400, "INVALID_DATE"),
        ("/exports/payments.csv", {"from": "2028-01-01"}, 400, "INVALID_DATE"),
        ("/exports/payments.csv", YEAR | {"from": "2028-02-30"}, 400, "INVALID_DATE"),
        ("/exports/payments.csv", YEAR | {"from": "20280101"}, 400, "INVALID_DATE"),
        ("/exports/payments.csv", YEAR | {"from": "\u0662\u0660\u0662\u0668-01-01"}, 400, "INVALID_DATE"),
        ("/exports/payments.csv", YEAR | {"from": ["2028-01-01", "2028-01-02"]}, 400, "INVALID_DATE"),
        ("/exports/payments.csv", {"from": "2028-01-01", "to": "2028-01-01"}, 400, "INVALID_RANGE"),
        ("/exports/payments.csv", {"from": "2028-01-02", "to": "2028-01-01"}, 400, "INVALID_RANGE"),
        ("/exports/payments.csv", {"from": "0001-01-01", "to": "2028-01-01"}, 400, "INVALID_RANGE"),
        ("/exports/payments.csv", {"from": "2028-01-01", "to": "9999-12-31"}, 400, "INVALID_RANGE"),
    ],
)
async def test_what_can_not_be_exported_is_a_problem_with_a_code(
    stack: Stack, path: str, params: dict[str, Any], status: int, code: str
) -> None:
    answer = await fetch(stack, path, **params)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("form", "media_type"),
    [("csv", "text/csv; charset=utf-8; header=present"), ("jsonl", "application/x-ndjson")],
)
async def test_a_file_is_a_download_that_nobody_keeps(stack: Stack, form: str, media_type: str) -> None:
    path = f"/exports/payments.{form}"
    answer = await fetch(stack, path, **YEAR)
    head = await fetch(stack, path, method="HEAD", **YEAR)
    posted = await fetch(stack, path, method="POST", **YEAR)

    wanted = {
        "content-type": media_type,
        "content-disposition": f'attachment; filename="ciclo-payments-2028-01-01-2029-01-01.{form}"',
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
    }
    assert {name: answer.headers[name] for name in wanted} == wanted
    assert {name: head.headers[name] for name in wanted} == wanted
    assert (head.status_code, head.content, posted.status_code) == (200, b"", 405)


@pytest.mark.parametrize("kind", Kind)
async def test_days_on_which_nothing_happened_have_a_header_and_no_rows(stack: Stack, kind: Kind) -> None:
    in_csv = await fetch(stack, f"/exports/{kind}.csv", **EMPTY)
    in_lines = await fetch(stack, f"/exports/{kind}.jsonl", **EMPTY)

    assert (in_csv.status_code, in_csv.text) == (200, HEADERS[kind] + "\r\n")
    assert (in_lines.status_code, in_lines.text) == (200, "")


async def test_payments_say_what_was_paid_how_and_by_whom(stack: Stack) -> None:
    found = await rows(stack, Kind.PAYMENTS)

    names = ("status", "amount", "currency", "card_brand", "attempts", "failure_code", "customer_email")
    assert sorted(columns(found, *names)) == [
        ("COMPLETED", "29.99", "BRL", "visa", "1", "", "'=bia@example.com"),
        ("COMPLETED", "29.99", "BRL", "visa", "1", "", "'=bia@example.com"),
        ("COMPLETED", "29.99", "BRL", "visa", "1", "", "ana@example.com"),
        ("COMPLETED", "29.99", "BRL", "visa", "1", "", "ana@example.com"),
        ("FAILED", "299.90", "BRL", "visa", "5", "generic_decline", "caio@example.com"),
    ]
    assert [one["created_at"][:10] for one in found] == ["2028-01-10"] * 3 + ["2028-02-10"] * 2


async def test_invoices_have_the_status_that_the_api_shows(stack: Stack) -> None:
    found = await rows(stack, Kind.INVOICES)

    assert columns(found, "number", "status", "total", "currency", "period_start", "period_end") == [
        ("INV-000001", "PAID", "29.99", "BRL", "2028-01-10", "2028-02-10"),
        ("INV-000002", "PAID", "29.99", "BRL", "2028-01-10", "2028-02-10"),
        ("INV-000003", "CANCELED", "299.90", "BRL", "2028-01-10", "2029-01-10"),
        ("INV-000004", "PAID", "29.99", "BRL", "2028-02-10", "2028-03-10"),
        ("INV-000005", "PAID", "29.99", "BRL", "2028-02-10", "2028-03-10"),
    ]


async def test_words_of_others_never_become_formulas_and_json_has_them_as_they_are(stack: Stack) -> None:
    found = await rows(stack, Kind.SUBSCRIPTIONS)
    lines = await fetch(stack, "/exports/subscriptions.jsonl", **YEAR)

    names = ("plan_name", "cancel_reason", "customer_email")
    assert columns(found, *names) == [
        ('\'=HYPERLINK("http://evil","x")', "", "ana@example.com"),
        ('\'=HYPERLINK("http://evil","x")', "caro;'=1+1", "'=bia@example.com"),
        ("Yearly", "", "caio@example.com"),
    ]
    assert columns([json.loads(line) for line in lines.text.splitlines()], *names) == [
        ('=HYPERLINK("http://evil","x")', None, "ana@example.com"),
        ('=HYPERLINK("http://evil","x")', "caro;=1+1", "=bia@example.com"),
        ("Yearly", None, "caio@example.com"),
    ]
    assert columns(found, "status", "price", "mrr", "end_reason") == [
        ("ACTIVE", "29.99", "29.99", ""),
        ("CANCELLED", "29.99", "0.00", "REQUESTED"),
        ("CANCELLED", "299.90", "0.00", "NEVER_PAID"),
    ]


async def test_customers_are_told_without_their_tax_id(stack: Stack) -> None:
    await mutate(stack, "createCustomer", **ANA | {"email": "maria@example.com"})
    *_, found = await rows(stack, Kind.CUSTOMERS)

    assert (found["email"], found["external_id"], found["city"]) == (
        "maria@example.com",
        "User-7",
        "São Paulo",
    )
    assert (found["tax_id_masked"], found["metadata"]) == ("***.982.247-**", '{"seats":"3"}')


async def test_movements_add_up_to_the_mrr_and_losses_stay_numbers(stack: Stack) -> None:
    found = await rows(stack, Kind.MOVEMENTS)

    assert sorted(columns(found, "on", "cause", "mrr_change", "customer_email")) == [
        ("2028-01-10", "STARTED", "29.99", "'=bia@example.com"),
        ("2028-01-10", "STARTED", "29.99", "ana@example.com"),
        ("2028-02-15", "ENDED", "-29.99", "'=bia@example.com"),
    ]
    assert [one["on"] for one in found] == sorted(one["on"] for one in found)


async def test_events_have_their_data_but_no_token_that_could_be_charged(stack: Stack) -> None:
    found = await rows(stack, Kind.EVENTS)

    created = [json.loads(one["data"]) for one in found if one["type"] == "subscription_created"]
    stored = await stack.deps.store["events"].count_documents({})
    assert len(found) == stored
    assert [one["event_id"] for one in found] == sorted(one["event_id"] for one in found)
    assert sorted(tuple(one["method"].items()) for one in created) == [
        (
            *(("brand", "visa"), ("expires_on", None), ("fingerprint", None), ("kind", "CREDIT_CARD")),
            *(("last_four", four), ("payer_reference", None)),
        )
        for four in ("0341", "4242", "4242")
    ]


async def test_a_day_begins_and_ends_where_the_seller_is(stack: Stack) -> None:
    """São Paulo is three hours behind UTC: the renewals of February 10 happened at its first instant."""
    days = [("2028-02-09", "2028-02-10"), ("2028-02-10", "2028-02-11"), ("2028-02-11", "2028-02-12")]

    found = [len(await rows(stack, Kind.PAYMENTS, **{"from": start, "to": end})) for start, end in days]
    instants = [one["created_at"] for one in await rows(stack, Kind.PAYMENTS, **{"from": "2028-02-10"})]

    assert found == [0, 2, 0]
    assert instants == ["2028-02-10T03:00:00.000Z"] * 2


async def test_a_failure_in_the_middle_does_not_look_like_a_whole_file(stack: Stack) -> None:
    made = BATCH_MAX * 5 // 2
    store = stack.deps.store["payments"]
    unreadable = {"_id": "pay_broken", "created_at": datetime(2025, 12, 31, 12, tzinfo=UTC)}
    window = {"from": "2022-01-01", "to": "2026-01-01"}
    ours = {"created_at": {"$lt": datetime(2026, 1, 1, tzinfo=UTC)}}
    try:
        await store.insert_many(list(payments(made, seed=1)))
        whole = await fetch(stack, "/exports/payments.csv", **window)
        await store.insert_one(unreadable)
        with pytest.raises(httpx.RemoteProtocolError):
            await fetch(stack, "/exports/payments.csv", **window)
    finally:
        await store.delete_many(ours)

    assert whole.text.count("\r\n") == made + 1


async def test_a_failure_before_the_first_rows_is_a_problem(stack: Stack) -> None:
    store = stack.deps.store["payments"]
    unreadable = {"_id": "pay_broken", "created_at": datetime(2020, 1, 1, 12, tzinfo=UTC)}
    try:
        await store.insert_one(unreadable)
        answer = await fetch(stack, "/exports/payments.csv", **{"from": "2020-01-01", "to": "2020-01-02"})
    finally:
        await store.delete_one({"_id": "pay_broken"})

    assert (answer.status_code, answer.json()["code"]) == (500, "INTERNAL")
