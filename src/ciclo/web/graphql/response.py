"""The answers of the GraphQL endpoint: bodies as JSON, and the statuses that go with them."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import orjson
from starlette.responses import Response

from ciclo.web.graphql.request import GRAPHQL_RESPONSE
from ciclo.web.problems import INTERNAL, UNAVAILABLE
from graphql_schema.execution.extensions import TIMEOUT
from graphql_schema.execution.sign_in import SIGN_IN

UNAUTHORIZED: Final = 401

_BEGUN: Final = frozenset({TIMEOUT, UNAVAILABLE})
"""Codes of operations that were ended while they ran."""


def was_executed(errors: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether an answer without data was at least begun: then `data` is null, and not absent."""
    return any("path" in error or error["extensions"]["code"] in _BEGUN for error in errors)


def is_for_want_of_store(data: Mapping[str, Any] | None, errors: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether an answer says nothing, because the store does not answer."""
    if all(error["extensions"]["code"] != UNAVAILABLE for error in errors):
        return False
    return all(value is None for value in (data or {}).values())


def status_of(body: Mapping[str, Any], media_type: str) -> int:
    """Return the status of an answer without data.

    Those who take application/json get a 200 for every well-formed request, as the specification has
    it for old clients. To everyone a fault of ours is a 500, and what needs a token and has none a 401.
    """
    if any(error["extensions"]["code"] == INTERNAL for error in body["errors"]):
        return 500
    if any(error["extensions"]["code"] == SIGN_IN for error in body["errors"]):
        return UNAUTHORIZED
    return 400 if media_type == GRAPHQL_RESPONSE else 200


def json_response(
    body: Mapping[str, Any], *, status: int, media_type: str, headers: Mapping[str, str] | None = None
) -> Response:
    """Return *body* as JSON, under a media type and a status of its own."""
    content = orjson.dumps(body, default=encode)
    return Response(content, status, headers, media_type=f"{media_type}; charset=utf-8")


def encode(value: object) -> str:
    """Return what orjson can't write itself: amounts, as text."""
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} is not JSON")
