"""Events: what people ask for, what happens, and what the engine asks of providers."""
