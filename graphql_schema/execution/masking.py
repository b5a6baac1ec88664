"""Masking: what callers see of an error. Refusals keep their text and get a code; bugs keep neither."""

import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Final

import structlog
from graphql import ExecutionResult as CoreExecutionResult
from graphql import GraphQLError, GraphQLSyntaxError
from strawberry.exceptions import MissingQueryError
from strawberry.extensions import SchemaExtension
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.execution import ExecutionResult, PreExecutionError, StreamExecutionResult

from ciclo.domain.errors.general import BillingError
from ciclo.logs import request_id
from ciclo.metrics import GRAPHQL_ERRORS
from ciclo.redaction import redact
from ciclo.store.mongo.client import StoreUnavailable
from ciclo.store.mongo.transient_errors import is_store_fault
from ciclo.streams.connection import StreamsUnavailable
from graphql_schema.execution.wording import api_message, is_pythons

ERRORS_MAX: Final = 5
MESSAGE_CHARS_MAX: Final = 500

_QUOTATION: Final = re.compile(
    r"(?:cannot represent [^:]{0,80}(?=: )|(?=,? found:? ))(?P<value>.*)", re.DOTALL
)
_SUGGESTION: Final = re.compile(r" ?Did you mean [^?]*\?")
# The view answers these itself: they say nothing but that there is no such operation.
_PROTOCOL_FAULTS: Final = (MissingQueryError, CannotGetOperationTypeError, InvalidOperationTypeError)
_INPUT_FAULTS: Final = (ValueError, TypeError, ArithmeticError)
_log = structlog.get_logger(__name__)


class Code(StrEnum):
    """Codes of errors that no resolver chose; clients branch on them, never rename one."""

    BAD_REQUEST = "BAD_REQUEST"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    GRAPHQL_PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    INTERNAL = "INTERNAL"
    UNAVAILABLE = "UNAVAILABLE"


class ShownError(GraphQLError):
    """An error as callers may see it: nothing needs to look at it again."""


def mask_error(error: GraphQLError, *, default: Code, suggestions: bool = True) -> ShownError:
    """Return *error* with a code and the request's id.

    A text is shown if it was written for callers: by a resolver that gave it a code, by the domain's
    refusals, or by graphql-core about the document or the variables. Any other exception is logged,
    here and only here, and shown as "internal error".
    """
    if isinstance(error, ShownError):
        return error
    message, code = _message_and_code(error, default)
    if not suggestions:
        message = _SUGGESTION.sub("", message)
    if len(message) > MESSAGE_CHARS_MAX:
        message = message[:MESSAGE_CHARS_MAX] + "..."
    GRAPHQL_ERRORS.labels(code).inc()
    return ShownError(
        redact(message),
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions={
            **(error.extensions or {}),
            **_facts(_cause(error)),
            "code": code,
            "requestId": request_id(),
        },
    )


def mask_errors(
    errors: Iterable[GraphQLError], *, default: Code, suggestions: bool = True
) -> list[GraphQLError]:
    """Return the first ERRORS_MAX of *errors* as callers may see them."""
    return [
        mask_error(error, default=default, suggestions=suggestions)
        for error, _ in zip(errors, range(ERRORS_MAX), strict=False)
    ]


def mask_result(result: object, *, suggestions: bool = True) -> None:
    """Replace the errors of *result*, whatever kind of result it is, by those that callers may see."""
    if isinstance(result, CoreExecutionResult | ExecutionResult) and result.errors:
        # Before execution the document is at fault; without a path in it, the variables are.
        default = (
            Code.GRAPHQL_VALIDATION_FAILED if isinstance(result, PreExecutionError) else Code.BAD_USER_INPUT
        )
        result.errors = mask_errors(result.errors, default=default, suggestions=suggestions)


