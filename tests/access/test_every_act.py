"""Every mutation of operators leaves a trace of who asked: an operation, or an event that names its actor."""

import ast
from pathlib import Path
from typing import Final

from strawberry.utils.str_converters import to_camel_case

import graphql_schema.mutations
from ciclo.permissions import PERMISSIONS, Permission

MUTATIONS: Final = Path(graphql_schema.mutations.__file__).parent
HANDED_ON: Final = frozenset({"actor", "caller"})
"""What of the context tells an action who asks."""


def asks_nobody() -> list[str]:
    """Return the mutations whose resolver hands on neither the actor nor the caller."""
    found = []
    for path in sorted(MUTATIONS.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.AsyncFunctionDef) or not _is_mutation(node):
                continue
            named = {part.attr for part in ast.walk(node) if isinstance(part, ast.Attribute)}
            if not named & HANDED_ON:
                found.append(node.name)
    return found


def _is_mutation(node: ast.AsyncFunctionDef) -> bool:
    calls = [one.func for one in node.decorator_list if isinstance(one, ast.Call)]
    return any(isinstance(one, ast.Name) and one.id == "mutation" for one in calls)


def test_every_mutation_hands_on_who_asks() -> None:
    # What services count all day is usage, not an operator's act: it has documents of its own.
    [counting] = [row.opens for row in PERMISSIONS if row.permission is Permission.USAGE_WRITE]

    assert [name for name in asks_nobody() if to_camel_case(name) not in counting] == []
