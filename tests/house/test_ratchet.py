"""Lengths, folder sizes, names, repeated classes and import cycles get better or stay as they are."""

import ast

import pytest

from tests.house.ratchet import known_offenders, offenders
from tests.house.sources import cycles, is_api_type, lines_of, refused_words, words_of

LIMITS = (
    "file_lines",
    "function_lines",
    "folder_modules",
    "names",
    "participles",
    "class_modules",
    "cycle_modules",
)


def test_every_limit_is_checked() -> None:
    assert tuple(offenders()) == LIMITS


@pytest.mark.parametrize("limit", LIMITS)
def test_nothing_passes_a_limit_further_than_is_known(limit: str) -> None:
    known = known_offenders()[limit]
    worse = {place: n for place, n in offenders()[limit].items() if n > known.get(place, 0)}

    assert worse == {}, "make it shorter, or give it the field's word (docs/glossary.md)"


@pytest.mark.parametrize("limit", LIMITS)
def test_nothing_is_known_that_became_better(limit: str) -> None:
    found = offenders()[limit]
    better = {place: n for place, n in known_offenders()[limit].items() if n > found.get(place, 0)}

    assert better == {}, "well done: `python -m tests.house.ratchet` writes it down"


def test_a_functions_docstring_and_decorators_are_not_counted() -> None:
    (function,) = ast.parse(
        '@cache\ndef f(\n    a: int,\n) -> int:\n    """One\n\n    two."""\n    return a\n'
    ).body

    assert isinstance(function, ast.FunctionDef)
    assert lines_of(function) == 4


def test_a_name_is_read_word_by_word() -> None:
    assert words_of("_HTTPDataFolder") == words_of("http_data_folder") == {"http", "data", "folder"}
    assert words_of("database") == {"database"}


def test_the_glossary_says_which_words_are_refused() -> None:
    assert {"utils", "manager", "data", "books"} <= refused_words()
    assert "not" not in refused_words()


def test_a_type_of_the_api_is_known_by_its_decorator() -> None:
    api, plain = ast.parse("@strawberry.type(description='x')\nclass A: ...\n@dataclass\nclass B: ...\n").body

    assert isinstance(api, ast.ClassDef)
    assert isinstance(plain, ast.ClassDef)
    assert (is_api_type(api), is_api_type(plain)) == (True, False)


def test_modules_that_reach_each_other_are_a_cycle() -> None:
    graph = {"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": set(), "e": {"a"}}

    assert cycles({node: frozenset(reached) for node, reached in graph.items()}) == {("a", "b", "c")}
