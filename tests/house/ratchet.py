"""The limits of the code, and which places are known to pass them: the list may only get shorter.

`python -m tests.house.ratchet` writes the list down again, with what has become less. It takes nothing in.
"""

import ast
import tomllib
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Final

from tests.house.sources import (
    Source,
    cycles,
    folders,
    imports,
    is_api_type,
    lines_of,
    refused_words,
    sources,
    words_of,
)

FILE_LINES_MAX: Final = 300
FUNCTION_LINES_MAX: Final = 40
"""From `def` to the end, without decorators and docstring."""

FOLDER_MODULES_MAX: Final = 20

PARTICIPLES: Final = """
begun built done drawn fallen found given gone held kept known left made paid seen sent shown sold
spent taken told written
"""
"""Those that do not end in -ed."""

ADJECTIVES: Final = frozenset({"derived", "unused"})
"""Participles that only tell which of two nouns a function returns."""

OTHERS: Final = frozenset({"embed", "feed", "need", "seed", "shed", "speed"})

KNOWN: Final = Path(__file__).parent / "known_offenders.toml"

Offenders = dict[str, dict[str, int]]
"""By limit, then by place: the figure there."""


def known_offenders() -> Offenders:
    """Return what is written down."""
    written = tomllib.loads(KNOWN.read_text(encoding="utf-8"))
    return {limit: written.get(limit, {}) for limit in offenders()}


@cache
def offenders() -> Offenders:
    """Return every place that passes a limit."""
    return {
        "file_lines": _long_files(),
        "function_lines": _long_functions(),
        "folder_modules": {folder: n for folder, n in folders().items() if n > FOLDER_MODULES_MAX},
        "names": _refused_names(),
        "participles": _participles(),
        "class_modules": _repeated_classes(),
        "cycle_modules": {" ".join(cycle): len(cycle) for cycle in cycles(imports())},
    }


def _long_files() -> dict[str, int]:
    lengths = {source.path: len(source.text.splitlines()) for source in sources()}
    return {path: lines for path, lines in lengths.items() if lines > FILE_LINES_MAX}


def _long_functions() -> dict[str, int]:
    lengths = {
        f"{source.module}.{name}": lines_of(function)
        for source in sources()
        for name, function in source.functions()
    }
    return {name: lines for name, lines in lengths.items() if lines > FUNCTION_LINES_MAX}


def _refused_names() -> dict[str, int]:
    """Return the names that hold refused words, and how many of them."""
    refused = refused_words()
    names = {name for source in sources() for name in _names(source)}
    counted = {name: len(words_of(name.rpartition(".")[2]) & refused) for name in names}
    return {name: number for name, number in counted.items() if number}


def _participles() -> dict[str, int]:
    """Return the public functions whose names begin with a participle, which is neither verb nor noun."""
    names = [
        f"{source.module}.{node.name}"
        for source in sources()
        for node in source.tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_")
    ]
    return {name: 1 for name in names if _is_participle(name.rpartition(".")[2].partition("_")[0])}


def _is_participle(word: str) -> bool:
    return word in PARTICIPLES.split() or (word.endswith("ed") and word not in ADJECTIVES | OTHERS)


def _names(source: Source) -> set[str]:
    functions = {f"{source.module}.{name}" for name, _ in source.functions()}
    return {source.module, *functions, *(f"{source.module}.{node.name}" for node in source.classes())}


def _repeated_classes() -> dict[str, int]:
    """Return the class names that stand in several modules, API types aside, and in how many."""
    modules: dict[str, set[str]] = defaultdict(set)
    for source in sources():
        for node in source.classes():
            if not is_api_type(node):
                modules[node.name].add(source.module)
    return {name: len(where) for name, where in modules.items() if len(where) > 1}


def _written(found: Offenders) -> str:
    parts = [
        "# Places that pass a limit of tests/house/ratchet.py, with their figures. It only gets shorter."
    ]
    for limit, places in found.items():
        parts += ["", f"[{limit}]", *(f'"{place}" = {figure}' for place, figure in sorted(places.items()))]
    return "\n".join(parts) + "\n"


def main() -> None:
    """Write down what is known still and has not grown."""
    found, known = offenders(), known_offenders()
    kept = {
        limit: {
            place: min(figure, places[place]) for place, figure in known[limit].items() if place in places
        }
        for limit, places in found.items()
    }
    KNOWN.write_text(_written(kept), encoding="utf-8")


if __name__ == "__main__":
    main()
