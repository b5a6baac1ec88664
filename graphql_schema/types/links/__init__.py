"""Links: their types."""
