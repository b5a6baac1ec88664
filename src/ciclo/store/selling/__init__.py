"""What is sold beside the prices of plans: coupons and items."""
