"""Outgoing webhooks: endpoints, what they are told, and the posting of it."""
