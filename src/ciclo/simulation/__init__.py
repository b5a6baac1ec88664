"""A business that is played through the real stack: its plans, its customers, and what they do."""
