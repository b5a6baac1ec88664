"""`ciclo schema`: the GraphQL schema as text, and whether the committed file agrees."""

import difflib
from importlib import import_module
from pathlib import Path
from typing import Final

FILE_NAME: Final = "schema.graphql"


def printed() -> str:
    """Return the schema as GraphQL's own language, ending in one newline."""
    schema = import_module("graphql_schema.schema").schema
    return str(schema.as_str()).rstrip("\n") + "\n"


def committed_file() -> Path:
    """Return where the committed text lies: beside the code that it comes from."""
    return Path(str(import_module("graphql_schema").__file__)).with_name(FILE_NAME)


def difference(committed: str, current: str) -> str:
    """Return the unified difference, empty if there is none."""
    return "".join(
        difflib.unified_diff(
            committed.splitlines(keepends=True),
            current.splitlines(keepends=True),
            fromfile=f"{FILE_NAME} (committed)",
            tofile=f"{FILE_NAME} (from the code)",
        )
    )
