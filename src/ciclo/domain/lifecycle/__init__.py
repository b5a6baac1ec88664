"""The life of a subscription: pure rules that turn an account and an event into a decision."""

from ciclo.domain.lifecycle.apply import RULES_VERSION, apply, find_wanted
from ciclo.domain.lifecycle.decision import Decision, Outcome, Review
from ciclo.domain.lifecycle.due import Due, change_drop, next_due
from ciclo.domain.lifecycle.opening import opened

__all__ = [
    "RULES_VERSION",
    "Decision",
    "Due",
    "Outcome",
    "Review",
    "apply",
    "change_drop",
    "find_wanted",
    "next_due",
    "opened",
]
