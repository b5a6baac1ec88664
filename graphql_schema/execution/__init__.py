"""How an operation runs: limits, masking of errors, documents, time."""
