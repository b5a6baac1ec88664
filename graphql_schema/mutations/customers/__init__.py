"""Mutations of customers."""
