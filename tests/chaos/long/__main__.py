"""`make chaos`: the long form. It prints its seed, and takes one to run the same again."""

import argparse
import asyncio
import secrets
import sys
import time

from ciclo import logs
from tests.chaos.long.report import lines
from tests.chaos.long.run import Plan, run
from tests.chaos.long.stack import Options


def main() -> int:
    """Run, report, and return 1 if anything is wrong."""
    parser = argparse.ArgumentParser(prog="make chaos ARGS=", description=__doc__)
    parser.add_argument("--seed", type=int, help="of an earlier run; without one it is drawn")
    parser.add_argument("--seconds", type=float, default=600.0, help="how long faults happen")
    parser.add_argument("--rate", type=float, default=8.0, help="things asked for in a second")
    parser.add_argument("--no-file", action="store_true", help="Valkey without its append-only file")
    parser.add_argument("--quick", action="store_true", help="the faults of the short form alone")
    given = parser.parse_args()
    plan = Plan(
        seed=given.seed if given.seed is not None else secrets.randbelow(1_000_000),
        seconds=given.seconds,
        rate=given.rate,
        quick=given.quick,
        options=Options(appends=not given.no_file),
    )
    logs.configure(level="ERROR", json=False)
    began_at = time.monotonic()

    def tell(line: str) -> None:
        print(f"{time.monotonic() - began_at:6.1f} s  {line}", flush=True)  # noqa: T201 - it is a command

    file = "with" if plan.options.appends else "without"
    tell(f"seed {plan.seed}, {plan.seconds:.0f} s, Valkey {file} its file")
    result = asyncio.run(run(plan, tell=tell))
    for line in lines(result):
        print(line)  # noqa: T201 - it is a command
    return 1 if result.findings else 0


if __name__ == "__main__":
    sys.exit(main())
