"""The command line: runs the stack, and the small tools around it."""

from ciclo.cli.app import main

__all__ = ["main"]
