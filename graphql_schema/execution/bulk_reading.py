"""Bulk reading: who reads many people's data in one answer stands in the operations log."""

import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from typing import Final

from graphql.utilities import get_operation_ast
from strawberry.extensions import SchemaExtension

from ciclo.actions.access.operations import log_reading
from graphql_schema.context import Context
from graphql_schema.execution.limits import root_field

CUSTOMERS_MIN: Final = 50
"""So many customers in one answer are many: more than the portal's pages have."""

TOLD_FOR_S: Final = 600.0
"""A process tells of one's reading of one list once in so long: who pages through it is one reader, and
operators must not wait for each other at the log's end for each page."""

READERS_MAX: Final = 1_000


class LogBulkReading(SchemaExtension):
    """Logs an operator's, or a service's, answer with many customers in it, before it is given."""

    def __init__(self, told: "OrderedDict[tuple[str, str], float]") -> None:
        self._told: Final = told

    async def on_execute(self) -> AsyncIterator[None]:
        """Execute, and count whom was read about."""
        yield
        context: Context = self.execution_context.context
        many = context.loaders.customers_read
        if context.viewer.is_admin and many >= CUSTOMERS_MIN:
            await self._tell(context, many)

    async def _tell(self, context: Context, many: int) -> None:
        document = self.execution_context.graphql_document
        assert document is not None  # it was executed
        operation = get_operation_ast(document, self.execution_context.operation_name)
        place = (context.viewer.subject, root_field(operation) if operation else "")
        if self._told.get(place, 0.0) > time.monotonic():
            return
        self._told[place] = time.monotonic() + TOLD_FOR_S
        self._told.move_to_end(place)
        while len(self._told) > READERS_MAX:
            self._told.popitem(last=False)
        what = {"customers": many}
        await log_reading(context.deps, context.actor, "readCustomers", place[1], what=what)


def bulk_reading_log() -> Callable[[], SchemaExtension]:
    """Return the extension; its instances, one for each operation, share what was told."""
    told: OrderedDict[tuple[str, str], float] = OrderedDict()
    return lambda: LogBulkReading(told)
