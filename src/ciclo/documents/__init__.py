"""Documents: what an invoice or a receipt says on paper, and its typesetting to PDF."""
