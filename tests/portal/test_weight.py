"""What a first visit costs on the wire: a phone on a slow network waits for each of these bytes."""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from portal.build import STATIC

KIB = 1024
PORTAL_KIB_MAX = 100
ADMIN_KIB_MAX = 160
GRAPHIQL_KIB_MAX = 800


def on_the_wire(files: Iterable[Path]) -> float:
    """Return how many KiB *files* are as browsers get them."""
    packed = (file.with_name(f"{file.name}.br") for file in files)
    return sum((file if file.exists() else file.with_suffix("")).stat().st_size for file in packed) / KIB


def first_visit() -> set[Path]:
    """Return what the page loads in any language and at any address, and the letters that it is set in."""
    page = (STATIC / "portal" / "index.html").read_text()
    folder = STATIC / "portal" / "assets" / "portal"
    named = {folder / name for name in re.findall(r"/assets/portal/([^\"]+)", page)}
    return named | set(folder.glob("hanken-grotesk-latin-wght-*.woff2"))


def test_the_portal_is_light() -> None:
    assert on_the_wire(first_visit()) <= PORTAL_KIB_MAX


def test_the_admin_is_light() -> None:
    files = (STATIC / "portal" / "assets" / "portal").glob("admin-*")
    admin = {file for file in files if file.suffix in {".js", ".css"}}
    assert {file.suffix for file in admin} == {".js", ".css"}
    assert on_the_wire(first_visit() | admin) <= ADMIN_KIB_MAX


def test_graphiql_is_bearable() -> None:
    files = (STATIC / "graphiql" / "assets" / "graphiql").iterdir()
    assert on_the_wire(file for file in files if file.suffix in {".js", ".css", ".svg"}) <= GRAPHIQL_KIB_MAX


@pytest.mark.parametrize("folder", ["portal", "graphiql"])
def test_every_script_lies_packed_beside_itself(folder: str) -> None:
    assets = STATIC / folder / "assets" / folder
    heavy = [file for file in assets.glob("*.js") if file.stat().st_size > 2 * KIB]

    assert heavy
    assert all(file.with_name(file.name + suffix).exists() for file in heavy for suffix in (".br", ".gz"))
