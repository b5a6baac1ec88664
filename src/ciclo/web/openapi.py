"""The OpenAPI document: what lies beside GraphQL, for clients that are made from it."""

from pathlib import Path
from typing import Final

FILE: Final = Path(__file__).with_name("openapi.json")


def openapi_text() -> str:
    """Return the document as JSON, ending in one newline."""
    return FILE.read_text(encoding="utf-8")
