"""Installs into .venv what the lock files name, then Ciclo; `--test` adds what testing needs.

Nothing is resolved: what is installed is what the locks name, so nobody's next release can break a clone.
Runs before anything is installed, so it needs the standard library only. `--check` changes nothing.
"""

import fcntl
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent
RUN_LOCK: Final = "requirements.lock"
TEST_LOCK: Final = "requirements-test.lock"
NODE_LOCK: Final = "requirements-node.lock"
PROJECT: Final = ("pyproject.toml", "hatch_build.py", "src/ciclo/__init__.py")
"""What an editable install takes up once; all else of the source is read where it lies."""

ROOM_BYTES_MIN: Final = 10**9
"""The packages, the pages' build and a first start; measured: 0.7 GB."""

PYTHON: Final = ("-I", "-X", "utf8")
"""Undisturbed by PYTHONPATH and its kin."""

PIP: Final = (*PYTHON, "-m", "pip", "--disable-pip-version-check", "--no-input")
# Wheels only: building a source archive would resolve what its build wants.
# --no-user: pip refuses `user = true` of somebody's configuration in a venv.
# --no-compile: a third of pip's time, and most modules are never imported.
EXACTLY: Final = (
    "--quiet",
    "--no-user",
    "--no-deps",
    "--require-hashes",
    "--only-binary=:all:",
    "--no-compile",
    "--progress-bar=off",
)
LOAD: Final = (
    "import ciclo.localstack.stack, ciclo.cli.serve, ciclo.web.app, uvicorn, workers.billing, "
    "workers.scheduler"
)
"""What a start imports: it is compiled here once, not by each of the first processes."""

PIN: Final = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[^\]]*\])?==([^\s;\\]+)( *;)?", re.MULTILINE)

AGAIN: Final = "then run it again"
SENTENCES: Final = {
    r"No space left on device|Errno 28|Disk quota exceeded": (
        f"the disk is full, or the one for temporary files: make room (a start needs 1 GB), {AGAIN}"
    ),
    r"DO NOT MATCH THE HASHES": (
        f"a package is not the file that the lock names: see which index `pip config list` names, {AGAIN}"
    ),
    r"NewConnectionError|ConnectTimeout|name resolution|Retrying \(|ProxyError|SSLError": (
        f"pip reaches no index: see to the network or to `pip config list`, {AGAIN}"
    ),
    r"No matching distribution found for (?P<what>\S+)": (
        "the index that pip asks has no wheel of {what} for Python {python} on {machine}: "
        "take a Python that pyproject.toml names, or see to `pip config list`"
    ),
    r"Permission denied|Errno 13": f"a file here is not yours to write: remove .venv as its owner, {AGAIN}",
    r"Read-only file system|Errno 30": "this folder is read-only: clone Ciclo into one that is not",
}
"""What pip says in many lines, and the sentence for it."""


class Refused(Exception):
    """One sentence: what keeps Ciclo from being installed, and what to do."""


def main(arguments: Sequence[str]) -> int:
    """Do what *arguments* ask for and return the exit code."""
    locks = [RUN_LOCK, *([] if shutil.which("npm") else [NODE_LOCK])]
    try:
        if "--check" in arguments:
            check_packages(ROOT)
        else:
            with alone_in(ROOT):
                install_packages(ROOT, [*locks, TEST_LOCK] if "--test" in arguments else locks)
                install_project(ROOT)
    except (Refused, OSError) as error:
        print(f"install.py: {sentence_of(error)}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped; the next time begins anew.", file=sys.stderr)
        return 130
    return 0


def install_packages(root: Path, locks: Sequence[str], *, room_bytes_min: int = ROOM_BYTES_MIN) -> None:
    """Let .venv below *root* have exactly what *locks* name, beside what it has of other locks as they are.

    A venv without a mark that fits (half made, moved, for another Python, of an older lock) is made anew from
    nothing. The mark is written last.

    Raises:
        Refused: there is no room or no right to write, or pip fails.
    """
    folder = root / ".venv"
    mark = folder / "packages.json"
    there = locks_in(root, mark)
    missing = [lock for lock in locks if lock not in there]
    if not missing:
        return
    check_place(root, room_bytes_min=room_bytes_min)
    if there:
        mark.unlink()
    else:
        print(f"Python {platform.python_version()}, {platform.system()} {platform.machine()}")
        make_venv(folder)
    count = sum(len(PIN.findall((root / lock).read_text())) for lock in missing)
    print(f"Installing {count} packages, once: about half a minute ...", flush=True)
    install_locks(python_of(folder), root, missing)
    mark.write_text(json.dumps(state_of(root, [*there, *missing])))


