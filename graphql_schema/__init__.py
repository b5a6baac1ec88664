"""The GraphQL schema: what is shown (types), what may be asked (queries), what may be done (mutations)."""
