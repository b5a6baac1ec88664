"""The routes that take notices: ours and the providers' own."""
