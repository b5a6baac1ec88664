"""Failures: telling transient ones from an event's own, and how long to wait after either."""

from bson.errors import InvalidDocument
from pymongo.errors import DuplicateKeyError, PyMongoError

from ciclo.backoff import GROWTHS_MAX, Backoff
from ciclo.store.mongo.client import Document, StoreUnavailable
from ciclo.store.mongo.contention import Contention


def is_transient(error: BaseException) -> bool:
    """Return whether trying the same again later may help: connections, time-outs, conflicts, fail-overs.

    Drivers raise errors without labels in fail-overs, so everything of MongoDB's counts as passing
    but what a document itself can cause. Only what does not pass counts against an event.
    """
    if isinstance(error, DuplicateKeyError | InvalidDocument):
        return False
    return isinstance(error, PyMongoError | Contention | StoreUnavailable | OSError | TimeoutError)


def is_store_fault(error: BaseException) -> bool:
    """Return whether *error* is MongoDB's, and passing: nothing is wrong with what was asked for."""
    return isinstance(error, PyMongoError | Contention | StoreUnavailable) and is_transient(error)


def pause_ms(backoff: Backoff, failures: object) -> Document:
    """Return `Backoff.pause_s` as MongoDB computes it, in milliseconds, from a document's own count."""
    growths = {"$min": [{"$subtract": [failures, 1]}, GROWTHS_MAX]}
    grown = {"$multiply": [1_000 * backoff.first, {"$pow": [backoff.growth, growths]}]}
    return {"$toLong": {"$min": [1_000 * backoff.max, grown]}}
