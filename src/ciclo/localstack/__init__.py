"""A stack on one machine: its servers, its processes, its ports, locks and files."""