def install_project(root: Path) -> None:
    """Make Ciclo's code and commands known to the venv, unless they are, and check that all fits and loads.

    Raises:
        Refused: pip fails, what pyproject.toml wants is not what the locks name, or it can't be imported.
    """
    folder = root / ".venv"
    mark = folder / "project"
    wanted = hash_of(*(root / name for name in PROJECT), folder / "packages.json")
    if mark.is_file() and mark.read_text() == wanted:
        return
    here = ("--quiet", "--no-user", "--no-deps", "--no-build-isolation", "--editable", ".")
    pip(python_of(folder), "install", *here, cwd=root)
    pip(python_of(folder), "check", cwd=root)
    run(python_of(folder), *PYTHON, "-c", LOAD, cwd=root)
    mark.write_text(wanted)


def install_locks(python: Path, root: Path, locks: Sequence[str]) -> None:
    """Install exactly what *locks* name into the environment of *python*, or raise Refused."""
    files = [word for lock in locks for word in ("--requirement", lock)]
    pip(python, "install", *EXACTLY, *files, cwd=root)


def check_packages(root: Path) -> None:
    """Check the environment that runs this against the locks.

    Raises:
        Refused: it is not what they name.
    """
    locks = locks_in(root, root / ".venv" / "packages.json")
    if not locks:
        raise Refused("the packages are not those of the locks as they are now: run `make up`")
    for lock in locks:
        for name, version, marker in PIN.findall((root / lock).read_text()):
            found = version_of(name)
            # What a line's condition means only pip knows; `pip check` has looked after the installation.
            if found != version and (found or not marker):
                is_now = found or "missing"
                raise Refused(f"{name} is {is_now}, the lock says {version}: run `rm -rf .venv; make up`")


def check_place(root: Path, *, room_bytes_min: int) -> None:
    """Check that *root* can be written to and has room.

    Raises:
        Refused: it can't, or has none.
    """
    try:
        with tempfile.TemporaryFile(dir=root):
            pass
    except PermissionError as error:
        raise Refused(f"{root} is not yours to write to: clone Ciclo into a folder of your own") from error
    free = shutil.disk_usage(root).free
    if free < room_bytes_min:
        raise Refused(
            f"{root} has {free / 1e9:.1f} GB left and {room_bytes_min / 1e9:.1f} GB are needed: "
            "make room, or clone Ciclo onto another disk"
        )


def make_venv(folder: Path) -> None:
    """Make an empty environment with pip in *folder*, whatever is there.

    Raises:
        Refused: Python can't.
    """
    try:
        venv.EnvBuilder(clear=True, symlinks=True, with_pip=True).create(folder)
    except subprocess.CalledProcessError as error:
        raise Refused(reason(error.output.decode(errors="replace"))) from error
    except ValueError as error:  # a colon in the path
        raise Refused(f"{error}: clone Ciclo into another folder") from error


def pip(python: Path, *arguments: str, cwd: Path) -> None:
    """Run pip, silently if all goes well, or raise Refused."""
    run(python, *PIP, *arguments, cwd=cwd)


def run(python: Path, *words: str, cwd: Path) -> None:
    """Run *python*, silently if all goes well, or raise Refused."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(  # noqa: S603 - the words are ours
        (python, *words),
        cwd=cwd,
        env={**env, "CICLO_SKIP_ASSETS": "1"},
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    if done.returncode:
        raise Refused(reason(done.stdout))


def reason(said: str) -> str:
    """Return one sentence for what pip or ensurepip *said*, with what to do where that is known."""
    for pattern, sentence in SENTENCES.items():
        found = re.search(pattern, said)
        if found:
            version = platform.python_version()
            return sentence.format(**found.groupdict(), python=version, machine=platform.machine())
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR: ")]
    return (errors or lines or ["Python failed and said nothing"])[-1].removeprefix("ERROR: ").rstrip(".")


def sentence_of(error: Exception) -> str:
    """Return what to do about *error*."""
    return str(error) if isinstance(error, Refused) else reason(str(error))


def locks_in(root: Path, mark: Path) -> list[str]:
    """Return the locks that the venv of *mark* was filled from, or none if anything is not as it was."""
    try:
        state = json.loads(mark.read_text())
        locks = list(state["locks"])
        fits = state == state_of(root, locks) and python_of(mark.parent).exists()
    except (OSError, ValueError, LookupError, TypeError):
        return []
    return locks if fits else []


def state_of(root: Path, locks: Sequence[str]) -> dict[str, object]:
    """Return what a venv depends on: its scripts name its folder, its packages are built for one Python."""
    return {
        "folder": str(root / ".venv"),
        "python": f"{sys.implementation.cache_tag} {platform.machine()}",
        "locks": {lock: hash_of(root / lock) for lock in locks},
    }


def hash_of(*files: Path) -> str:
    """Return one hash for what is in *files*."""
    digests = [hashlib.sha256(file.read_bytes()).digest() for file in files]
    return hashlib.sha256(b"".join(digests)).hexdigest()


def python_of(folder: Path) -> Path:
    """Return the interpreter of the venv in *folder*."""
    return folder / "bin" / "python"


def version_of(name: str) -> str | None:
    """Return which version of a package is installed here."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


@contextmanager
def alone_in(root: Path) -> Iterator[None]:
    """Let another installation into the same folder end first."""
    folder = os.open(root, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
