"""What an address opens without signing in: its page, and the few things that the page may ask for."""
