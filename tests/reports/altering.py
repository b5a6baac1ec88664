"""Altering documents behind Ciclo's back, and putting them back: every test ends with a clean audit."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from ciclo.store.mongo.client import Document
from tests.stack import Stack


@asynccontextmanager
async def altered(stack: Stack, collection: str, change: Document, **query: Any) -> AsyncIterator[Document]:
    """Change one document that matches for as long as the block lasts; give it as it was."""
    documents = stack.deps.store[collection]
    before: Document | None = await documents.find_one(query)
    assert before is not None
    await documents.update_one({"_id": before["_id"]}, change)
    try:
        yield before
    finally:
        await documents.replace_one({"_id": before["_id"]}, before, upsert=True)
