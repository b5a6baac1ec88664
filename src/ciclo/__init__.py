"""Ciclo: subscription billing over GraphQL, Redis Streams and MongoDB."""

__version__ = "0.1.0"
