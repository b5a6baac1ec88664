"""Strict JSON: what it refuses, and that it agrees with json.loads on the rest."""

import contextlib
import json
import time
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ciclo.web.strict_json import DEPTH_MAX, JsonFault, MalformedJson, read_json


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b"{}", {}),
        (b" [1, -0, 12345678901234567890] ", [1, 0, 12345678901234567890]),
        (b"[29.90, 1e3, -2.5E-2]", [Decimal("29.90"), Decimal("1e3"), Decimal("-0.025")]),
        (b'"tab\\t line\\n end\\r quote\\" slash\\\\b"', 'tab\t line\n end\r quote" slash\\b'),
        (b'"\\ud83c\\udf53"', "\N{STRAWBERRY}"),
        ('"é\N{STRAWBERRY}"'.encode(), "é\N{STRAWBERRY}"),
        (b"null", None),
    ],
)
def test_plain_json_is_read(body: bytes, value: object) -> None:
    assert read_json(body) == value


def test_an_amount_keeps_the_decimals_it_was_written_with() -> None:
    assert str(read_json(b"29.90")) == "29.90"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", JsonFault.NOT_JSON),
        (b"{", JsonFault.NOT_JSON),
        (b"{}{}", JsonFault.NOT_JSON),
        (b"{} x", JsonFault.NOT_JSON),
        (b"{'a': 1}", JsonFault.NOT_JSON),
        (b"[1,]", JsonFault.NOT_JSON),
        (b"[01]", JsonFault.NOT_JSON),
        (b"[1_000]", JsonFault.NOT_JSON),
        ("[٣]".encode(), JsonFault.NOT_JSON),
        (b'"a\x00b"', JsonFault.NOT_JSON),
        (b'"a\nb"', JsonFault.NOT_JSON),
        (b'\xef\xbb\xbf{"a": 1}', JsonFault.BYTE_ORDER_MARK),
        (b'"\xff"', JsonFault.NOT_UTF8),
        (b'"\xed\xa0\x80"', JsonFault.NOT_UTF8),
        ('"a"'.encode("utf-16"), JsonFault.NOT_UTF8),
        (b'{"a": 1, "a": 1}', JsonFault.DUPLICATE_KEY),
        (b'{"a": 1, "\\u0061": 2}', JsonFault.DUPLICATE_KEY),
        (b"[NaN]", JsonFault.NOT_A_NUMBER),
        (b"[Infinity]", JsonFault.NOT_A_NUMBER),
        (b"[-Infinity]", JsonFault.NOT_A_NUMBER),
        (b"1" * 21, JsonFault.NUMBER_TOO_LONG),
        (b"[" + b"9" * 5_000 + b"]", JsonFault.NUMBER_TOO_LONG),
        (b"0." + b"1" * 21, JsonFault.NUMBER_TOO_LONG),
        (b"1e31", JsonFault.NUMBER_TOO_LONG),
        (b"1E-31", JsonFault.NUMBER_TOO_LONG),
        (b"1e" + b"9" * 5_000, JsonFault.NUMBER_TOO_LONG),
        (b'"\\ud800"', JsonFault.UNWANTED_CHARACTER),
        (b'"\\uDC00\\uD800"', JsonFault.UNWANTED_CHARACTER),
        (b'{"\\ud800": 1}', JsonFault.UNWANTED_CHARACTER),
        (b'[{"a": ["\\u0000"]}]', JsonFault.UNWANTED_CHARACTER),
        (b'"\\u001b[2J"', JsonFault.UNWANTED_CHARACTER),
        (b'"\\b"', JsonFault.UNWANTED_CHARACTER),
        (b"[" * 65 + b"]" * 65, JsonFault.TOO_DEEP),
        (b"[" * 100_000, JsonFault.TOO_DEEP),
        (b'{"a":' * 100_000, JsonFault.TOO_DEEP),
        (b'["\\"", ' * 70, JsonFault.TOO_DEEP),
    ],
    ids=lambda value: repr(value)[:24],
)
def test_anything_else_is_refused_with_its_reason(body: bytes, reason: JsonFault) -> None:
    with pytest.raises(MalformedJson) as refused:
        read_json(body)

    assert refused.value.reason is reason
    assert str(refused.value) == reason.value


def test_brackets_in_texts_do_not_count_as_depth() -> None:
    query = "{" * 200 + '\\"' + "[" * 200

    assert read_json(f'{{"query": "{query}"}}'.encode()) == {"query": query.replace("\\", "")}


def test_nesting_up_to_the_limit_is_read() -> None:
    body = b"[" * DEPTH_MAX + b"]" * DEPTH_MAX

    assert json.dumps(read_json(body)).encode() == body


def test_a_harmless_backslash_before_a_letter_is_no_control_character() -> None:
    assert read_json(rb'"C:\\boot \\u0000 \\ud800"') == r"C:\boot \u0000 \ud800"


def _values() -> st.SearchStrategy[object]:
    leaves = st.none() | st.booleans() | st.integers(-(10**19), 10**19) | st.text()
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
        max_leaves=30,
    )


@given(_values(), st.booleans())
def test_what_json_writes_is_read_back_the_same_or_refused_for_its_characters(
    value: object,
    ascii_only: bool,  # noqa: FBT001 - given by hypothesis
) -> None:
    body = json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")

    outcome = _read_or_reason(body)

    assert outcome in (value, JsonFault.UNWANTED_CHARACTER, JsonFault.NOT_UTF8)


def _read_or_reason(body: bytes) -> object:
    try:
        return read_json(body)
    except MalformedJson as refused:
        return refused.reason


_WORDS = ("null", "true", "NaN", "1", "-", ".5", "e9", '"a"', "\\u00", "\\ud8", "41", "é", "\x00")
_FRAGMENTS = st.sampled_from([*'{}[]:,"\\ \n\t', *_WORDS])


@given(st.lists(_FRAGMENTS, max_size=30).map("".join).map(str.encode) | st.binary(max_size=60))
@example(b'["\\ud834\\udd1e", 0.1]')
def test_any_bytes_give_a_value_that_json_agrees_with_or_one_error(body: bytes) -> None:
    try:
        read = read_json(body)
    except MalformedJson:
        return

    assert read == json.loads(body, parse_float=Decimal)


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 65 + b'"\\' * 130_000,
        b"[" * 65 + b'"' * 260_000,
        b"{" * 260_000,
        b'{"a":[' * 40_000,
        b"[" + b'{"a":1},' * 30_000 + b"1]",
        b'["' + b"\\u0041" * 40_000 + b'"]',
        b'["' + b"\\b" * 130_000 + b'"]',
        b"[" * 60 + b"1" * 260_000,
    ],
    ids=lambda body: repr(body[60:80]),
)
def test_the_worst_body_of_256_kib_takes_little_time(body: bytes) -> None:
    started = time.process_time()
    with contextlib.suppress(MalformedJson):
        read_json(body)

    assert time.process_time() - started < 0.5
