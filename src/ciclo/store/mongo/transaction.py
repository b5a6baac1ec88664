"""Transactions: our own runner, since Motor's `with_transaction` does not retry commit errors.

A body may run more than once and must have no effect but its writes. The commit alone is retried
when its outcome is unknown; the whole body when the server says that nothing happened. Waits are
jittered, and everything ends at a deadline.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final, TypeVar

import structlog
from motor.motor_asyncio import AsyncIOMotorClientSession
from pymongo.errors import DuplicateKeyError, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.read_preferences import ReadPreference
from pymongo.write_concern import WriteConcern

from ciclo.backoff import Backoff
from ciclo.metrics import TRANSACTION_RETRIES
from ciclo.store.mongo.client import Store

_log = structlog.get_logger(__name__)

Session = AsyncIOMotorClientSession
Result = TypeVar("Result")

DEADLINE_S: Final = 20.0
"""Far below the server's own limit of 60 s for a transaction."""

BACKOFF: Final = Backoff(first=0.0075, growth=1.5, max=0.5)
"""Between two tries; a random part of it, because two that conflicted should not meet again."""

_WRITE_CONFLICT: Final = 112
_MAX_TIME_EXPIRED: Final = 50
"""The server gave up on the commit itself; asking again would only wait again."""


async def run_transaction(
    store: Store,
    body: Callable[[Session], Awaitable[Result]],
    *,
    deadline_s: float = DEADLINE_S,
    overtaken: type[Exception] | None = None,
) -> Result:
    """Run *body* in one transaction and commit it, surely or not at all.

    Raises:
        Exception: *overtaken*, if somebody else writes the same documents just now: for a body that writes
            what was read before, and would only find it changed if it ran again.
        PyMongoError: it could not be done before the deadline; nothing was written, unless the
            last answer to a commit was lost (the caller's unique keys then tell).
        Exception: whatever *body* raises by itself aborts the transaction and is passed on.
    """
    ends_at = time.monotonic() + deadline_s
    attempt = 0
    async with _open_session(store) as session:
        while True:
            try:
                return await _attempt(session, body, ends_at=ends_at)
            except PyMongoError as error:
                if overtaken is not None and getattr(error, "code", None) == _WRITE_CONFLICT:
                    raise overtaken from error
                if not _nothing_happened(error) or time.monotonic() >= ends_at:
                    raise
            attempt += 1
            TRANSACTION_RETRIES.labels("body").inc()
            _log.info("transaction_retried", attempt=attempt)
            await asyncio.sleep(BACKOFF.spread_s(attempt))


def within(session: Session | None) -> dict[str, Session]:
    """Return the options by which a read is the session's, where there is one: a snapshot brings its own."""
    return {} if session is None else {"session": session}


@asynccontextmanager
async def _open_session(store: Store) -> AsyncIterator[Session]:
    """Give a session, and end it without keeping others waiting.

    Motor ends it in the event loop. One whose commit was under way when its caller went away is in its
    transaction still: ending it asks the server, which may not answer for as long as the driver waits.
    """
    session = await store.client.start_session()
    try:
        yield session
    finally:
        if session.delegate.in_transaction:
            await session.end_session()
        else:
            session.delegate.end_session()


async def _attempt(
    session: Session, body: Callable[[Session], Awaitable[Result]], *, ends_at: float
) -> Result:
    session.start_transaction(
        read_concern=ReadConcern("snapshot"),
        write_concern=WriteConcern("majority", j=True),
        read_preference=ReadPreference.PRIMARY,
    )
    try:
        result = await body(session)
    except BaseException:
        await _abort(session)
        raise
    await _commit(session, ends_at=ends_at)
    return result


async def _commit(session: Session, *, ends_at: float) -> None:
    """Commit, asking again as long as the outcome is unknown: a commit can be repeated."""
    attempt = 0
    while True:
        try:
            await session.commit_transaction()
        except PyMongoError as error:
            unknown = error.has_error_label("UnknownTransactionCommitResult")
            expired = getattr(error, "code", None) == _MAX_TIME_EXPIRED
            if not unknown or expired or time.monotonic() >= ends_at:
                raise
        else:
            return
        attempt += 1
        TRANSACTION_RETRIES.labels("commit").inc()
        await asyncio.sleep(BACKOFF.spread_s(attempt))


async def _abort(session: Session) -> None:
    """Abort if there is something to abort; the server drops what it does not hear of again."""
    if not session.delegate.in_transaction:
        return
    try:
        await session.abort_transaction()
    except PyMongoError as error:
        _log.info("abort_unheard", error=type(error).__name__)


def _nothing_happened(error: PyMongoError) -> bool:
    """Return whether the server tells that the transaction left nothing behind and may be run again."""
    return error.has_error_label("TransientTransactionError") and not isinstance(error, DuplicateKeyError)
