"""Notices are signed and shaped as a payment provider would."""

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

import pytest
from standardwebhooks import Webhook

from ciclo.localstack.choices import NoticeChoice
from ciclo.localstack.errors import LocalStackError
from ciclo.simulation.notice import NoticeFields, NoticeOptions, body_of, find_amount_due, send_notice

SECRET = "whsec_Vepp/hOZhAV037PtF6ws4mcTMMKwmHnDLuvLKdJ2Rvc="
SUBSCRIPTION = "sub_01h455vb4pex5vsknk084sn02q"
PRICE = {"amount": "29.90", "currency": "BRL"}


@dataclass
class Api:
    """A server that keeps what it is sent, and answers what it is told to."""

    url: str = ""
    status: int = 202
    answers: dict[str, object] = field(default_factory=lambda: {"status": "queued"})
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)


@contextmanager
def serving(api: Api) -> Iterator[Api]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            api.got.append((self.path, dict(self.headers), body))
            answer = json.dumps(api.answers).encode()
            self.send_response(200 if self.path == "/graphql" else api.status)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        api.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield api
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def api() -> Iterator[Api]:
    with serving(Api()) as served:
        yield served


AN_ORDER = NoticeOptions(
    event=NoticeChoice.SUCCESS,
    subscription=SUBSCRIPTION,
    amount="29.90",
    payment=None,
    on=date(2025, 1, 1),
    currency=None,
    failure_code=None,
    message_id="msg_1",
)


def values(api: Api) -> dict[str, str]:
    return {"CICLO_URL": api.url, "CICLO_WEBHOOK_SECRET": SECRET, "CICLO_ADMIN_TOKEN": "an.admin.token"}


def test_a_notice_arrives_with_a_signature_that_verifies(api: Api) -> None:
    answer = send_notice(AN_ORDER, values(api), now=datetime.now(UTC))

    ((path, headers, body),) = api.got
    assert (answer.status_code, answer.json()) == (202, {"status": "queued"})
    assert path == "/api/webhooks/payment"
    assert headers["content-type"] == "application/json"
    assert headers["webhook-id"] == "msg_1"
    assert Webhook(SECRET).verify(body, headers) == {
        "subscription_id": SUBSCRIPTION,
        "event": "payment_success",
        "amount": 29.9,
        "date": "2025-01-01",
    }


def test_an_amount_keeps_its_digits_and_what_is_known_is_told() -> None:
    notice = NoticeFields(
        subscription=SUBSCRIPTION,
        event=NoticeChoice.FAILED,
        amount="12345678901.90",
        on=date(2025, 2, 28),
        currency="BRL",
        payment="pay_1",
        failure_code="insufficient_funds",
    )

    assert json.loads(body_of(notice), parse_float=str) == {
        "subscription_id": SUBSCRIPTION,
        "event": "payment_failed",
        "amount": "12345678901.90",
        "date": "2025-02-28",
        "currency": "BRL",
        "payment_id": "pay_1",
        "failure_code": "insufficient_funds",
    }


def test_an_id_is_made_up_for_each_notice(api: Api) -> None:
    for _ in range(2):
        send_notice(replace(AN_ORDER, message_id=None), values(api), now=datetime.now(UTC))

    first, second = (headers["webhook-id"] for _, headers, _ in api.got)
    assert first != second


def test_the_day_is_the_one_in_the_billing_time_zone(api: Api) -> None:
    late_evening_in_sao_paulo = datetime(2025, 1, 2, 1, 30, tzinfo=UTC)

    send_notice(replace(AN_ORDER, on=None), values(api), now=late_evening_in_sao_paulo)

    assert json.loads(api.got[0][2])["date"] == "2025-01-01"


@pytest.mark.parametrize("amount", ["-1", "1e3", "NaN", "29,90", "01.00", "1.0000", "", "1_0"])
def test_what_is_no_amount_is_not_sent(api: Api, amount: str) -> None:
    with pytest.raises(LocalStackError, match="is no amount"):
        send_notice(replace(AN_ORDER, amount=amount), values(api), now=datetime.now(UTC))

    assert api.got == []


def test_without_an_amount_the_api_is_asked_what_is_due(api: Api) -> None:
    open_invoice = {"node": {"status": "PENDING", "total": {"amount": "59.80", "currency": "BRL"}}}
    api.answers = {
        "data": {
            "subscription": {"quantity": 1, "plan": {"price": PRICE}, "invoices": {"edges": [open_invoice]}}
        }
    }

    send_notice(replace(AN_ORDER, amount=None), values(api), now=datetime.now(UTC))

    (asked_path, asked_headers, asked), (_, _, posted) = api.got
    assert (asked_path, asked_headers["authorization"]) == ("/graphql", "Bearer an.admin.token")
    assert json.loads(asked)["variables"] == {"id": SUBSCRIPTION}
    assert (json.loads(posted)["amount"], json.loads(posted)["currency"]) == (59.8, "BRL")


def test_what_is_due_is_the_oldest_open_invoice() -> None:
    newest_first = [
        {"node": {"status": status, "total": {"amount": amount, "currency": "BRL"}}}
        for status, amount in (
            ("PAID", "1.00"),
            ("PENDING", "2.00"),
            ("OVERDUE", "3.00"),
            ("CANCELED", "4.00"),
        )
    ]

    assert find_amount_due(
        {"quantity": 1, "plan": {"price": PRICE}, "invoices": {"edges": newest_first}}
    ) == (
        "3.00",
        "BRL",
    )


def test_else_it_is_one_period_of_the_plan() -> None:
    assert find_amount_due({"quantity": 3, "plan": {"price": PRICE}, "invoices": {"edges": []}}) == (
        "89.70",
        "BRL",
    )


def test_an_unknown_subscription_is_explained(api: Api) -> None:
    api.answers = {"data": {"subscription": None}}

    with pytest.raises(LocalStackError, match="does not say what sub_01h455vb4pex5vsknk084sn02q costs: 200"):
        send_notice(replace(AN_ORDER, amount=None), values(api), now=datetime.now(UTC))


def test_nobody_at_the_address_is_explained() -> None:
    with serving(Api()) as gone:
        pass

    with pytest.raises(LocalStackError, match="no answer from"):
        send_notice(AN_ORDER, values(gone), now=datetime.now(UTC))


@pytest.mark.parametrize("missing", ["CICLO_URL", "CICLO_WEBHOOK_SECRET"])
def test_what_is_not_set_is_named(api: Api, missing: str) -> None:
    with pytest.raises(LocalStackError, match=f"{missing} is not set"):
        send_notice(AN_ORDER, values(api) | {missing: ""}, now=datetime.now(UTC))


@pytest.mark.parametrize("secret", ["whsec_", "whsec_a"])
def test_a_secret_that_is_none_is_refused(api: Api, secret: str) -> None:
    with pytest.raises(LocalStackError, match="CICLO_WEBHOOK_SECRET is not"):
        send_notice(AN_ORDER, values(api) | {"CICLO_WEBHOOK_SECRET": secret}, now=datetime.now(UTC))
