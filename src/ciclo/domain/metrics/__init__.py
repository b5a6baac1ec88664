"""Metrics: what subscriptions are worth a month, how that moves, and what reports make of it.

Nothing here reads a clock or a database: the store feeds movements in, in any order, and every figure
of a report follows from them. Source: billing rules 24 to 27.
"""

from ciclo.domain.metrics.movement import Movement, MovementCause, movement_between, mrr_of

__all__ = ["Movement", "MovementCause", "movement_between", "mrr_of"]
