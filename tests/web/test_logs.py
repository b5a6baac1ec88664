"""Logs: one line an event, without what must not be written down."""

import io
import json
import logging

import pytest
import structlog

from ciclo import logs
from ciclo.redaction import redact, redact_value

CARD = "4242 4242 4242 4242"


@pytest.fixture
def lines(logging_put_back: None) -> io.StringIO:
    """Give the stream that logs go to."""
    stream = io.StringIO()
    logs.configure(level="INFO", json=True, stream=stream)
    return stream


def written(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_event_is_one_json_line_with_the_request_id(lines: io.StringIO) -> None:
    with logs.about(request_id="req-1", event_id="evt_1"):
        assert logs.request_id() == "req-1"
        structlog.get_logger().info("invoice.paid", amount=2990)

    [line] = written(lines)
    assert line.pop("time")
    assert line == {
        "event": "invoice.paid",
        "amount": 2990,
        "level": "info",
        "request_id": "req-1",
        "event_id": "evt_1",
    }
    assert logs.request_id() == ""


def test_the_standard_library_writes_the_same_lines(lines: io.StringIO) -> None:
    with logs.about(request_id="req-2"):
        logging.getLogger("some.library").warning("gave up on %s", "mongodb://ciclo:hunter2@db/ciclo")

    [line] = written(lines)
    assert line["event"] == "gave up on mongodb://[secret]@db/ciclo"
    assert (line["level"], line["logger"], line["request_id"]) == ("warning", "some.library", "req-2")


def test_line_breaks_and_escapes_in_values_do_not_make_lines(lines: io.StringIO) -> None:
    structlog.get_logger().info("name.changed", name='x\n{"event": "forged"}\x1b[2J')

    [line] = written(lines)
    assert line["name"] == 'x\n{"event": "forged"}\x1b[2J'


def test_an_exception_is_part_of_its_line_and_redacted(lines: io.StringIO) -> None:
    try:
        raise ValueError(f"card {CARD} was refused")  # noqa: TRY301 - the traceback is the point
    except ValueError:
        structlog.get_logger().exception("charge.failed")

    [line] = written(lines)
    assert "ValueError: card [pan] was refused" in str(line["exception"])


def test_lines_below_the_level_are_not_written(lines: io.StringIO) -> None:
    structlog.get_logger().debug("detail")
    logging.getLogger("some.library").debug("detail")

    assert lines.getvalue() == ""


def test_what_strawberry_and_uvicorn_log_about_requests_is_not_written(lines: io.StringIO) -> None:
    logging.getLogger("strawberry.execution").error("the query's text")
    logging.getLogger("uvicorn.access").info("GET /?token=abc")
    logging.getLogger("uvicorn.error").info("Started", extra={"color_message": "\x1b[1mStarted"})

    assert [line["event"] for line in written(lines)] == ["Started"]


def test_people_read_plain_lines(lines: io.StringIO) -> None:
    logs.configure(level="INFO", json=False, stream=lines)

    logging.getLogger("some.library").warning("Authorization: Bearer abc.def")

    assert "Authorization: Bearer [secret]" in lines.getvalue()


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("mongodb://user:p%40ss@h1,h2/db", "mongodb://[secret]@h1,h2/db"),
        ("redis://:pass@localhost:6379", "redis://[secret]@localhost:6379"),
        ("see http://127.0.0.1:8000/graphql", "see http://127.0.0.1:8000/graphql"),
        ("authorization: bearer abc.def-ghi", "authorization: bearer [secret]"),
        ("token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln!", "token [secret]!"),
        ("key whsec_c2VjcmV0+/= used", "key [secret] used"),
        ("sk_live_abc123 rk_test_1 abc_prod_9", "[secret] [secret] [secret]"),
        ('{"password": "hunter2", "cvv":"123"}', '{"password": "[secret]", "cvv":"[secret]"}'),
        ("api_key=abc&next=1", "api_key=[secret]&next=1"),
        (f"card {CARD}.", "card [pan]."),
        ("card 4242-4242-4242-4242", "card [pan]"),
        ("5555555555554444,378282246310005", "[pan],[pan]"),
        ("no card 4242424242424241", "no card 4242424242424241"),
        ("too long 42424242424242424242", "too long 42424242424242424242"),
        ("sub_01h455vb4pex5vsknk084sn02q", "sub_01h455vb4pex5vsknk084sn02q"),
    ],
)
def test_secrets_and_card_numbers_are_taken_out_of_text(text: str, clean: str) -> None:
    assert redact(text) == clean


def test_values_are_redacted_by_name_and_by_content() -> None:
    value = {
        "Authorization": "anything",
        "card-number": 1,
        "nested": [{"note": CARD}, ("a", 4242424242424242), 2990, None, True, 1.5],
        "deep": {"a": {"a": {"a": {"a": {"a": {"a": CARD}}}}}},
    }

    assert redact_value(value) == {
        "Authorization": "[secret]",
        "card-number": "[secret]",
        "nested": [{"note": "[pan]"}, ["a", "[pan]"], 2990, None, True, 1.5],
        "deep": {"a": {"a": {"a": {"a": {"a": "{'a': '[pan]'}"}}}}},
    }


def test_long_texts_are_cut() -> None:
    assert redact("x" * 100_000) == "x" * 16_384 + " [cut]"


UNSEEN = "x\x9b2J\x1b[2J\u202egnp\u2066\u200f\x7f"


@pytest.mark.parametrize("json", [True, False])
@pytest.mark.usefixtures("logging_put_back")
def test_nothing_that_a_terminal_would_act_on_is_written(*, json: bool) -> None:
    stream = io.StringIO()
    logs.configure(json=json, stream=stream)

    structlog.get_logger().info("request", path=f"/{UNSEEN}", name="joão 👩\u200d👧")
    logging.getLogger("some.library").warning("lost %s", UNSEEN)

    written = stream.getvalue()
    assert [char for char in written if not char.isprintable() and char not in "\n\u200d"] == []
    assert "9b2J" in written
    assert "joão" in written