class MaskErrors(SchemaExtension):
    """Shows errors to callers as `shown` does, for single answers and for each answer of a stream."""

    def __init__(self, *, suggestions: bool = True) -> None:
        self._suggestions: Final = suggestions

    def on_operation(self) -> Iterator[None]:
        """Mask the errors of the answer, and what an extension or Strawberry itself raised."""
        try:
            yield
        except _PROTOCOL_FAULTS:
            raise
        except Exception as error:  # noqa: BLE001 - nothing may leave unmasked
            located = error if isinstance(error, GraphQLError) else GraphQLError("", original_error=error)
            # From None: the cause is logged, and must not be shown by whoever coerces this one.
            raise mask_error(located, default=Code.BAD_USER_INPUT, suggestions=self._suggestions) from None
        mask_result(self.execution_context.result, suggestions=self._suggestions)

    def on_stream_result(self, result: StreamExecutionResult) -> Iterator[None]:
        """Mask the errors of one answer of many."""
        mask_result(result, suggestions=self._suggestions)
        yield


def _facts(cause: BaseException | None) -> dict[str, str]:
    """Return what a refusal says beside its code: what has to be paid first, or when to ask again."""
    if not isinstance(cause, BillingError):
        return {}
    invoice_id, retry_at = cause.invoice_id, cause.retry_at
    facts = {"invoiceId": invoice_id, "retryAt": retry_at.isoformat() if retry_at else None}
    return {name: fact for name, fact in facts.items() if fact is not None}


def _message_and_code(error: GraphQLError, default: Code) -> tuple[str, str]:
    chosen = (error.extensions or {}).get("code")
    cause = _cause(error)
    match cause:
        case BillingError():
            return api_message(str(cause)), cause.code.value
        case _ if isinstance(chosen, str):
            return error.message, chosen
        case None:
            if error.path is not None:
                # A resolver's bare GraphQLError, or a value of ours that its type can't hold: worth a look.
                _log.warning("graphql.error_without_code", path=error.path, message=error.message)
            return _without_echo(error.message), _code_of_core(error, default).value
        case _ if isinstance(cause, _PROTOCOL_FAULTS):
            return error.message, Code.BAD_REQUEST.value
        case _ if isinstance(cause, _INPUT_FAULTS) and _is_about_input(error):
            # A scalar could not read a value: the exception's own text was not written for callers.
            text = error.message.replace(f", but encountered error '{cause}'; found", ", found")
            plain = "the value is not valid" if str(cause) in text else _without_echo(text)
            return plain, Code.BAD_USER_INPUT.value
        case _:
            return _unexpected(error, cause)


def _unexpected(error: GraphQLError, cause: BaseException) -> tuple[str, str]:
    """Return what callers may know of an exception that no resolver foresaw."""
    if isinstance(cause, StreamsUnavailable):
        _log.warning("graphql.streams_fault", path=error.path, error=str(cause))
        return "Redis does not answer; try again", Code.UNAVAILABLE.value
    if not is_store_fault(cause):
        _log.error("graphql.unexpected_error", path=error.path, exc_info=cause)
        return "internal error", Code.INTERNAL.value
    if not isinstance(cause, StoreUnavailable):
        _log.warning("graphql.store_fault", path=error.path, exc_info=cause)
    return "the database does not answer; try again", Code.UNAVAILABLE.value


def _without_echo(message: str) -> str:
    """Return a message of graphql-core's without the value that it quotes, if that has digits.

    It quotes variables and literals of any kind, a card's number and code among them, and some as Python
    writes them, which is left out too.
    """
    quotation = _QUOTATION.search(message)
    if quotation is None:
        return message
    value = quotation["value"]
    if not (any(char.isdigit() for char in value) or is_pythons(value)):
        return message
    return message[: quotation.start("value")]


def _cause(error: GraphQLError) -> BaseException | None:
    """Return the exception of another kind that *error* stands for, if there is one."""
    cause: BaseException | None = error.original_error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    return cause


def _code_of_core(error: GraphQLError, default: Code) -> Code:
    if isinstance(error, GraphQLSyntaxError):
        return Code.GRAPHQL_PARSE_FAILED
    # A variable's value that does not fit: graphql-core puts the reason within.
    if error.path is None and isinstance(error.original_error, GraphQLError):
        return Code.BAD_USER_INPUT
    return default


def _is_about_input(error: GraphQLError) -> bool:
    """Return whether graphql-core found it in the document or the variables, before any resolver ran."""
    return error.path is None and bool(error.nodes)
