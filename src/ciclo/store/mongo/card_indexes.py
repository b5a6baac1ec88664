"""Indexes of cards: whose it is by its last digits, and whose ends when."""

from pymongo import ASCENDING, IndexModel

OF_CARD, CARD_EXPIRY = (
    IndexModel(
        [(f"method.{part}", ASCENDING), ("customer_id", ASCENDING)],
        name=name,
        partialFilterExpression={f"method.{part}": {"$type": "string"}},
    )
    for part, name in (("last_four", "card"), ("expires_on", "card_expiry"))
)
