"""Options, bounds and the exit code that several commands share."""

from pathlib import Path
from typing import Annotated, Final

import typer

FAULT: Final = 1
"""The exit code of what went wrong."""

WORKERS_MAX: Final = 64
DataDir = Annotated[Path, typer.Option(envvar="CICLO_DATA_DIR", help="Where a local stack keeps everything.")]
