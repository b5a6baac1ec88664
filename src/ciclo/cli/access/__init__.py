"""Commands about who may come in: API keys, members."""
