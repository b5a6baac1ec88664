"""What becomes known of a payment: its attempts, the money that came, and what is contested of it."""
