"""Static files that are built, not written: GraphiQL, fonts and the portal, into a git-ignored folder.

The build hook imports this before anything is installed, so it needs the standard library only. `make up`
runs it as a module: that takes a fifth of what `ciclo assets` takes to find that nothing is to do.
"""

import hashlib
import importlib.util
import re
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from ciclo.web import assets_fonts
from ciclo.web.assets_npm import (
    NETWORK,
    AssetsUnavailable,
    check_sri,
    member,
    node_and_npm,
    npm_pack,
    run,
    tarball,
)

PORTAL_S_MAX: Final = 300
STAMP: Final = ".stamp"
RECIPE: Final = "1"
"""Part of every stamp: raise it when the steps do something else with the same inputs."""

UNCHANGED: Final = "unchanged"
GENERATED: Final = frozenset({"graphql-env.d.ts"})
"""Made for editors and checks; the build reads none of it."""

FONT: Final = "@fontsource-variable/hanken-grotesk@5.3.0"
FONT_SRI: Final = (
    "sha512-DOd0FqL+3cH2dfNy0JtSq9tUfxBz5mLmHMjTU0DOr3E9Zo6wxuatCl53DIPNrSPgCsnuKyM739BTIG5glCLirw=="
)
FONT_SUBSETS: Final = ("latin", "latin-ext")

_FILE: Final = re.compile(
    r'(?:src|href)="https://unpkg\.com/(?P<package>(?:@[\w.-]+/)?[\w.-]+@[\w.-]+)/(?P<path>[\w./-]+)"'
    r'\s+integrity="(?P<sri>sha\d+-[^"]+)"'
)


def build_all(package: Path, *, say: Callable[[str], None] = print) -> list[str]:
    """Build everything into `static` below *package* (`src/ciclo`), and return what could not be built.

    A step whose inputs are unchanged is left out; one that fails leaves what was there. They run at the same
    time: each waits for npm most of the time, or for a registry that does not answer.
    """
    static, portal = package / "static", package / "portal"
    steps: dict[str, Callable[[], bool]] = {
        "GraphiQL": lambda: build_graphiql(static / "graphiql"),
        "fonts": lambda: build_fonts(static / "fonts"),
    }
    if (portal / "package.json").is_file():
        steps["portal"] = lambda: build_portal(portal, static / "portal")
    failures = []
    with ThreadPoolExecutor(len(steps)) as threads:
        results = {name: threads.submit(step) for name, step in steps.items()}
        for name, result in results.items():
            try:
                say(f"{name}: {'built' if result.result() else UNCHANGED}")
            except AssetsUnavailable as error:
                failures.append(f"{name} not built: {error}")
    return failures


def unbuilt(static: Path) -> list[str]:
    """Return the names of what was never built into *static*."""
    folders = {"GraphiQL": "graphiql", "fonts": "fonts", "portal": "portal"}
    return [name for name, folder in folders.items() if not (static / folder / STAMP).is_file()]


def main() -> int:
    """Build what is missing or out of date, say nothing if that is nothing, and return the exit code."""
    package = Path(__file__).parents[1]
    missing = unbuilt(package / "static")
    if missing:
        _write(f"Building the pages' files, once ({', '.join(missing)}) ...")
    failures = build_all(package, say=lambda line: None if line.endswith(UNCHANGED) else _write(line))
    for failure in failures:
        _write(failure)
    if failures:
        _write("Once that is mended, run .venv/bin/ciclo assets; until then the pages say the same.")
    return 1 if failures else 0


def build_graphiql(out: Path) -> bool:
    """Write the files that Strawberry's GraphiQL page loads from a CDN, as NAME@VERSION/PATH below *out*.

    The installed page is the lock file: it names each file with its version and its hash.

    Returns:
        Whether anything was to do.

    Raises:
        AssetsUnavailable: npm can't be reached, or a file is not the one that the page expects.
    """
    page = _strawberry_page()
    wanted = list(_FILE.finditer(page))
    if not wanted:
        raise AssetsUnavailable("Strawberry's page names no files in a way that is understood")
    stamp = _stamp([page.encode()])
    if _is_fresh(out, stamp):
        return False
    with _replacing(out, stamp) as folder, tempfile.TemporaryDirectory() as tarballs:
        npm_pack({file["package"] for file in wanted}, Path(tarballs))
        for file in wanted:
            content = member(tarball(file["package"], Path(tarballs)), file["path"])
            check_sri(content, file["sri"], of=f"{file['package']}/{file['path']}")
            target = folder / file["package"] / file["path"]
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
    return True


