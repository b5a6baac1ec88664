"""Limits of GraphQL documents: refuse what would cost too much, in time linear in the document.

Runs after parsing and before any validation rule. Each fragment is measured once and its measure
reused, so that fragments which multiply each other are counted without being expanded.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from graphql import GraphQLError
from graphql.language import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
)

PAGE_ARGUMENTS: Final = frozenset({"first", "last"})
INTROSPECTION_DEPTH_MAX: Final = 20
"""Below `__schema` and `__type`: GraphiQL's query is 15 deep, and graphql-core bounds its cost."""
LEVELS_MAX: Final = 100
"""How far the measuring itself goes down; inline fragments are levels without being depth."""
COUNT_MAX: Final = 1 << 32
_INT_CHARS_MAX: Final = 10


class TooComplex(GraphQLError):
    """A document asks for more than one request may."""

    def __init__(self, message: str, *, cost: int | None = None, bound: int | None = None) -> None:
        measured = {} if cost is None else {"cost": cost, "bound": bound}
        super().__init__(message, extensions={"code": "QUERY_TOO_COMPLEX", **measured})


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much one document may ask for, fragments expanded; *tokens* are counted while parsing."""

    tokens: int = 1_000
    depth: int = 12
    fields: int = 500
    aliases: int = 30
    directives: int = 30
    definitions: int = 20
    root_fields: int = 20
    page: int = 100


@dataclass(frozen=True, slots=True)
class Cost:
    """What a selection comes to, fragments expanded."""

    depth: int = 0
    introspection_depth: int = 0
    fields: int = 0
    aliases: int = 0
    directives: int = 0
    roots: int = 0

    def beside(self, other: "Cost") -> "Cost":
        """Return the cost of both, side by side. Counts stop growing at COUNT_MAX."""
        return Cost(
            depth=max(self.depth, other.depth),
            introspection_depth=max(self.introspection_depth, other.introspection_depth),
            fields=min(self.fields + other.fields, COUNT_MAX),
            aliases=min(self.aliases + other.aliases, COUNT_MAX),
            directives=min(self.directives + other.directives, COUNT_MAX),
            roots=min(self.roots + other.roots, COUNT_MAX),
        )


@dataclass(frozen=True, slots=True)
class PageVariable:
    """A variable that some field takes as its page size, and the largest default it has."""

    name: str
    default: int | None


def check_document(document: DocumentNode, limits: Limits) -> tuple[PageVariable, ...]:
    """Return the variables that are page sizes, to be checked for each request by `check_pages`.

    Raises:
        TooComplex: the document is over one of the *limits*, or its fragments form a cycle.
    """
    if len(document.definitions) > limits.definitions:
        raise TooComplex(f"more than {limits.definitions} definitions")
    measuring = _Measuring(limits, _fragments(document))
    for definition in document.definitions:
        if isinstance(definition, FragmentDefinitionNode):
            measuring.fragment(definition.name.value, level=0)
        elif isinstance(definition, OperationDefinitionNode):
            cost = measuring.selection(definition.selection_set, level=0)
            own = Cost(directives=_directives_of(definition))
            _check(cost.beside(own), limits)
    return tuple(
        PageVariable(name, _default(document, name, limits)) for name in sorted(measuring.page_variables)
    )


def check_pages(
    pages: tuple[PageVariable, ...], variables: Mapping[str, object] | None, limits: Limits
) -> None:
    """Check the page sizes that come by variable, which a document that was checked before can't show.

    Raises:
        TooComplex: one of them is over the limit.
    """
    for page in pages:
        size = (variables or {}).get(page.name, page.default)
        if isinstance(size, int) and size > limits.page:
            raise _page_too_large(limits)


def root_field(operation: OperationDefinitionNode) -> str:
    """Return the name of the first field of *operation*, or a word for what is there instead."""
    first = operation.selection_set.selections[0]
    return first.name.value if isinstance(first, FieldNode) else "fragment"


@dataclass(slots=True)
class _Measuring:
    """One pass over one document."""

    limits: Limits
    fragments: Mapping[str, FragmentDefinitionNode]
    known: dict[str, Cost] = field(default_factory=dict)
    open: set[str] = field(default_factory=set)
    page_variables: set[str] = field(default_factory=set)

    def selection(self, selections: SelectionSetNode | None, *, level: int) -> Cost:
        """Return the cost of a selection set."""
        if level > LEVELS_MAX:
            raise TooComplex(f"more than {LEVELS_MAX} levels")
        cost = Cost()
        for node in selections.selections if selections else ():
            own = Cost(directives=len(node.directives or ()))
            cost = cost.beside(own).beside(self._selected(node, level=level + 1))
        return cost

    def fragment(self, name: str, *, level: int) -> Cost:
        """Return the cost of the fragment called *name*; nothing for one that validation will miss."""
        if name in self.open:
            raise TooComplex("fragments form a cycle")
        if name not in self.known and name in self.fragments:
            self.open.add(name)
            self.known[name] = self.selection(self.fragments[name].selection_set, level=level)
            self.open.remove(name)
        return self.known.get(name, Cost())

    def _selected(self, node: SelectionNode, *, level: int) -> Cost:
        match node:
            case FieldNode():
                return self._field(node, level=level)
            case FragmentSpreadNode():
                return self.fragment(node.name.value, level=level)
            case _:
                return self.selection(getattr(node, "selection_set", None), level=level)

    def _field(self, node: FieldNode, *, level: int) -> Cost:
        self._check_page(node)
        inner = self.selection(node.selection_set, level=level)
        about_schema = node.name.value in {"__schema", "__type"}
        return Cost(
            depth=1 if about_schema else 1 + inner.depth,
            introspection_depth=1 + inner.depth if about_schema else inner.introspection_depth,
            fields=1 + inner.fields,
            aliases=(1 if node.alias else 0) + inner.aliases,
            directives=inner.directives,
            roots=1,
        )

    def _check_page(self, node: FieldNode) -> None:
        for argument in node.arguments or ():
            if argument.name.value not in PAGE_ARGUMENTS:
                continue
            match argument.value:
                case IntValueNode() as literal if _value(literal) > self.limits.page:
                    raise _page_too_large(self.limits)
                case VariableNode() as variable:
                    self.page_variables.add(variable.name.value)


def _check(cost: Cost, limits: Limits) -> None:
    for what, given, allowed in (
        ("levels of fields", cost.depth, limits.depth),
        ("levels of introspection", cost.introspection_depth, INTROSPECTION_DEPTH_MAX),
        ("fields", cost.fields, limits.fields),
        ("aliases", cost.aliases, limits.aliases),
        ("directives", cost.directives, limits.directives),
        ("root fields", cost.roots, limits.root_fields),
    ):
        if given > allowed:
            raise TooComplex(f"more than {allowed} {what}")


def _fragments(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    fragments: dict[str, FragmentDefinitionNode] = {}
    for definition in document.definitions:
        if isinstance(definition, FragmentDefinitionNode):
            if definition.name.value in fragments:
                raise TooComplex("two fragments have the same name")
            fragments[definition.name.value] = definition
    return fragments


def _directives_of(operation: OperationDefinitionNode) -> int:
    return len(operation.directives or ()) + sum(
        len(variable.directives or ()) for variable in operation.variable_definitions or ()
    )


def _default(document: DocumentNode, name: str, limits: Limits) -> int | None:
    """Return the largest default of the variable *name* in any operation.

    Raises:
        TooComplex: it is over the limit, and so would be every request that leaves the variable out.
    """
    defaults = [
        _value(variable.default_value)
        for operation in document.definitions
        if isinstance(operation, OperationDefinitionNode)
        for variable in operation.variable_definitions or ()
        if variable.variable.name.value == name and isinstance(variable.default_value, IntValueNode)
    ]
    if defaults and max(defaults) > limits.page:
        raise _page_too_large(limits)
    return max(defaults, default=None)


def _value(literal: IntValueNode) -> int:
    return COUNT_MAX if len(literal.value) > _INT_CHARS_MAX else int(literal.value)


def _page_too_large(limits: Limits) -> TooComplex:
    return TooComplex(f"a page has at most {limits.page} items")
