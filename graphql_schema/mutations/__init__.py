"""What may be changed: one module a noun."""
