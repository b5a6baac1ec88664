"""Execution: the extensions and the configuration that every operation of the schema runs with."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Final

from graphql import GraphQLError, NoSchemaIntrospectionCustomRule
from graphql.language import OperationType
from graphql.utilities import get_operation_ast
from strawberry.extensions import SchemaExtension
from strawberry.schema.config import StrawberryConfig

from ciclo import deadline, tracing
from ciclo.metrics import OPERATION_SECONDS
from ciclo.settings.settings import Settings
from graphql_schema.execution.cost import AnswerBounds
from graphql_schema.execution.documents import DocumentCache, PrepareDocument
from graphql_schema.execution.limits import Limits, root_field
from graphql_schema.execution.masking import MaskErrors

OPERATION_S_MAX: Final = 10.0

PATIENT_S_MAX: Final = {"advanceClock": 300.0}
"""Root fields that may take longer: the time machine runs what fell due in all the time that it crosses."""

TIMEOUT: Final = "TIMEOUT"


class OperationTooSlow(GraphQLError):
    """An operation did not end in time; what it had begun may or may not have been done."""

    def __init__(self) -> None:
        super().__init__("the operation took too long", extensions={"code": TIMEOUT})


def extensions(
    settings: Settings, *, limits: Limits | None = None, operation_s_max: float = OPERATION_S_MAX
) -> list[Callable[[], SchemaExtension]]:
    """Return the extensions for `Schema(extensions=...)`, in their order.

    They share one cache of documents: make one list per schema.
    """
    cache = DocumentCache()
    chosen = limits or Limits()
    rules = () if settings.tells_schema else (NoSchemaIntrospectionCustomRule,)
    return [
        Measure,
        lambda: MaskErrors(suggestions=settings.tells_schema),
        lambda: PrepareDocument(cache=cache, limits=chosen, bounds=AnswerBounds(), rules=rules),
        lambda: Timeout(seconds_max=operation_s_max),
    ]


def schema_config(*, tells_schema: bool) -> StrawberryConfig:
    """Return the configuration for `Schema(config=...)`: what is hidden where introspection is."""
    return StrawberryConfig(disable_field_suggestions=not tells_schema)


class Timeout(SchemaExtension):
    """Ends an operation that takes too long; a subscription's events are not bounded by it."""

    def __init__(self, *, seconds_max: float) -> None:
        self._seconds_max: Final = seconds_max

    async def on_execute(self) -> AsyncIterator[None]:
        """Bound the time of executing.

        Raises:
            OperationTooSlow: the time is over.
        """
        patient_s = self._patient_s()
        if patient_s and (answer_due := deadline.current()) is not None:
            answer_due.put_off(patient_s)
        try:
            async with asyncio.timeout(max(self._seconds_max, patient_s)):
                yield
        except TimeoutError as error:
            raise OperationTooSlow from error

    def _patient_s(self) -> float:
        context = self.execution_context
        assert context.graphql_document is not None
        operation = get_operation_ast(context.graphql_document, context.operation_name)
        field = root_field(operation) if operation is not None else ""
        return PATIENT_S_MAX.get(field, 0.0)


class Measure(SchemaExtension):
    """Times queries and mutations under their first field; what is executed is valid, so fields are few."""

    def on_execute(self) -> Iterator[None]:
        """Time and trace one operation's execution, also when it ends in an exception."""
        context = self.execution_context
        assert context.graphql_document is not None
        operation = get_operation_ast(context.graphql_document, context.operation_name)
        # A subscription is executed only to be opened.
        if operation is None or operation.operation is OperationType.SUBSCRIPTION:
            yield
            return
        kind, field = operation.operation.value, root_field(operation)
        started = time.perf_counter()
        try:
            with tracing.span(f"{kind} {field}", attributes={"graphql.operation.type": kind}):
                yield
        finally:
            OPERATION_SECONDS.labels(kind, field).observe(time.perf_counter() - started)
