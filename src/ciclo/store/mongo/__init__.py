"""MongoDB itself: connection, indexes, migrations, transactions, pages, bulk writes."""
