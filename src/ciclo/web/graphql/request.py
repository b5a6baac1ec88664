"""GraphQL over HTTP: read a request strictly, and choose the media type of its answer.

Source: https://graphql.github.io/graphql-over-http/draft/
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from cross_web import HTTPException
from starlette.datastructures import QueryParams
from strawberry.http import GraphQLRequestData
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.graphql import OperationType

from ciclo.web.problems import HttpProblem, from_exception
from ciclo.web.strict_json import read_json

BYTES_MAX: Final = 262_144
PARAMETERS: Final = ("query", "operationName", "variables", "extensions")
JSON: Final = "application/json"
GRAPHQL_RESPONSE: Final = "application/graphql-response+json"

_NAME: Final = re.compile(r"[_A-Za-z][_0-9A-Za-z]{0,127}", re.ASCII)
_RANGE: Final = re.compile(r"\s*([\w.+*-]+/[\w.+*-]+)\s*((?:;[^,;]*)*)", re.ASCII)
_QUALITY: Final = re.compile(r";\s*q\s*=\s*([01](?:\.[0-9]{0,3})?)\s*(?:;|$)", re.IGNORECASE | re.ASCII)


def bad_request(detail: str) -> HttpProblem:
    """Return the refusal of a request that is no GraphQL request."""
    return HttpProblem(status=400, code="BAD_REQUEST", detail=detail)


def method_not_allowed(*, allow: Sequence[str]) -> HttpProblem:
    """Return the refusal of a method; *allow* are those that would do."""
    return HttpProblem(
        status=405,
        code="METHOD_NOT_ALLOWED",
        detail=f"send this by {' or '.join(allow)}",
        headers={"allow": ", ".join(allow)},
    )


def parameters_of_query_string(given: QueryParams) -> dict[str, object]:
    """Return the parameters of a query by GET.

    Raises:
        HttpProblem: one of them is there twice.
        MalformedJson: variables or extensions are no JSON.
    """
    parameters: dict[str, object] = {}
    for name in PARAMETERS:
        values = given.getlist(name)
        if len(values) > 1:
            raise bad_request(f"{name} is there more than once")
        if values:
            is_json = name in {"variables", "extensions"}
            # A lone surrogate can't come out of a query string as text, but it can go in: %ED%A0%80.
            parameters[name] = read_json(values[0].encode("utf-8", "replace")) if is_json else values[0]
    return parameters


def to_request(value: object, *, protocol: str = "http") -> GraphQLRequestData:
    """Return the request that a parsed JSON *value* stands for.

    Raises:
        HttpProblem: it is none, says the detail.
    """
    match value:
        case dict():
            return GraphQLRequestData(
                query=_query(value),
                variables=_object(value, "variables"),
                operation_name=_operation_name(value),
                extensions=_object(value, "extensions"),
                protocol="sse" if protocol == "sse" else "http",
            )
        case list():
            raise bad_request("batches are not answered: send one request at a time")
        case _:
            raise bad_request("a GraphQL request is a JSON object with a query")


def to_problem(method: str, error: Exception) -> HttpProblem:
    """Return what the caller may know of *error*; the only text quoted is a name of checked shape."""
    match error:
        case InvalidOperationTypeError() if error.operation_type is OperationType.SUBSCRIPTION:
            return bad_request("subscriptions need graphql-transport-ws, or Accept: text/event-stream")
        case InvalidOperationTypeError() if method == "GET":
            return method_not_allowed(allow=("POST",))
        case CannotGetOperationTypeError():
            return bad_request(error.as_http_error_reason())
        case HTTPException():
            return bad_request(error.reason)
        case _:
            return from_exception(error)


def answer_type(accept: str) -> str:
    """Return the media type to answer with, by the request's Accept header.

    application/json stands for whoever does not ask for the newer type by its name.
    """
    quality = {JSON: 0.0, GRAPHQL_RESPONSE: 0.0}
    for part in accept.lower().split(","):
        media_range = _RANGE.fullmatch(part)
        if media_range and media_range[1] in quality:
            stated = _QUALITY.search(media_range[2])
            quality[media_range[1]] = float(stated[1]) if stated else 1.0
    newer = quality[GRAPHQL_RESPONSE]
    return GRAPHQL_RESPONSE if newer > 0 and newer >= quality[JSON] else JSON


def asks_for_page(method: str, accept: str, given: QueryParams) -> bool:
    """Return whether a person with a browser is asking, rather than a program for data."""
    return method == "GET" and "query" not in given and "text/html" in accept.lower()


def _query(value: Mapping[str, object]) -> str:
    query = value.get("query")
    if not isinstance(query, str) or not query:
        raise bad_request("query must be a text")
    return query


def _operation_name(value: Mapping[str, object]) -> str | None:
    name = value.get("operationName")
    if name is None or name == "":
        return None
    if not isinstance(name, str) or _NAME.fullmatch(name) is None:
        raise bad_request("operationName must be a name or null")
    return name


def _object(value: Mapping[str, object], key: str) -> dict[str, object] | None:
    found = value.get(key)
    if found is not None and not isinstance(found, dict):
        raise bad_request(f"{key} must be an object or null")
    return found
