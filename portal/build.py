"""Builds what the pages and invoices load, the portal, GraphiQL and fonts, into the package's static folder.

One npm project has the sources and, in one lock file, the hash of everything that they are built with. The
build hook imports this before anything is installed, so it needs the standard library only.
"""

import hashlib
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from portal import fonts
from portal.npm import BuildFailed, node_and_npm, run

PROJECT: Final = Path(__file__).parent
STATIC: Final = PROJECT.parent / "src" / "ciclo" / "static"
LOCK: Final = "package-lock.json"
COMPRESS: Final = "compress.mjs"
STAMP: Final = ".stamp"
"""Marks a folder that was built, and says from what: `ciclo doctor` looks for it."""

STEP_S_MAX: Final = 300
# npm's own patience with a registry that can't be reached is minutes.
# Without the tools that only check the source: half of the bytes. And nothing that a package brings is run.
INSTALL: Final = (
    *("ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"),
    *("--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-timeout=30000"),
)
QUIET: Final = "--quiet"


@dataclass(frozen=True, kw_only=True)
class Step:
    """One folder below the static one, and what it is built from."""

    name: str
    folder: str
    sources: tuple[str, ...]
    """Files and folders of the project; everything depends on the lock file too."""
    build: Callable[[Path, Path], None]
    """Given the project and an empty folder to write into."""


def build_with_vite(root: str, project: Path, out: Path) -> None:
    """Build the page in the folder *root* of *project* into *out*, or raise BuildFailed."""
    node, _ = node_and_npm()
    # By its path, so that no shell and no npm script is needed.
    vite = project / "node_modules" / "vite" / "bin" / "vite.js"
    command = [node, str(vite), "build", "--outDir", str(out), "--emptyOutDir"]
    run(command, project / root, seconds_max=STEP_S_MAX)
    run([node, str(PROJECT / COMPRESS), str(out)], project, seconds_max=STEP_S_MAX)


STEPS: Final = (
    Step(
        name="portal",
        folder="portal",
        sources=("index.html", "src", "vite.config.ts", COMPRESS),
        build=partial(build_with_vite, "."),
    ),
    Step(
        name="GraphiQL",
        folder="graphiql",
        sources=("graphiql", "src/mark.svg", COMPRESS),
        build=partial(build_with_vite, "graphiql"),
    ),
    Step(name="fonts", folder="fonts", sources=("fonts.py",), build=fonts.write),
)


def build_all(
    steps: Sequence[Step] = STEPS,
    *,
    project: Path = PROJECT,
    static: Path = STATIC,
    say: Callable[[str], None] = print,
    quiet: bool = False,
) -> list[str]:
    """Build into *static* what *project* is newer than, and return what could not be built.

    A step that fails leaves what was there. What is as it should be is said too, unless *quiet*.
    """
    stale = [step for step in steps if _stamp(project, step) != _stamp_in(static / step.folder)]
    for step in steps:
        if step not in stale and not quiet:
            say(f"{step.name}: unchanged")
    if not stale:
        return []
    say(f"Building the pages' files ({', '.join(step.name for step in stale)}) ...")
    try:
        install(project)
    except BuildFailed as error:
        return [f"{', '.join(step.name for step in stale)} not built: {error}"]
    failures = []
    with ThreadPoolExecutor(len(stale)) as threads:
        results = {step.name: threads.submit(_build, step, project, static) for step in stale}
        for name, result in results.items():
            try:
                result.result()
                say(f"{name}: built")
            except BuildFailed as error:
                failures.append(f"{name} not built: {error}")
    return failures


def install(project: Path) -> None:
    """Put exactly what the lock file of *project* names into its node_modules.

    Raises:
        BuildFailed: there is no npm, it reaches no registry, or a package is not what the lock says.
    """
    _, npm = node_and_npm()
    run([*npm, *INSTALL], project, seconds_max=STEP_S_MAX)


def _build(step: Step, project: Path, static: Path) -> None:
    """Build one folder aside; it takes the place of the one before if all goes well."""
    stamp = _stamp(project, step)
    with _replacing(static / step.folder) as folder:
        step.build(project, folder)
        (folder / STAMP).write_text(stamp)


@contextmanager
def _replacing(out: Path) -> Iterator[Path]:
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".building-") as parent:
        folder = Path(parent) / "new"
        folder.mkdir()
        yield folder
        if out.exists():
            out.rename(Path(parent) / "old")
        folder.rename(out)


def _stamp(project: Path, step: Step) -> str:
    """Return one hash for the names and contents of all that *step* depends on."""
    digest = hashlib.sha256()
    for file in _files(project, (LOCK, *step.sources)):
        for part in (file.relative_to(project).as_posix().encode(), file.read_bytes()):
            digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def _files(project: Path, sources: Sequence[str]) -> Iterator[Path]:
    for source in sources:
        path = project / source
        if path.is_dir():
            # *.d.ts is made for editors and checks; the build reads none of it.
            yield from sorted(
                one for one in path.rglob("*") if one.is_file() and one.suffixes != [".d", ".ts"]
            )
        elif path.is_file():
            yield path


def _stamp_in(folder: Path) -> str:
    file = folder / STAMP
    return file.read_text() if file.is_file() else ""


def main(arguments: Sequence[str]) -> int:
    """Build what is out of date and return the exit code; `--quiet` is silent if that is nothing."""
    failures = build_all(say=lambda line: print(line, flush=True), quiet=QUIET in arguments)
    for failure in failures:
        print(f"{failure}.", flush=True)
    if failures:
        print(
            "Once that is mended, run .venv/bin/ciclo assets; until then the pages say the same.", flush=True
        )
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
