"""The GraphQL schema: one module a noun."""
