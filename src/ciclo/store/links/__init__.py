"""Links as they are stored."""
