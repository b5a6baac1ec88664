"""Measures, and prints one table: `python -m tests.benchmarks [--only NAME] [--quick] [--json]`."""

import argparse
import asyncio
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from ciclo import logs
from tests.benchmarks.bench import Bench
from tests.benchmarks.measuring import as_json, table
from tests.benchmarks.run import SUBJECTS, measured
from tests.benchmarks.scale import FULL, QUICK
from tests.servers import start

FOLDER: Final = "ciclo-bench-"


def main() -> int:
    """Measure what the command line names; exit with 1 if a goal was missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(SUBJECTS)}; all by default")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="the same, one at a time")
    parser.add_argument("--json", action="store_true", help="findings as JSON instead of a table")
    parser.add_argument("--quick", action="store_true", help="fewer repetitions, smaller ledgers")
    asked = parser.parse_args()
    chosen = [*asked.names, *asked.only]
    unknown = set(chosen) - SUBJECTS.keys()
    if unknown:
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    for name in [name for name in os.environ if name.startswith("CICLO_")]:
        del os.environ[name]  # a shell's own stack must not be measured
    logs.configure(level="ERROR", json=True)
    scale, names = QUICK if asked.quick else FULL, chosen or list(SUBJECTS)
    folder = Path(tempfile.mkdtemp(prefix=FOLDER))
    began = time.monotonic()
    try:
        servers = start(folder)
        try:
            findings = asyncio.run(measured(Bench(servers=servers, scale=scale), names))
        finally:
            servers.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if asked.json:
        print(as_json(findings))  # noqa: T201 - what this is for
    else:
        print(table(findings))  # noqa: T201 - so is this
        print(f"\n{len(findings)} goals in {time.monotonic() - began:.0f} s, files in {folder.parent}")  # noqa: T201 - and this
    return 0 if all(one.is_met for one in findings) else 1


if __name__ == "__main__":
    sys.exit(main())
