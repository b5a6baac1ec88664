"""Access: who did what."""
