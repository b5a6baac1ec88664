"""Documents that select a little of everything: aliases, fragments and directives drawn by a seed."""

from dataclasses import dataclass, field
from random import Random
from typing import Final

from graphql import GraphQLField, GraphQLNonNull, GraphQLObjectType, get_named_type, is_leaf_type

DEPTH: Final = 3


@dataclass
class Drawing:
    """One document being drawn."""

    rng: Random
    fragments: list[str] = field(default_factory=list)

    def document(self, opening: str, root: GraphQLField) -> str:
        """Return an operation that selects of one root field, which *opening* names with its arguments."""
        variables = "$yes: Boolean = true, $no: Boolean = false"
        used = "__typename @include(if: $yes) @skip(if: $no)"
        body = f"query({variables}) {{ {used} {opening} {self._below(root, DEPTH)} }}"
        return "\n".join([body, *self.fragments])

    def _below(self, one: GraphQLField, depth: int) -> str:
        kind = get_named_type(one.type)
        if is_leaf_type(kind):
            return ""
        assert isinstance(kind, GraphQLObjectType)
        return f"{{ __typename {self._fields(kind, depth)} }}"

    def _fields(self, kind: GraphQLObjectType, depth: int) -> str:
        parts = [
            self._field(name, one, depth) for name, one in kind.fields.items() if self._is_drawn(one, depth)
        ]
        draw = self.rng.random()
        if draw < 0.15 and parts:
            name = f"Part{len(self.fragments)}"
            self.fragments.append(f"fragment {name} on {kind.name} {{ {parts.pop()} }}")
            parts.append(f"...{name}")
        elif draw < 0.3:
            parts.append(f"... on {kind.name} @include(if: $yes) {{ again: __typename }}")
        return " ".join(parts)

    def _is_drawn(self, one: GraphQLField, depth: int) -> bool:
        if any(isinstance(argument.type, GraphQLNonNull) for argument in one.args.values()):
            return False
        if is_leaf_type(get_named_type(one.type)):
            return self.rng.random() < 0.8
        return depth > 0 and self.rng.random() < 0.7

    def _field(self, name: str, one: GraphQLField, depth: int) -> str:
        draw = self.rng.random()
        alias = f"{name}Too: " if draw < 0.2 else ""
        directive = " @skip(if: $no)" if draw > 0.9 else " @include(if: $no)" if draw > 0.87 else ""
        return f"{alias}{name}{directive} {self._below(one, depth - 1)}"
