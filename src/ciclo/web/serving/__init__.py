"""How the application is served: connections, their bounds, and how a process ends."""
