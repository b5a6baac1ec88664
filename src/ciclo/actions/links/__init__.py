"""Links: making, reading and taking back addresses that open one thing without signing in."""
