"""Runs a stand-in stack as a user would: a process of its own, with its output in a file."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ciclo.localstack.environment import parse_env_file
from tests.cli.waiting import alive, eventually

STAND_INS = Path(__file__).with_name("stand_ins.py")


@dataclass(frozen=True)
class Running:
    """A `ciclo up` under way."""

    handle: subprocess.Popen[bytes]
    folder: Path
    output: Path

    def said(self) -> str:
        return self.output.read_text(encoding="utf-8")

    def ready(self) -> "Running":
        """Wait for the last line of the banner."""
        eventually(lambda: "\nready " in self.said() or self.handle.poll() is not None)
        assert self.handle.poll() is None, self.said()
        return self

    def env(self) -> dict[str, str]:
        return parse_env_file((self.folder / "env").read_text(encoding="utf-8"))

    def pids(self) -> dict[str, int]:
        """Return what runs, by name."""
        state = json.loads((self.folder / "state.json").read_text(encoding="utf-8"))
        return {one["name"]: one["pid"] for one in state["processes"]}


@contextmanager
def a_stack(folder: Path, *options: str, environment: Mapping[str, str]) -> Iterator[Running]:
    """Run `ciclo up` on *folder* with stand-ins; nothing of it is left after the block."""
    output = folder.with_name(f"{folder.name}-{len(list(folder.parent.iterdir()))}.out")
    with output.open("wb") as out:
        handle = subprocess.Popen(
            (sys.executable, str(STAND_INS), "up", str(folder), *options),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env={**os.environ, **environment},
        )
    try:
        yield Running(handle, folder, output)
    finally:
        handle.kill()
        handle.wait()


def all_gone(pids: Mapping[str, int]) -> bool:
    return not any(alive(pid) for pid in pids.values())
