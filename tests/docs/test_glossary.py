"""docs/glossary.md: each word stands once, and each name in code exists."""

import importlib
import re
from collections import Counter
from pathlib import Path
from typing import Final

import pytest

GLOSSARY: Final = Path(__file__).parents[2] / "docs" / "glossary.md"
ROW: Final = re.compile(r"^\| ([\w ]+) \| ([^|]+) \| ([^|]+) \| `([\w.]+)` \|$", re.MULTILINE)
ROWS: Final = ROW.findall(GLOSSARY.read_text(encoding="utf-8"))


def test_a_word_stands_once() -> None:
    counted = Counter(word for word, *_ in ROWS)

    assert len(counted) > 40
    assert [word for word, times in counted.items() if times > 1] == []


@pytest.mark.parametrize(
    ("word", "meaning", "name"), [(word, meaning, name) for word, meaning, _, name in ROWS]
)
def test_a_word_has_one_meaning_and_a_name_in_code(word: str, meaning: str, name: str) -> None:
    assert meaning.endswith("."), word
    assert _exists(name), name


def _exists(name: str) -> bool:
    """Return whether *name* is a module, or something in one."""
    try:
        importlib.import_module(name)
    except ModuleNotFoundError:
        module, _, member = name.rpartition(".")
        return hasattr(importlib.import_module(module), member)
    return True
