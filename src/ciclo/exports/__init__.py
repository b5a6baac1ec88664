"""Exports: what is stored as rows, and rows as CSV or JSON lines. Pure functions, without I/O."""
