"""Building an answer: gives the loop back between its objects, and stops at too many items."""

import asyncio
import time
from collections.abc import Awaitable
from typing import Any, Final

from graphql import GraphQLList, GraphQLObjectType, GraphQLOutputType, GraphQLResolveInfo
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet
from graphql.pyutils import Path, is_iterable
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from graphql_schema.execution.cost import AnswerBounds
from graphql_schema.execution.limits import TooComplex
from graphql_schema.execution.selections import Run, Selected, read_field, selections_of

SLICE_S: Final = 0.01
"""How long one answer is built before everybody else has a turn: a small answer is built in one go."""

ITEMS_MAX: Final = AnswerBounds().items_built


class PacedExecutor(StrawberryGraphQLCoreExecutionContext):
    """graphql-core's executor, for one operation; without this it would build any answer in one go."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - graphql-core's own
        super().__init__(*args, **kwargs)
        self._items = 0
        self._run: Final = Run(self.context_value, self._count)
        self._selections: Final = selections_of(self.operation, self._collected)
        self._selected: Final[dict[int, tuple[GroupedFieldSet, Selected]]] = {}
        self._slice_ends_at: float | None = None
        self._turn: Final = asyncio.Lock()

    def build_per_event_executor(self, payload: Any) -> "PacedExecutor":  # noqa: ANN401 - graphql-core's own
        """Count anew for each answer of a stream."""
        executor = super().build_per_event_executor(payload)
        assert isinstance(executor, PacedExecutor)  # a copy of this one
        executor._items = 0  # noqa: SLF001 - the same class
        return executor

    def complete_list_value(
        self,
        return_type: GraphQLList[GraphQLOutputType],
        field_details_list: Any,  # noqa: ANN401 - graphql-core's own
        info: GraphQLResolveInfo[Any],
        path: Path,
        result: Any,  # noqa: ANN401 - graphql-core's own
        position_context: Any,  # noqa: ANN401 - graphql-core's own
    ) -> Any:  # noqa: ANN401 - graphql-core's own
        """Complete a list, unless the answer has too many items with it.

        Raises:
            TooComplex: it has.
        """
        if is_iterable(result):
            result = list(result)
            self._count(len(result))
        return super().complete_list_value(
            return_type, field_details_list, info, path, result, position_context
        )

    def complete_object_value(
        self,
        return_type: GraphQLObjectType,
        field_details_list: Any,  # noqa: ANN401 - graphql-core's own
        info: GraphQLResolveInfo[Any],
        path: Path,
        result: Any,  # noqa: ANN401 - graphql-core's own
        position_context: Any,  # noqa: ANN401 - graphql-core's own
    ) -> Any:  # noqa: ANN401 - graphql-core's own
        """Complete an object at once, or later if this slice of time is used up."""
        complete = super().complete_object_value

        async def later() -> dict[str, Any]:
            # Who waits for the lock gets it by the loop, which so has a turn between any two objects.
            async with self._turn:
                if self._is_slice_over():
                    await asyncio.sleep(0)
                completed = complete(return_type, field_details_list, info, path, result, position_context)
            return await completed if isinstance(completed, Awaitable) else completed

        if self._is_slice_over():
            return later()
        return complete(return_type, field_details_list, info, path, result, position_context)

    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,  # noqa: ANN401 - graphql-core's own
        path: Path | None,
        grouped_field_set: GroupedFieldSet,
        position_context: Any,  # noqa: ANN401 - graphql-core's own
    ) -> Any:  # noqa: ANN401 - graphql-core's own
        """Read what is plain of an object's fields off it, and have the others executed."""
        if path is None:  # the root: its fields ask for permission, and fetch
            return super().execute_fields(
                parent_type, source_value, path, grouped_field_set, position_context
            )
        results: dict[str, Any] = {}
        left: GroupedFieldSet = {}
        for name, plain in self._selected_of(parent_type, grouped_field_set).items():
            items = self._items
            try:
                results[name] = read_field(plain, source_value, self._run)
            except Exception:  # noqa: BLE001 - if it is more than NotPlain, it is raised again where it is executed
                self._items = items
                left[name] = grouped_field_set[name]
                results[name] = None  # keeps its place
        if not left:
            return results
        executed = super().execute_fields(parent_type, source_value, path, left, position_context)
        return _updated(results, executed) if isinstance(executed, Awaitable) else results | executed

    def _selected_of(self, kind: GraphQLObjectType, fields: GroupedFieldSet) -> Selected:
        kept = self._selected.get(id(fields))
        if kept is None:
            # With the fields themselves, so that no others can come to have their id.
            kept = self._selected[id(fields)] = (fields, self._selections.of(kind, fields))
        return kept[1]

    def _collected(self, kind: GraphQLObjectType, details: FieldDetailsList) -> GroupedFieldSet:
        return self.collect_subfields(kind, details).grouped_field_set

    def _count(self, items: int) -> None:
        """Count the items of one more list.

        Raises:
            TooComplex: there are too many in the answer.
        """
        self._items += items
        if self._items > ITEMS_MAX:
            raise TooComplex(
                f"the answer has more than {ITEMS_MAX} items in its lists: ask for smaller pages",
                cost=self._items,
                bound=ITEMS_MAX,
            )

    def _is_slice_over(self) -> bool:
        """Return whether SLICE_S have passed since the loop last had a turn."""
        now = time.monotonic()
        if self._slice_ends_at is None:
            self._slice_ends_at = now + SLICE_S
            asyncio.get_running_loop().call_soon(self._end_slice)
        return now > self._slice_ends_at

    def _end_slice(self) -> None:
        self._slice_ends_at = None


async def _updated(results: dict[str, Any], executed: Awaitable[dict[str, Any]]) -> dict[str, Any]:
    return results | await executed
