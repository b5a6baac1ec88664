"""Reading links, and what those who have one are offered."""
