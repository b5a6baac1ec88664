"""What may be read: one module a noun."""
