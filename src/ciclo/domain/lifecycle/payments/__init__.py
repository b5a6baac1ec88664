"""What becomes of money: notices are joined, invoices settled, refunds sent, service recovered."""
