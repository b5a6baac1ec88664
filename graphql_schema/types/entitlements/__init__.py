"""Entitlements: their types."""
