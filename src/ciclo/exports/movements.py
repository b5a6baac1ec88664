"""MRR movements as rows: what each change of a subscription did to monthly recurring revenue."""

from typing import Final

from ciclo.domain.metrics import Movement
from ciclo.exports.cells import decimal
from ciclo.exports.formats import Row

COLUMNS: Final = (
    "event_id",
    "on",
    "cause",
    "mrr_before",
    "mrr_after",
    "mrr_change",
    "currency",
    "plan_id",
    "previous_plan_id",
    "subscription_id",
    "customer_id",
    "customer_email",
)


def movement_row(movement: Movement, email: str | None) -> Row:
    """Return *movement* as the cells of COLUMNS; the sum of `mrr_change` up to a day is that day's MRR."""
    currency = movement.currency
    return (
        movement.event_id,
        movement.on,
        movement.cause.value,
        decimal(movement.before, currency),
        decimal(movement.after, currency),
        decimal(movement.after - movement.before, currency),
        currency,
        movement.plan_id,
        movement.previous_plan_id,
        movement.subscription_id,
        movement.customer_id,
        email,
    )
