"""The processes behind the API: billing, collection, scheduler, relay."""
