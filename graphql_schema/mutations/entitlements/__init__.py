"""Changing what is used, and what operators decide of it."""
