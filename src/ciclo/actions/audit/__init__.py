"""The audit: the ledger is decided again, or held against its digests, and compared with what is stored."""
