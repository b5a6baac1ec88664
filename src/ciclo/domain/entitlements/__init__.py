"""Entitlements: what a customer may use, and how much of it they use, as functions of what they pay for."""
