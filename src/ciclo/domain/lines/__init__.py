"""What a line of an invoice is made of besides days of service: discounts, taxes, items."""
