"""How long a text may be that a caller hands in: one bound for each argument and input field, by its name.

The rules say more exactly what they take, and name the field. These bounds are wider and stand before
them: whatever a resolver does with a text, it never meets one of 200 KB.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from graphql import (
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
)
from graphql.language import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    StringValueNode,
    VariableNode,
)

from ciclo.email_address import EMAIL_CHARS_MAX

ID_CHARS_MAX: Final = 100
WORD_CHARS_MAX: Final = 100
"""A currency, a period of time, a card's number, a tax id."""
LINE_CHARS_MAX: Final = 1_000
"""A name, a key, a cursor, a token of a provider."""
TEXT_CHARS_MAX: Final = 10_000
"""What people write."""
LIST_ITEMS_MAX: Final = 1_000

TEXT_BOUNDS: Final[Mapping[str, int]] = {
    "action": WORD_CHARS_MAX,
    "actor": LINE_CHARS_MAX,
    "after": LINE_CHARS_MAX,
    "allowedAddresses": WORD_CHARS_MAX,
    "apiVersion": WORD_CHARS_MAX,
    "by": WORD_CHARS_MAX,
    "cancelUrl": TEXT_CHARS_MAX,
    "cardToken": LINE_CHARS_MAX,
    "city": LINE_CHARS_MAX,
    "code": WORD_CHARS_MAX,
    "couponCode": WORD_CHARS_MAX,
    "country": WORD_CHARS_MAX,
    "currency": WORD_CHARS_MAX,
    "customerEmail": EMAIL_CHARS_MAX,
    "cvv": WORD_CHARS_MAX,
    "description": TEXT_CHARS_MAX,
    "email": EMAIL_CHARS_MAX,
    "externalId": LINE_CHARS_MAX,
    "feature": LINE_CHARS_MAX,
    "features": LINE_CHARS_MAX,
    "holderName": LINE_CHARS_MAX,
    "how": LINE_CHARS_MAX,
    "idempotencyKey": LINE_CHARS_MAX,
    "key": LINE_CHARS_MAX,
    "line1": LINE_CHARS_MAX,
    "line2": LINE_CHARS_MAX,
    "name": LINE_CHARS_MAX,
    "number": WORD_CHARS_MAX,
    "payerName": LINE_CHARS_MAX,
    "phone": WORD_CHARS_MAX,
    "postalCode": WORD_CHARS_MAX,
    "prefix": WORD_CHARS_MAX,
    "reason": TEXT_CHARS_MAX,
    "returnUrl": TEXT_CHARS_MAX,
    "search": LINE_CHARS_MAX,
    "state": LINE_CHARS_MAX,
    "successUrl": TEXT_CHARS_MAX,
    "taxCategory": LINE_CHARS_MAX,
    "taxId": WORD_CHARS_MAX,
    "text": WORD_CHARS_MAX,
    "token": LINE_CHARS_MAX,
    "url": TEXT_CHARS_MAX,
    "userType": LINE_CHARS_MAX,
    "value": LINE_CHARS_MAX,
}
"""By the name of the argument or input field; a test walks the schema and asks for each."""


class TextTooLong(GraphQLError):
    """A text, or a list, is longer than its argument takes; the message never repeats it."""

    def __init__(self, name: str, bound: int, *, of: str = "characters", code: str = "TEXT_TOO_LONG") -> None:
        super().__init__(f"{name} has at most {bound} {of}", extensions={"code": code})


def bound_of(name: str, scalar: str) -> int:
    """Return how many characters an argument or input field called *name* takes; unknown ones take a word."""
    return ID_CHARS_MAX if scalar == "ID" else TEXT_BOUNDS.get(name, WORD_CHARS_MAX)


def check_texts(
    document: DocumentNode, schema: GraphQLSchema, variables: Mapping[str, object] | None
) -> None:
    """Check every text that a valid *document* and its *variables* hand to arguments.

    Raises:
        TextTooLong: one is longer than its argument takes.
    """
    checking = _Checking(variables or {})
    for definition in document.definitions:
        match definition:
            case OperationDefinitionNode():
                checking.definition(definition, schema.get_root_type(definition.operation))
            case FragmentDefinitionNode():
                checking.definition(definition, schema.get_type(definition.type_condition.name.value))


@dataclass(frozen=True, slots=True)
class _Checking:
    """One pass over one document, each fragment once."""

    variables: Mapping[str, object]

    def definition(
        self, node: OperationDefinitionNode | FragmentDefinitionNode, parent: GraphQLNamedType | None
    ) -> None:
        """Check an operation or a fragment."""
        if isinstance(parent, GraphQLObjectType):
            self.selection(node.selection_set, parent)

    def selection(self, selections: SelectionSetNode, parent: GraphQLObjectType) -> None:
        """Check the arguments of all fields of a selection."""
        for node in selections.selections:
            if isinstance(node, InlineFragmentNode):
                self.selection(node.selection_set, parent)
            found = parent.fields.get(node.name.value) if isinstance(node, FieldNode) else None
            if found is None or not isinstance(node, FieldNode):
                continue
            for argument in node.arguments or ():
                name = argument.name.value
                self._check(name, found.args[name].type, argument.value)
            kind = get_named_type(found.type)
            if node.selection_set is not None and isinstance(kind, GraphQLObjectType):
                self.selection(node.selection_set, kind)

    def _check(self, name: str, declared: GraphQLInputType, value: object) -> None:
        if isinstance(value, VariableNode):
            value = self.variables.get(value.name.value)
        kind = get_nullable_type(declared)
        if isinstance(kind, GraphQLList):
            self._check_items(name, kind.of_type, _items(value))
        elif isinstance(kind, GraphQLInputObjectType):
            for key, inner in _fields(value):
                if key in kind.fields:
                    self._check(key, kind.fields[key].type, inner)
        elif isinstance(kind, GraphQLScalarType) and kind.name in {"String", "ID"}:
            bound = bound_of(name, kind.name)
            if _length(value) > bound:
                raise TextTooLong(name, bound, code=_code(name, kind.name))

    def _check_items(self, name: str, kind: GraphQLInputType, items: Sequence[object]) -> None:
        if len(items) > LIST_ITEMS_MAX:
            raise TextTooLong(name, LIST_ITEMS_MAX, of="items")
        for item in items:
            self._check(name, kind, item)


def _code(name: str, scalar: str) -> str:
    """Return the code that a shorter one of its kind would have, if it is no good: clients know it."""
    if scalar == "ID":
        return "MALFORMED_ID"
    return "INVALID_CURSOR" if name == "after" else "TEXT_TOO_LONG"


def _items(value: object) -> list[object]:
    match value:
        case ListValueNode():
            return list(value.values)
        case list():
            return value
        case _:  # GraphQL takes one item for a list of one
            return [value]


def _fields(value: object) -> Iterator[tuple[str, object]]:
    match value:
        case ObjectValueNode():
            yield from ((field.name.value, field.value) for field in value.fields)
        case dict():
            yield from value.items()


def _length(value: object) -> int:
    match value:
        case StringValueNode() | IntValueNode():  # an id may be written as a number
            return len(value.value)
        case str():
            return len(value)
        case int():
            return value.bit_length() // 3
        case _:
            return 0
