"""The life of a subscription: pure rules that turn an account and an event into a decision."""

from ciclo.domain.lifecycle.apply import RULES_VERSION, apply, find_wanted
from ciclo.domain.lifecycle.decision import Decision, Outcome, Review
from ciclo.domain.lifecycle.schedule import DueEvent, change_drop_event, next_due_event
from ciclo.domain.lifecycle.start import open_account

__all__ = [
    "RULES_VERSION",
    "Decision",
    "DueEvent",
    "Outcome",
    "Review",
    "apply",
    "change_drop_event",
    "find_wanted",
    "next_due_event",
    "open_account",
]
