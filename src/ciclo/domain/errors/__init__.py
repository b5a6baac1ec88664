"""Every refusal that billing knows, each with a stable code."""
