"""Looking ahead: whether a query asks for a field below the present one, so that only then it is fetched."""

from collections.abc import Iterable, Iterator

from graphql.language import FieldNode, FragmentSpreadNode, InlineFragmentNode, SelectionSetNode

from graphql_schema.context import Info


def selects(info: Info, *path: str) -> bool:
    """Return whether the fields of *path*, in the API's names, are asked for below the present field.

    Directives are not looked at: a skipped field may be fetched in vain, but is never missing.
    """
    return path[-1] in names_below(info, *path[:-1])


def names_below(info: Info, *path: str) -> set[str]:
    """Return the names of the fields that are asked for below those of *path*."""
    nodes = list(info._raw_info.field_nodes)  # noqa: SLF001 - Strawberry's own view copies the whole tree
    for name in path:
        nodes = [child for child in _children(info, nodes) if child.name.value == name]
    return {child.name.value for child in _children(info, nodes)}


def _children(info: Info, nodes: Iterable[FieldNode]) -> Iterator[FieldNode]:
    for node in nodes:
        if node.selection_set is not None:
            yield from _fields(info, node.selection_set)


def _fields(info: Info, selections: SelectionSetNode) -> Iterator[FieldNode]:
    """Yield the fields of a selection, those of its fragments too; fragment cycles were refused before."""
    for selection in selections.selections:
        if isinstance(selection, FieldNode):
            yield selection
        elif isinstance(selection, InlineFragmentNode):
            yield from _fields(info, selection.selection_set)
        elif isinstance(selection, FragmentSpreadNode):
            fragment = info._raw_info.fragments[selection.name.value]  # noqa: SLF001 - the same
            yield from _fields(info, fragment.selection_set)
