"""Commands on the whole database: migrations, backups, restores."""
