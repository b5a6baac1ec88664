"""Contention: a guarded write met what somebody else had changed since it was read."""


class Contention(Exception):
    """Somebody else changed the same documents first. Nothing was written; load again."""
