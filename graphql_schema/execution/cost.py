"""What an answer may cost: how many items its lists may have in all, and how many values it may hold.

The limits of documents count what is written. Pages within pages multiply what is returned: three lists
of 100 in one another are 150 bytes of query and a million items.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Final

from graphql import GraphQLField, GraphQLObjectType, GraphQLSchema
from graphql.language import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
)
from graphql.type import GraphQLList, get_named_type, get_nullable_type
from graphql.utilities import get_operation_ast

from graphql_schema.execution.limits import TooComplex

PLAIN_LIST_ITEMS: Final = 5
"""What a list without pages is taken to have: an invoice has some lines, a plan some features."""

PAGE_ITEMS_DEFAULT: Final = 20
"""What a list with pages has where `first` is left out, unless the schema says otherwise."""

WEIGHTS: Final = {"qrCodeSvg": 200, "barcodeSvg": 20, "totalCount": 20}
"""Fields that cost as much as so many values: drawing takes 10 ms, counting is a query of its own."""

FIRST: Final = "first"


@dataclass(frozen=True, slots=True)
class AnswerCost:
    """What one answer comes to at most: the items of all lists, and all values, items' fields included."""

    items: int = 0
    values: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerBounds:
    """How much one answer may come to.

    GitHub and Shopify bound theirs in the same way. A value takes some 20 µs, so that an answer of all
    `values` takes half a second. `items_built` are counted while the answer is built, since a plain list
    may be longer than it is taken to be.
    """

    items: int = 2_000
    values: int = 25_000
    items_built: int = 5_000


def check_cost(cost: AnswerCost, bounds: AnswerBounds) -> None:
    """Check what an answer may come to.

    Raises:
        TooComplex: it is more than the *bounds* allow.
    """
    for what, given, allowed in (
        ("items in its lists", cost.items, bounds.items),
        ("values", cost.values, bounds.values),
    ):
        if given > allowed:
            raise TooComplex(
                f"the answer may have {given} {what}, and {allowed} are allowed: ask for smaller pages",
                cost=given,
                bound=allowed,
            )


def answer_cost(
    document: DocumentNode,
    schema: GraphQLSchema,
    *,
    operation_name: str | None,
    variables: Mapping[str, object] | None,
) -> AnswerCost:
    """Return what the answer to one operation of a valid *document* comes to at most."""
    operation = get_operation_ast(document, operation_name)
    root = schema.get_root_type(operation.operation) if operation else None
    if operation is None or root is None:
        return AnswerCost()
    adding = _Adding(schema, _fragments(document), _sizes(operation, variables or {}))
    adding.selection(operation.selection_set, root, times=1, page=None)
    return AnswerCost(adding.items, adding.values)


@dataclass(slots=True)
class _Adding:
    """One pass over one operation, its fragments expanded; the limits of documents bound its length."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Mapping[str, object]
    items: int = 0
    values: int = 0

    def selection(
        self, selections: SelectionSetNode, parent: GraphQLObjectType, *, times: int, page: int | None
    ) -> None:
        """Add what a selection comes to in each of *times* objects; *page* is the size of their edges."""
        for node in selections.selections:
            match node:
                case FieldNode():
                    self._field(node, parent, times=times, page=page)
                case FragmentSpreadNode():
                    fragment = self.fragments[node.name.value]
                    self.selection(fragment.selection_set, parent, times=times, page=page)
                case InlineFragmentNode():
                    self.selection(node.selection_set, parent, times=times, page=page)

    def _field(self, node: FieldNode, parent: GraphQLObjectType, *, times: int, page: int | None) -> None:
        name = node.name.value
        self.values += times * WEIGHTS.get(name, 1)
        found = parent.fields.get(name)
        if found is None:  # about the schema itself, which has limits of its own
            return
        size = self._page(node, found)
        if isinstance(get_nullable_type(found.type), GraphQLList):
            times *= size or page or PLAIN_LIST_ITEMS
            self.items += times
            size = None
        kind = get_named_type(found.type)
        if node.selection_set is not None and isinstance(kind, GraphQLObjectType):
            self.selection(node.selection_set, kind, times=times, page=size)

    def _page(self, node: FieldNode, found: GraphQLField) -> int | None:
        """Return the size of the page that a field is asked for; None if it has no pages."""
        if FIRST not in found.args:
            return None
        default = found.args[FIRST].default_value
        size = default if isinstance(default, int) else PAGE_ITEMS_DEFAULT
        for argument in node.arguments or ():
            if argument.name.value == FIRST:
                size = self._integer(argument.value) or size
        return max(size, 1)

    def _integer(self, node: ValueNode) -> int | None:
        match node:
            case IntValueNode():
                return int(node.value)
            case VariableNode():
                given = self.variables.get(node.name.value)
                # GraphQL's Int takes 1e2, too; whatever it does not take is refused by execution.
                return int(given) if isinstance(given, int | float) and isfinite(given) else None
            case _:
                return None


def _fragments(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    return {
        definition.name.value: definition
        for definition in document.definitions
        if isinstance(definition, FragmentDefinitionNode)
    }


def _sizes(operation: OperationDefinitionNode, given: Mapping[str, object]) -> dict[str, object]:
    """Return the variables as given, else as the operation itself sets them."""
    defaults = {
        variable.variable.name.value: int(variable.default_value.value)
        for variable in operation.variable_definitions or ()
        if isinstance(variable.default_value, IntValueNode)
    }
    return {**defaults, **given}
