"""Links: addresses that open one thing to whoever has them, without signing in."""
