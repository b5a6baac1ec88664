"""Entitlements over HTTP, for apps that ask all the time."""
