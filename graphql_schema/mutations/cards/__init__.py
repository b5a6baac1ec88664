"""Cards: charges whose payers' banks ask."""
