"""The project's Python code as syntax trees, and what can be counted in it without running it."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
GLOSSARY: Final = ROOT / "docs" / "glossary.md"
PACKAGES: Final = {
    "ciclo": ROOT / "src" / "ciclo",
    "graphql_schema": ROOT / "graphql_schema",
    "workers": ROOT / "workers",
}

_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_REFUSED: Final = re.compile(r"^\| ([a-z, ]+) \| [^|]+ \|$", re.MULTILINE)
_API_DECORATORS: Final = frozenset({"type", "input", "enum", "interface"})

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """One module: its dotted name, its path from the root, its text and its tree."""

    module: str
    path: str
    text: str
    tree: ast.Module

    @property
    def package(self) -> str:
        """Return the folder that the file lies in."""
        return self.path.rpartition("/")[0]

    def functions(self) -> Iterator[tuple[str, Function]]:
        """Yield every function and method with its qualified name, those inside of others too."""
        yield from _functions(self.tree, ())

    def classes(self) -> Iterator[ast.ClassDef]:
        """Yield every class."""
        yield from (node for node in ast.walk(self.tree) if isinstance(node, ast.ClassDef))


@cache
def sources() -> tuple[Source, ...]:
    """Return every module of the project."""
    return tuple(
        _source(path, name=name, folder=folder)
        for name, folder in PACKAGES.items()
        for path in sorted(folder.rglob("*.py"))
        if "node_modules" not in path.parts
    )


def lines_of(function: Function) -> int:
    """Return the lines of a function from its `def` to its end, without decorators and docstring."""
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function, clean=False) is not None:
        lines -= (first.end_lineno or first.lineno) - first.lineno + 1
    return lines


def words_of(name: str) -> set[str]:
    """Return the words of a name in lower case: `DataFolder` and `data_folder` are of `data` and `folder`."""
    return {word.lower() for word in _WORD.findall(name)}


def refused_words() -> frozenset[str]:
    """Return the words that the glossary refuses in names."""
    _, _, table = GLOSSARY.read_text(encoding="utf-8").partition("## Words that are not used")
    rows = _REFUSED.findall(table)
    return frozenset(word for row in rows for word in row.split(", ") if row != "not")


def is_api_type(node: ast.ClassDef) -> bool:
    """Return whether a class is a type of the GraphQL API, which bears the name of its domain's noun."""
    return any(
        isinstance(part, ast.Attribute)
        and part.attr in _API_DECORATORS
        and isinstance(part.value, ast.Name)
        and part.value.id == "strawberry"
        for decorator in node.decorator_list
        for part in ast.walk(decorator)
    )


def imports() -> Mapping[str, frozenset[str]]:
    """Return which modules of ours each one imports, anywhere in it: for types only and in functions too."""
    known = {source.module for source in sources()}
    return {source.module: frozenset(_imported(source, known) - {source.module}) for source in sources()}


def cycles(graph: Mapping[str, frozenset[str]]) -> set[tuple[str, ...]]:
    """Return the groups of modules each of which reaches all others of its group (Tarjan's components)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: set[tuple[str, ...]] = set()

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for reached in sorted(graph[node]):
            if reached not in index:
                visit(reached)
                low[node] = min(low[node], low[reached])
            elif reached in stack:
                low[node] = min(low[node], index[reached])
        if low[node] == index[node]:
            place = stack.index(node)
            group = stack[place:]
            del stack[place:]
            if len(group) > 1:
                found.add(tuple(sorted(group)))

    for node in graph:
        if node not in index:
            visit(node)
    return found


def _source(path: Path, *, name: str, folder: Path) -> Source:
    parts = [name, *path.relative_to(folder).with_suffix("").parts]
    module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    text = path.read_text(encoding="utf-8")
    return Source(module, path.relative_to(ROOT).as_posix(), text, ast.parse(text))


def _functions(node: ast.AST, outer: tuple[str, ...]) -> Iterator[tuple[str, Function]]:
    for child in ast.iter_child_nodes(node):
        inner = outer
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            inner = (*outer, child.name)
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield ".".join(inner), child
        yield from _functions(child, inner)


def _imported(source: Source, known: set[str]) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            members = {f"{node.module}.{alias.name}" for alias in node.names}
            found.update(members & known or {node.module})
    return found & known


def folders() -> Mapping[str, int]:
    """Return how many modules each folder holds, its `__init__` not counted."""
    counted: dict[str, int] = defaultdict(int)
    for source in sources():
        if not source.path.endswith("__init__.py"):
            counted[source.package] += 1
    return counted
