"""Scalars that are exact and strict: decimals as text, dates as dates, instants in UTC."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final, NewType

import strawberry
from graphql import GraphQLError
from graphql.language import FloatValueNode, IntValueNode, StringValueNode, ValueNode

WholeNumber = NewType("WholeNumber", int)
"""A whole number that callers may write as text, as they have it from a form."""

_WHOLE: Final = re.compile(r"[0-9]{1,9}", re.ASCII)
_NO_WHOLE: Final = 'a whole number has up to nine digits, as a number or as text: 3, "03"'
_DECIMAL: Final = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,10})?", re.ASCII)
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_INSTANT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})",
    re.ASCII,
)
_NO_DECIMAL: Final = "a decimal is text or a plain number of up to 15 digits, such as 29.90"
_NO_DATE: Final = "a date is written as 2025-01-31"
_NO_INSTANT: Final = "an instant is written with its offset, as 2025-01-31T12:00:00Z"


def _decimal(value: object) -> Decimal:
    """Read a decimal from a variable: text, or a number that the JSON reader kept exact."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise GraphQLError(_NO_DECIMAL)
    text = str(value)
    if not _DECIMAL.fullmatch(text):
        raise GraphQLError(_NO_DECIMAL)
    return Decimal(text)


def _decimal_literal(node: ValueNode, _: object = None) -> Decimal:
    """Read a decimal from the document, where a number is still the text that was written."""
    if not isinstance(node, StringValueNode | IntValueNode | FloatValueNode):
        raise GraphQLError(_NO_DECIMAL)
    return _decimal(node.value)


def _whole(value: object) -> int:
    """Read a whole number from a variable."""
    if isinstance(value, bool) or not isinstance(value, str | int) or not _WHOLE.fullmatch(str(value)):
        raise GraphQLError(_NO_WHOLE)
    return int(value)


def _whole_literal(node: ValueNode, _: object = None) -> int:
    """Read a whole number from the document."""
    if not isinstance(node, StringValueNode | IntValueNode):
        raise GraphQLError(_NO_WHOLE)
    return _whole(node.value)


def _date(value: object) -> date:
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise GraphQLError(_NO_DATE)
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise GraphQLError(_NO_DATE) from error


def _instant(value: object) -> datetime:
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        raise GraphQLError(_NO_INSTANT)
    try:
        instant = datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise GraphQLError(_NO_INSTANT) from error
    return instant.replace(microsecond=instant.microsecond // 1_000 * 1_000)


def _instant_text(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


SCALARS: Final[dict[object, Any]] = {
    Decimal: strawberry.scalar(
        name="Decimal",
        description='An exact decimal number, answered as text: "29.90". Numbers are taken and stay exact.',
        serialize=lambda value: format(value, "f"),
        parse_value=_decimal,
        parse_literal=_decimal_literal,
    ),
    WholeNumber: strawberry.scalar(
        name="WholeNumber",
        description='A whole number of up to nine digits, as a number or as text: 3, "03".',
        serialize=int,
        parse_value=_whole,
        parse_literal=_whole_literal,
    ),
    date: strawberry.scalar(
        name="Date",
        description="A calendar date of the seller's time zone: 2025-01-31.",
        serialize=date.isoformat,
        parse_value=_date,
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description="An instant in UTC: 2025-01-31T12:00:00.000Z. Any offset is taken.",
        serialize=_instant_text,
        parse_value=_instant,
    ),
}
"""What Python's types are in the API."""
