"""A snapshot: a store whose every read is of one instant, whatever is written meanwhile."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from motor.motor_asyncio import AsyncIOMotorClientSession, AsyncIOMotorCollection
from pymongo.errors import OperationFailure

from ciclo.store.mongo.client import Collection, Document, Store


@asynccontextmanager
async def snapshot(store: Store) -> AsyncIterator[Store]:
    """Give *store* as the majority has it at its first read, for reading only.

    MongoDB keeps that instant for `minSnapshotHistoryWindowInSeconds`, five minutes by default.

    Raises:
        SnapshotGone: the block took longer than that.
    """
    async with await store.client.start_session(snapshot=True) as session:
        try:
            yield _Snapshot(store.client, store.database, {}, session)
        except OperationFailure as error:
            if error.code not in _GONE:
                raise
            raise SnapshotGone from error


class SnapshotGone(Exception):
    """MongoDB does not keep the instant any more that is read."""

    def __init__(self) -> None:
        super().__init__("reading took longer than MongoDB keeps a snapshot")


_GONE: Final = frozenset({239, 246})
"""SnapshotTooOld, SnapshotUnavailable."""


@dataclass(frozen=True, slots=True)
class _Snapshot(Store):
    session: AsyncIOMotorClientSession

    def __getitem__(self, name: str) -> Collection:
        """Return the collection called *name*, as it was."""
        return _Then(self.database, name, self.session)


class _Then(AsyncIOMotorCollection[Document]):
    """A collection whose reads, these four, are the session's."""

    def __init__(self, database: Any, name: str, session: AsyncIOMotorClientSession) -> None:  # noqa: ANN401
        super().__init__(database, name)
        self._session = session

    def find(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401 - Motor's own signature
        """Find documents as they were."""
        return super().find(*args, **{"session": self._session} | options)

    def find_one(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401 - Motor's own signature
        """Find a document as it was."""
        return super().find_one(*args, **{"session": self._session} | options)

    def aggregate(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401 - Motor's own signature
        """Aggregate documents as they were."""
        return super().aggregate(*args, **{"session": self._session} | options)

    def estimated_document_count(self, comment: Any = None, **options: Any) -> Any:  # noqa: ANN401 - the same
        """Count documents as they were: what the server estimates is of now."""
        return super().count_documents({}, session=self._session, comment=comment, **options)
