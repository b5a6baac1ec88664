"""`ciclo doctor`: looks for what keeps a stack from starting, and says what to do about each."""

import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import ciclo
from ciclo.finding import Finding
from ciclo.localstack.folder import StackFolder, running_pid
from ciclo.localstack.ports import is_free
from ciclo.localstack.programs import (
    MONGOD_MIN,
    REDIS_MIN,
    Program,
    Unfit,
    examine,
    mongod_candidates,
    valkey_candidates,
)

STATIC: Final = Path(ciclo.__file__).parent / "static"
BUILT: Final = {"GraphiQL": "graphiql", "fonts": "fonts", "portal": "portal"}
"""What is built into which folder of the static one; a stamp in it is the last thing that is written."""

CLONE: Final = Path(ciclo.__file__).parents[2]
INSTALLER: Final = CLONE / "install.py"
"""Is there in a clone only; elsewhere pip has installed Ciclo as it was told to."""

PYTHON_MIN: Final = (3, 11)
DISK_BYTES_MIN: Final = 2 * 1024**3
API_PORT: Final = 8_000
LDD_S_MAX: Final = 10.0
CHECK_S_MAX: Final = 30.0
PACKAGES: Final = {
    "libcurl.so.4": "libcurl4",
    "libssl.so.3": "libssl3",
    "libcrypto.so.3": "libssl3",
    "liblzma.so.5": "liblzma5",
    "libgcc_s.so.1": "libgcc-s1",
    "libresolv.so.2": "libc6",
}
"""Debian's and Ubuntu's packages for the libraries of mongod."""

_MISSING: Final = re.compile(r"^\s*(\S+) => not found", re.MULTILINE)


def examine_machine(folder: StackFolder) -> Iterator[Finding]:
    """Look at everything that a start needs, cheapest first."""
    yield _python()
    yield _venv()
    yield check_packages(INSTALLER)
    yield check_npm(STATIC)
    yield check_pages(STATIC)
    yield _platform()
    yield _processor()
    yield from _mongod()
    yield from _valkey()
    yield _port(folder)
    yield _writable(folder)
    yield _disk(folder)


def missing_libraries(ldd_output: str) -> tuple[str, ...]:
    """Return the libraries that `ldd` did not find."""
    return tuple(dict.fromkeys(_MISSING.findall(ldd_output)))


def remedy_for(libraries: tuple[str, ...]) -> str:
    """Return the command that installs *libraries*."""
    packages = dict.fromkeys(PACKAGES.get(library, f"(the package with {library})") for library in libraries)
    return f"{', '.join(libraries)} missing: apt-get install -y {' '.join(packages)}"


def lacks_avx(cpu_information: str) -> bool:
    """Return whether /proc/cpuinfo tells of an x86 processor without AVX, which mongod 5 and later need."""
    flags = [line.split() for line in cpu_information.splitlines() if line.startswith("flags")]
    return bool(flags) and "avx" not in flags[0]


def _python() -> Finding:
    version = platform.python_version()
    ok = sys.version_info >= PYTHON_MIN
    return Finding("Python", ok, version if ok else f"{version}: install Python 3.11 or newer")


def check_packages(installer: Path) -> Finding:
    """Ask *installer*, which knows the locks, whether what is installed here is what they name."""
    if not installer.is_file():
        return Finding("Packages", ok=True, detail=f"ciclo-billing {ciclo.__version__}, not in a clone")
    asked = subprocess.run(  # noqa: S603 - our own file, by the Python that runs this
        (sys.executable, str(installer), "--check"),
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=CHECK_S_MAX,
    )
    said = asked.stderr.strip().removeprefix("install.py: ").removesuffix(".")
    return Finding("Packages", asked.returncode == 0, said or "as the lock files name them")


def check_pages(static: Path) -> Finding:
    """Look for the files of the portal, of GraphiQL and of the invoices' fonts."""
    missing = find_unbuilt(static)
    remedy = f"{', '.join(missing)} not built: .venv/bin/ciclo assets (needs the npm registry)"
    return Finding("Pages", ok=not missing, detail=remedy if missing else "built")


