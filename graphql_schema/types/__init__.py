"""What the API shows: one module a noun."""
