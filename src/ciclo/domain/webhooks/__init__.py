"""Outgoing webhooks: what sellers' own systems are told, where, and when it is tried again."""
