"""Events as they are stored: records, outbox, orders, dead letters."""
