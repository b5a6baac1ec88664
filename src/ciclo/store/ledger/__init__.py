"""The ledger: the one commit, and the chain of digests that seals it."""
