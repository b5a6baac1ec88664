"""What may be asked of entitlements: whether something may be used, to use it, and what operators decide."""
