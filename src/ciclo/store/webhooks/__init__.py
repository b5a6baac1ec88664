"""Outgoing webhooks as documents: endpoints, messages, deliveries."""