def build_fonts(out: Path) -> bool:
    """Write one TTF for each style of Hanken Grotesk, with its licence.

    Returns:
        Whether anything was to do.

    Raises:
        AssetsUnavailable: npm can't be reached, or fontTools and brotli are not installed.
    """
    stamp = _stamp([FONT_SRI.encode(), repr(assets_fonts.WEIGHTS).encode(), repr(FONT_SUBSETS).encode()])
    if _is_fresh(out, stamp):
        return False
    assets_fonts.check_tools()
    with _replacing(out, stamp) as folder, tempfile.TemporaryDirectory() as tarballs:
        npm_pack([FONT], Path(tarballs))
        archive = tarball(FONT, Path(tarballs))
        check_sri(archive.read_bytes(), FONT_SRI, of=FONT)
        (folder / "OFL.txt").write_bytes(member(archive, "LICENSE"))
        subsets = [member(archive, f"files/hanken-grotesk-{name}-wght-normal.woff2") for name in FONT_SUBSETS]
        for style in assets_fonts.WEIGHTS:
            font = assets_fonts.static_font(subsets, style=style)
            (folder / assets_fonts.file_name(style)).write_bytes(font)
    return True


def build_portal(source: Path, out: Path) -> bool:
    """Build the front end in *source* with Vite into *out*.

    Returns:
        Whether anything was to do.

    Raises:
        AssetsUnavailable: npm can't be reached, or Vite fails.
    """
    stamp = _stamp(_contents(source))
    if _is_fresh(out, stamp):
        return False
    node, npm = node_and_npm()
    vite = source / "node_modules" / "vite" / "bin" / "vite.js"
    with _replacing(out, stamp) as folder:
        # Without the tools that only check the source: half of the bytes.
        install = [*npm, "ci", *NETWORK, "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"]
        run(install, source, seconds_max=PORTAL_S_MAX)
        # By its path, so that no shell and no npm script is needed.
        build = [node, str(vite), "build", "--outDir", str(folder), "--emptyOutDir"]
        run(build, source, seconds_max=PORTAL_S_MAX)
    return True


def _strawberry_page() -> str:
    """Return Strawberry's page from where it is installed: importing Strawberry takes a second."""
    spec = importlib.util.find_spec("strawberry")
    if spec is None or spec.origin is None:
        raise AssetsUnavailable("strawberry-graphql is not installed")
    return (Path(spec.origin).parent / "static" / "graphiql.html").read_text(encoding="utf-8")


def _contents(source: Path) -> Iterator[bytes]:
    """Yield the path and the content of every file in *source* that was written, not made or installed."""
    for path in sorted(source.rglob("*")):
        relative = path.relative_to(source)
        if path.is_file() and "node_modules" not in relative.parts and path.name not in GENERATED:
            yield relative.as_posix().encode()
            yield path.read_bytes()


def _stamp(inputs: Iterable[bytes]) -> str:
    digest = hashlib.sha256(RECIPE.encode())
    for part in inputs:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def _is_fresh(out: Path, stamp: str) -> bool:
    file = out / STAMP
    return file.is_file() and file.read_text() == stamp


@contextmanager
def _replacing(out: Path, stamp: str) -> Iterator[Path]:
    """Give a folder to write into, which takes the place of *out* if all goes well."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".building-") as parent:
        folder = Path(parent) / "new"
        folder.mkdir()
        yield folder
        (folder / STAMP).write_text(stamp)
        if out.exists():
            out.rename(Path(parent) / "old")
        folder.rename(out)


def _write(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
