"""Plain selections: what is selected of objects alike, put together once and then read off each of them.

Most fields are attributes, functions of nothing but their object, or name what was fetched for all rows: they
need no task, path or info. Whatever is out of the ordinary (a null where there may be none, a value that its
type can't hold, an exception) makes a field not plain: graphql-core does it from the beginning, so that every
error is its own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from operator import attrgetter
from types import FunctionType
from typing import Any, Final, NamedTuple
from weakref import finalize

from graphql import (
    GraphQLEnumType,
    GraphQLLeafType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    Undefined,
    get_nullable_type,
    is_leaf_type,
)
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet
from graphql.language import OperationDefinitionNode
from strawberry.types.field import StrawberryField

from graphql_schema.rows import Join, join_of

Resolve = Callable[[Any], Any]
"""Takes an object."""
Complete = Callable[[Any, "Run"], Any]
"""Takes what was resolved."""
Collect = Callable[[GraphQLObjectType, FieldDetailsList], GroupedFieldSet]
Key = tuple[GraphQLObjectType, tuple[int, ...]]

ITEMS_MAX: Final = 100
"""Longer lists are left to the executor, which gives others a turn between their items."""

_AS_THEY_ARE: Final = {"String": str, "ID": str, "Boolean": bool}
_KEPT_MAX: Final = 4_096
"""More than the schema has fields."""


class NotPlain(Exception):
    """A field has to be executed."""


@dataclass(frozen=True, slots=True)
class Run:
    """What is of one request."""

    context: Any
    count: Callable[[int], None]
    """Told of the length of each list."""


class Plain(NamedTuple):
    """How a field is read."""

    resolve: Resolve
    same: type | None
    """The type of values that need no completing."""
    complete: Complete


Selected = dict[str, Plain | None]
"""The selected fields of an object, as the answer calls them; None for those that have to be executed."""


@dataclass(frozen=True, slots=True)
class Selections:
    """The selections of one operation, by the nodes of their fields."""

    collect: Collect
    known: dict[Key, Selected]

    def of(self, kind: GraphQLObjectType, fields: GroupedFieldSet) -> Selected:
        """Return how each of the selected *fields* of *kind* is read."""
        key = (kind, tuple(id(one.node) for details in fields.values() for one in details))
        selected = self.known.get(key)
        if selected is None:
            selected = {name: self._one(kind, details) for name, details in fields.items()}
            self.known[key] = selected
        return selected

    def _one(self, kind: GraphQLObjectType, details: FieldDetailsList) -> Plain | None:
        field = kind.fields.get(details[0].node.name.value)
        defined = field.extensions.get("strawberry-definition") if field and not field.args else None
        if field is None or not isinstance(defined, StrawberryField) or defined.extensions:
            return None
        complete = self._complete(field.type, details)
        if complete is None:
            return None
        join = join_of(defined)
        if join is not None:
            return Plain(_itself, None, partial(_complete_join, join, complete))
        resolve = _resolve_of(defined)
        return (
            Plain(resolve, _AS_THEY_ARE.get(str(get_nullable_type(field.type))), complete)
            if resolve
            else None
        )

    def _complete(self, kind: GraphQLOutputType, details: FieldDetailsList) -> Complete | None:
        if isinstance(kind, GraphQLNonNull):
            return self._complete_value(kind.of_type, details)
        complete = self._complete_value(kind, details)
        return None if complete is None else partial(_complete_nullable, complete)

    def _complete_value(self, kind: GraphQLOutputType, details: FieldDetailsList) -> Complete | None:
        if is_leaf_type(kind):
            return _complete_leaf(kind)
        if isinstance(kind, GraphQLList):
            complete = self._complete(kind.of_type, details)
            return None if complete is None else partial(_complete_list, complete)
        if not isinstance(kind, GraphQLObjectType) or kind.is_type_of is not None:
            return None
        selected = self.of(kind, self.collect(kind, details))
        plain = {name: one for name, one in selected.items() if one is not None}
        return partial(_complete_object, plain) if len(plain) == len(selected) else None


def selections_of(operation: OperationDefinitionNode, collect: Collect) -> Selections:
    """Return the selections of *operation*, with what is known of it as long as its document is kept."""
    if operation.loc is None or "@" in operation.loc.source.body:
        return Selections(collect, {})  # directives depend on the request's variables
    key = id(operation)
    if key not in _KNOWN:
        _KNOWN[key] = {}
        finalize(operation, _KNOWN.pop, key)
    return Selections(collect, _KNOWN[key])


_KNOWN: Final[dict[int, dict[Key, Selected]]] = {}


def read_field(plain: Plain | None, value: Any, run: Run) -> Any:  # noqa: ANN401 - any object
    """Return what the answer has of one field of *value*.

    Raises:
        NotPlain: it has to be executed. So it has after any other exception.
    """
    if plain is None:
        raise NotPlain
    found = plain.resolve(value)
    return found if type(found) is plain.same else plain.complete(found, run)


@lru_cache(_KEPT_MAX)
def _resolve_of(field: StrawberryField) -> Resolve | None:
    """Return how *field*, which has no arguments, is resolved; None if that takes more than its object."""
    resolver = field.base_resolver
    if resolver is None:
        return attrgetter(field.python_name)
    takes_object = resolver.self_parameter or resolver.root_parameter
    call = resolver.wrapped_func
    if resolver.is_async or resolver.info_parameter or not takes_object or not isinstance(call, FunctionType):
        return None
    return call


@lru_cache(_KEPT_MAX)
def _complete_leaf(kind: GraphQLLeafType) -> Complete:
    coerce = kind.coerce_output_value
    if isinstance(kind, GraphQLEnumType):
        coerce = lru_cache(len(kind.values), typed=True)(coerce)

    def complete(value: Any, _: Run) -> Any:  # noqa: ANN401 - any value that the type can hold
        if value is None or isinstance(value, Exception) or hasattr(value, "__await__"):
            raise NotPlain
        coerced = coerce(value)
        if coerced is None or coerced is Undefined:
            raise NotPlain
        return coerced

    return complete


def _complete_nullable(complete: Complete, value: Any, run: Run) -> Any:  # noqa: ANN401 - of any type
    return None if value is None else complete(value, run)


def _complete_list(complete: Complete, values: Any, run: Run) -> list[Any]:  # noqa: ANN401 - a list, if it is plain
    if type(values) not in {list, tuple} or len(values) > ITEMS_MAX:
        raise NotPlain
    run.count(len(values))
    return [complete(value, run) for value in values]


def _complete_join(join: Join, complete: Complete, row: Any, run: Run) -> Any:  # noqa: ANN401 - any row
    return complete(join.now(row, run.context), run)


def _complete_object(plain: Mapping[str, Plain], value: Any, run: Run) -> dict[str, Any]:  # noqa: ANN401
    if value is None:
        raise NotPlain
    return {
        name: found if type(found := resolve(value)) is same else complete(found, run)
        for name, (resolve, same, complete) in plain.items()
    }


def _itself(value: Any) -> Any:  # noqa: ANN401 - any row
    return value
