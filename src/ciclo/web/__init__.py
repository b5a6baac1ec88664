"""The HTTP side: routes, tokens, webhooks, health."""
