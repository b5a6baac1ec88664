"""Runs the command line as `python -m ciclo`."""

from ciclo.cli import main

if __name__ == "__main__":
    main()
