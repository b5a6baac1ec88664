"""Signing in first: an operation that needs a known caller is refused before any of it runs."""

from collections.abc import Iterator
from typing import Final

from graphql import GraphQLError
from graphql.language import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    SelectionSetNode,
)
from graphql.utilities import get_operation_ast

from ciclo.permissions import OPEN_TO_ALL, permission_for
from ciclo.viewer import Viewer

SIGN_IN: Final = "UNAUTHENTICATED"


class SignInFirst(GraphQLError):
    """Nobody is known, and the operation asks for what only known callers get."""

    def __init__(self) -> None:
        super().__init__("sign in to do this", extensions={"code": SIGN_IN})


def require_sign_in(document: DocumentNode, operation_name: str | None, viewer: Viewer) -> None:
    """Check that somebody is known, if the operation has a root field of the table of permissions.

    Raises:
        SignInFirst: nobody is.
    """
    operation = get_operation_ast(document, operation_name)
    if viewer.is_known or operation is None:
        return
    fragments = {
        node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
    }
    if any(_needs_sign_in(name) for name in _root_fields(operation.selection_set, fragments, set())):
        raise SignInFirst


def _needs_sign_in(name: str) -> bool:
    return permission_for(name) is not None or name in OPEN_TO_ALL


def _root_fields(
    selections: SelectionSetNode, fragments: dict[str, FragmentDefinitionNode], seen: set[str]
) -> Iterator[str]:
    """Yield the names of the fields of a root, through its fragments, each of which is *seen* once."""
    for selection in selections.selections:
        match selection:
            case FieldNode():
                yield selection.name.value
            case InlineFragmentNode():
                yield from _root_fields(selection.selection_set, fragments, seen)
            case FragmentSpreadNode() if selection.name.value not in seen:
                seen.add(selection.name.value)
                yield from _root_fields(fragments[selection.name.value].selection_set, fragments, seen)
