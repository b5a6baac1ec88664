"""Commands on the running stack, as an operator's shell runs them."""

import asyncio
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.processes import environment
from tests.stack import Stack


@dataclass(frozen=True, slots=True)
class Done:
    """What a command said, line by line, and its exit code."""

    code: int
    lines: list[str]
    errors: str


async def ciclo(stack: Stack, *arguments: str, folder: Path) -> Done:
    """Run `ciclo ARGUMENTS` with the stack's settings; *folder* has no stack of its own."""
    env = {
        **{name: value for name, value in os.environ.items() if name in {"PATH", "HOME"}},
        **environment(stack.deps.settings),
        "CICLO_DATA_DIR": str(folder),
        "NO_COLOR": "1",
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "ciclo", *arguments),
        env=env,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, errors = await process.communicate()
    return Done(process.returncode or 0, out.decode().splitlines(), errors.decode())
