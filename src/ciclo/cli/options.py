"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

DataDir = Annotated[Path, typer.Option(envvar="CICLO_DATA_DIR", help="Where a local stack keeps everything.")]