def check_npm(static: Path, *, clone: Path = CLONE) -> Finding:
    """Ask the *clone* for what builds the pages; once they are built, it may be away."""
    if not (clone / "portal").is_dir():
        return Finding("npm", ok=True, detail="not in a clone, where pages are built")
    asked = subprocess.run(
        (sys.executable, "-m", "portal.npm"),
        cwd=clone,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=CHECK_S_MAX,
    )
    if asked.returncode == 0:
        return Finding("npm", ok=True, detail=asked.stdout.strip())
    built = not find_unbuilt(static)
    return Finding("npm", built, "none, and the pages are built" if built else asked.stderr.strip())


def find_unbuilt(static: Path) -> list[str]:
    """Return the names of what was never built into *static*."""
    return [name for name, folder in BUILT.items() if not (static / folder / ".stamp").is_file()]


def _venv() -> Finding:
    """Debian's Python comes without what makes an environment with pip."""
    ok = all(importlib.util.find_spec(module) for module in ("venv", "ensurepip"))
    return Finding("venv", ok, "there" if ok else "no module of that name: apt-get install -y python3-venv")


def _platform() -> Finding:
    name = f"{platform.system()} {platform.machine()}"
    ok = platform.system() in {"Linux", "Darwin"}
    return Finding("Platform", ok, name if ok else f"{name}: use Linux, macOS, WSL, or compose.yaml")


def _processor() -> Finding:
    information = Path("/proc/cpuinfo")
    if information.exists() and lacks_avx(information.read_text(encoding="utf-8", errors="replace")):
        return Finding("Processor", ok=False, detail="no AVX, which mongod needs: set CICLO_MONGO_URL")
    return Finding("Processor", ok=True, detail=f"{os.cpu_count()} cores")


def _mongod() -> Iterator[Finding]:
    yield from _program(
        "MongoDB",
        [examine(path, origin, product="MongoDB", least=MONGOD_MIN) for path, origin in mongod_candidates()],
        given="CICLO_MONGO_URL",
    )


def _valkey() -> Iterator[Finding]:
    yield from _program(
        "Valkey",
        [examine(path, origin, product="Valkey", least=REDIS_MIN) for path, origin in valkey_candidates()],
        given="CICLO_REDIS_URL",
    )


def _program(name: str, examined: list[Program | Unfit], *, given: str) -> Iterator[Finding]:
    """Report the server that would be used; those that would not do matter only if none does."""
    fit = [finding for finding in examined if isinstance(finding, Program)]
    if fit:
        yield Finding(name, ok=True, detail=f"{fit[0].version} from {fit[0].origin}")
        return
    for finding in examined:
        if isinstance(finding, Unfit):
            yield Finding(name, ok=False, detail=_why_unfit(finding))
    if not examined:
        yield Finding(name, ok=False, detail=f"none: pip install 'ciclo-billing[local]', or set {given}")


def _why_unfit(unfit: Unfit) -> str:
    libraries = missing_libraries(_ldd(unfit.path))
    return f"{unfit.path}: {remedy_for(libraries) if libraries else unfit.reason}"


def _ldd(path: Path) -> str:
    found = shutil.which("ldd")
    if found is None:
        return ""
    try:
        said = subprocess.run(  # noqa: S603 - the server that was found above
            (found, str(path)), capture_output=True, text=True, check=False, timeout=LDD_S_MAX
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return said.stdout


def _port(folder: StackFolder) -> Finding:
    if running_pid(folder) is not None:
        return Finding("Port", ok=True, detail=f"a stack is running in {folder.root}")
    if is_free(API_PORT):
        return Finding("Port", ok=True, detail=f"{API_PORT} is free")
    # No fault: `ciclo up` takes another one by itself.
    return Finding("Port", ok=True, detail=f"{API_PORT} is in use: another one is taken")


def _writable(folder: StackFolder) -> Finding:
    place = _existing(folder.root)
    ok = place.is_dir() and os.access(place, os.W_OK | os.X_OK)
    return Finding(
        "Data folder", ok, str(folder.root) if ok else f"{place} is not writable: --data-dir OTHER"
    )


def _disk(folder: StackFolder) -> Finding:
    free = shutil.disk_usage(_existing(folder.root)).free
    ok = free >= DISK_BYTES_MIN
    text = f"{free / 1024**3:.1f} GiB free"
    return Finding("Disk", ok, text if ok else f"{text}: 2 GiB are needed, --data-dir OTHER")


def _existing(path: Path) -> Path:
    """Return *path* or the nearest folder above it that exists."""
    return next(folder for folder in (path.absolute(), *path.absolute().parents) if folder.exists())
