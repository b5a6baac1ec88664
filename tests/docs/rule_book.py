"""The rule book as data: its rules by number, and the rules that the project's texts cite."""

import re
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
BOOK: Final = ROOT / "docs" / "billing-rules.md"
CITING: Final = ("src/ciclo", "graphql_schema", "workers", "tests")
PAGES: Final = ("ARCHITECTURE.md", "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/glossary.md")

_HEADING: Final = re.compile(r"^### Rule (\d+)\. .+$", re.MULTILINE)
_CITATION: Final = re.compile(r"\b[Rr]ules? (\d+(?:(?:, | and | to |-)\d+)*)")
_TEST: Final = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")


def rules() -> dict[int, str]:
    """Return the text of each rule by its number."""
    text = BOOK.read_text(encoding="utf-8")
    headings = list(_HEADING.finditer(text))
    ends = [heading.start() for heading in headings[1:]] + [len(text)]
    return {int(heading[1]): text[heading.start() : end] for heading, end in zip(headings, ends, strict=True)}


def numbers() -> list[int]:
    """Return the numbers of the rules in the order of the book."""
    return [int(number) for number in _HEADING.findall(BOOK.read_text(encoding="utf-8"))]


def cited_in(text: str) -> set[int]:
    """Return the numbers that *text* cites: "rule 7", "rules 7, 9 and 22", "rules 8 to 14"."""
    found: set[int] = set()
    for citation in _CITATION.findall(text):
        for part in re.split(r", | and ", citation):
            first, *last = (int(number) for number in re.split(r" to |-", part))
            found.update(range(first, (last[0] if last else first) + 1))
    return found


def citations() -> dict[str, set[int]]:
    """Return the rules that each text of the project cites."""
    paths = [path for folder in CITING for path in sorted((ROOT / folder).rglob("*.py"))]
    paths += [ROOT / page for page in PAGES if (ROOT / page).exists()]
    found = {
        path.relative_to(ROOT).as_posix(): cited_in(path.read_text(encoding="utf-8"))
        for path in paths
        if path != Path(__file__)
    }
    return {name: cited for name, cited in found.items() if cited}


def proofs(rule: str) -> list[tuple[str, str]]:
    """Return the (file, test) pairs that a rule names; an empty test stands for the whole file."""
    _, _, named = rule.partition("*Proven by*")
    return _TEST.findall(named)
