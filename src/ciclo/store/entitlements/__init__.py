"""Entitlements in MongoDB: each customer's set, what they use, and how features are counted."""
