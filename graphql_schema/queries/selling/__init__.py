"""Reading what is sold beside the prices of plans."""
