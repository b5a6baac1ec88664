"""What an invoice consists of, and what its money comes to: lines, credit notes, refunds."""
