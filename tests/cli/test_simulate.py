"""`ciclo simulate`, run as a user runs it: on a stack of its own that is gone afterwards."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.cli.waiting import eventually

RUN_S_MAX = 240.0


@contextmanager
def a_simulation(
    folder: Path, *options: str, environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    """Run `ciclo simulate` with *folder* for temporary files; it ends with the block."""
    folder.mkdir()
    plain = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME"}}
    handle = subprocess.Popen(
        (sys.executable, "-P", "-m", "ciclo", "simulate", *options),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        env={**plain, "TMPDIR": str(folder), "CICLO_DATA_DIR": str(folder / "data"), **(environment or {})},
    )
    try:
        yield handle
    finally:
        handle.kill()
        handle.communicate()


def said(simulation: subprocess.Popen[str]) -> dict[str, str]:
    """Return what a simulation that ended well said, by label."""
    out, _ = simulation.communicate(timeout=RUN_S_MAX)
    assert simulation.returncode == 0, out
    return {line[2:22].strip(): line[22:] for line in out.splitlines()}


def test_a_seed_has_one_ledger_whatever_the_number_of_workers(tmp_path: Path) -> None:
    business = ("--customers", "20", "--months", "3", "--seed", "7")
    elsewhere = {
        "CICLO_MONGO_URL": "mongodb://127.0.0.1:1/",
        "CICLO_RETRY_DAYS": "1",
        "CICLO_TIMEZONE": "UTC",
    }
    with (
        a_simulation(tmp_path / "one", *business, "--workers", "1") as one,
        a_simulation(tmp_path / "three", *business, "--workers", "3", environment=elsewhere) as three,
    ):
        first, second = said(one), said(three)

    own = {"A stack of its own", "Played"}
    assert {name: text for name, text in first.items() if name not in own} == {
        name: text for name, text in second.items() if name not in own
    }
    assert first["Customers"] == "20"
    assert re.fullmatch(r"\d{2,} events replayed, 0 differences", first["Audit"])
    assert re.fullmatch(r"[0-9a-f]{64}", first["Fingerprint"])
    assert re.fullmatch(r"\d+, \d+ of them came: BRL [\d,]+\.\d\d", first["Payments"])
    assert [list((tmp_path / name).iterdir()) for name in ("one", "three")] == [[], []]


def test_an_interrupted_simulation_leaves_nothing(tmp_path: Path) -> None:
    with a_simulation(tmp_path / "tmp", "--customers", "20") as simulation:
        eventually(lambda: list((tmp_path / "tmp").glob("*/logs/api.log")))

        simulation.send_signal(signal.SIGINT)

        out, _ = simulation.communicate(timeout=60)
        assert simulation.returncode == 130, out
    assert list((tmp_path / "tmp").iterdir()) == []


def test_playing_here_needs_a_stack_that_runs_here(tmp_path: Path) -> None:
    with a_simulation(tmp_path / "tmp", "--here") as simulation:
        out, _ = simulation.communicate(timeout=60)

    assert simulation.returncode == 1
    assert out.startswith("ciclo: no stack is ready in ")
