"""Self-service: what bounds that which customers ask for without an operator."""
