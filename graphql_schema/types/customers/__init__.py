"""Customers: their types."""
