"""Telling the surroundings' failures from an event's own: only the latter count against it."""

from bson.errors import InvalidDocument
from pymongo.errors import DuplicateKeyError, PyMongoError

from ciclo.store.client import StoreUnavailable
from ciclo.store.commit import Contention


def is_passing(error: BaseException) -> bool:
    """Return whether trying the same again later may help: connections, time-outs, conflicts, fail-overs.

    Drivers raise errors without labels in fail-overs, so everything of MongoDB's counts as passing
    but what a document itself can cause.
    """
    if isinstance(error, DuplicateKeyError | InvalidDocument):
        return False
    return isinstance(error, PyMongoError | Contention | StoreUnavailable | OSError | TimeoutError)
