"""`ciclo schema`: the GraphQL schema as text, and whether the committed file agrees."""

import difflib
from pathlib import Path
from typing import Final

from graphql_schema import schema
from graphql_schema.schema import build_schema

FILE_NAME: Final = "schema.graphql"


def schema_text() -> str:
    """Return the schema as GraphQL's own language, ending in one newline."""
    return build_schema().as_str().rstrip("\n") + "\n"


def schema_path() -> Path:
    """Return where the committed text lies: beside the code that it comes from."""
    return Path(schema.__file__).with_name(FILE_NAME)


def diff_text(committed: str, current: str) -> str:
    """Return the unified difference, empty if there is none."""
    return "".join(
        difflib.unified_diff(
            committed.splitlines(keepends=True),
            current.splitlines(keepends=True),
            fromfile=f"{FILE_NAME} (committed)",
            tofile=f"{FILE_NAME} (from the code)",
        )
    )
