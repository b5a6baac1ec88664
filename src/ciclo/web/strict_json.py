"""Strict JSON: a reader for bodies from outside that accepts less than json.loads and never fails oddly."""

import json
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Final, NoReturn

DEPTH_MAX: Final = 64
DIGITS_MAX: Final = 20
EXPONENT_MAX: Final = 30

_BOM: Final = b"\xef\xbb\xbf"
# The closing quote is optional: a text without one must not be looked for again at every quote in it.
_STRING: Final = re.compile(r'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_SUSPECT_ESCAPE: Final = re.compile(r"\\(?:u(?:00[01]|[dD][89a-fA-F])|[bf])")
_UNWANTED: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
_NESTING: Final = {"[": 1, "{": 1, "]": -1, "}": -1}


class JsonFault(StrEnum):
    """Why a body was refused, in words that repeat nothing of it."""

    NOT_UTF8 = "the body is not UTF-8"
    BYTE_ORDER_MARK = "the body starts with a byte order mark"
    TOO_DEEP = "the body is nested too deeply"
    NOT_JSON = "the body is not JSON"
    DUPLICATE_KEY = "an object has the same key twice"
    NOT_A_NUMBER = "NaN and Infinity are not JSON"
    NUMBER_TOO_LONG = "a number has too many digits"
    UNWANTED_CHARACTER = "a text has a control character or half of a surrogate pair"


class MalformedJson(ValueError):
    """The body is no JSON that Ciclo reads; `reason` says why."""

    def __init__(self, reason: JsonFault) -> None:
        super().__init__(reason.value)
        self.reason: Final = reason


def read_json(body: bytes, *, depth_max: int = DEPTH_MAX, digits_max: int = DIGITS_MAX) -> object:
    """Return the value that *body* holds: integers as int, all other numbers as Decimal.

    Keys are unique, numbers have at most *digits_max* digits and an exponent within
    EXPONENT_MAX, and texts hold no control character but tab and line ends, however
    it is written.

    Raises:
        MalformedJson: anything is wrong; nothing else is ever raised.
    """
    text = _decoded(body)
    if _is_deeper_than(depth_max, text):
        raise MalformedJson(JsonFault.TOO_DEEP)

    try:
        value: object = _decoder(digits_max).decode(text)
    except MalformedJson:
        raise
    except ValueError as error:
        raise MalformedJson(JsonFault.NOT_JSON) from error
    # Characters that matter can only have come from escapes; most bodies have none of these.
    if _SUSPECT_ESCAPE.search(text) and any(_UNWANTED.search(found) for found in _texts(value)):
        raise MalformedJson(JsonFault.UNWANTED_CHARACTER)
    return value


@lru_cache(maxsize=8)
def _decoder(digits_max: int) -> json.JSONDecoder:
    """Return the decoder for numbers of so many digits: making one costs as much as reading a small body."""

    def integer(digits: str) -> int:
        _check_length(digits, digits_max)
        return int(digits)

    def decimal(number: str) -> Decimal:
        mantissa, _, exponent = number.lower().partition("e")
        _check_length(mantissa, digits_max)
        if len(exponent) > digits_max or abs(int(exponent or "0")) > EXPONENT_MAX:
            raise MalformedJson(JsonFault.NUMBER_TOO_LONG)
        return Decimal(number)

    return json.JSONDecoder(
        object_pairs_hook=_unique_keys,
        parse_int=integer,
        parse_float=decimal,
        parse_constant=_refuse_constant,
    )


def _decoded(body: bytes) -> str:
    if body.startswith(_BOM):
        raise MalformedJson(JsonFault.BYTE_ORDER_MARK)
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedJson(JsonFault.NOT_UTF8) from error


def _is_deeper_than(depth_max: int, text: str) -> bool:
    """Count brackets outside strings, so that the parser never recurses far."""
    if text.count("[") + text.count("{") <= depth_max:
        return False
    depth = 0
    for character in _STRING.sub("", text):
        depth += _NESTING.get(character, 0)
        if depth > depth_max:
            return True
    return False


def _check_length(number: str, digits_max: int) -> None:
    # A sign and a point are no digits.
    if len(number) > digits_max and sum(map(str.isdigit, number)) > digits_max:
        raise MalformedJson(JsonFault.NUMBER_TOO_LONG)


def _unique_keys(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise MalformedJson(JsonFault.DUPLICATE_KEY)
    return members


def _refuse_constant(_name: str) -> NoReturn:
    raise MalformedJson(JsonFault.NOT_A_NUMBER)


def _texts(value: object) -> Iterator[str]:
    """Yield every text in *value*, keys too."""
    waiting = [value]
    while waiting:
        match waiting.pop():
            case str(text):
                yield text
            case dict() as members:
                waiting += _keys_and_values(members)
            case list() as items:
                waiting += items
            case _:
                pass


def _keys_and_values(members: dict[str, object]) -> Iterable[object]:
    return [*members.keys(), *members.values()]
