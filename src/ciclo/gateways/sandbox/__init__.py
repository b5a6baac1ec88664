"""The sandbox: a provider that moves no money."""
