"""Productions: what they rely on, looked at as a whole."""
