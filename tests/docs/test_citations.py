"""What code cites can be read: pages that are here, or addresses; and an error is told, not pointed at."""

import re
from pathlib import Path
from typing import Final

from tests.docs.rule_book import ROOT

CODE: Final = ("src/ciclo", "graphql_schema", "workers")
ADDRESS: Final = re.compile(r"https?://\S+")
PAGE: Final = re.compile(r"\b[\w/-]+\.md\b")
IN_REPOSITORY: Final = {path.name for path in (*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"))}


def _lines() -> list[tuple[str, str]]:
    paths = [path for folder in CODE for path in sorted((ROOT / folder).rglob("*.py"))]
    return [
        (path.relative_to(ROOT).as_posix(), line)
        for path in paths
        for line in path.read_text(encoding="utf-8").splitlines()
    ]


def test_a_page_that_code_cites_is_in_the_repository() -> None:
    absent = [
        (path, page)
        for path, line in _lines()
        for page in PAGE.findall(ADDRESS.sub("", line))
        if Path(page).name not in IN_REPOSITORY
    ]

    assert absent == []


def test_a_docstring_says_when_an_error_is_raised() -> None:
    assert [(path, line.strip()) for path, line in _lines() if "see there" in line] == []
