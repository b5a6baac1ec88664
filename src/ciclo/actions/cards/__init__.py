"""Cards in the browser: whose script takes them, and payments whose banks ask their payers."""
