"""What a caller may ask: load, decide, commit."""
