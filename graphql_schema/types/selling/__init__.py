"""Types of what is sold beside the prices of plans."""
