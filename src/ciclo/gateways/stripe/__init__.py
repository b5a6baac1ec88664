"""Stripe: cards anywhere."""
