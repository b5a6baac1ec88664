"""docs/billing-rules.md holds every rule that is cited, and names tests that exist for each."""

import re

import pytest

from tests.docs.rule_book import ROOT, citations, cited_in, numbers, proofs, rules

RULES = rules()


def test_a_number_is_given_once_and_in_order() -> None:
    assert numbers() == sorted(set(numbers()))


@pytest.mark.parametrize(
    ("text", "cited"),
    [
        ("the oldest one (rule 21)", {21}),
        ("Rules 18 and 20: payments", {18, 20}),
        ("Source: billing rules 7, 9, 22.", {7, 9, 22}),
        ("rules 8 to 10, 17.", {8, 9, 10, 17}),
        ("no rule at all, of 7", set()),
    ],
)
def test_a_citation_is_read_with_its_lists_and_ranges(text: str, cited: set[int]) -> None:
    assert cited_in(text) == cited


def test_every_rule_that_is_cited_is_in_the_book() -> None:
    unknown = {name: cited - RULES.keys() for name, cited in citations().items() if cited - RULES.keys()}

    assert unknown == {}


def test_every_rule_is_cited_by_the_code_or_the_tests() -> None:
    cited = set().union(*citations().values())

    assert RULES.keys() - cited == set()


@pytest.mark.parametrize("number", RULES)
def test_a_rule_has_an_example_with_figures(number: int) -> None:
    _, _, example = RULES[number].partition("*Example.*")

    assert re.search(r"\d", example.partition("*Proven by*")[0])


@pytest.mark.parametrize("number", RULES)
def test_a_rule_names_tests_that_exist(number: int) -> None:
    named = proofs(RULES[number])
    absent = [f"{file}::{test}" for file, test in named if not _exists(file, test)]

    assert named
    assert absent == []


def _exists(file: str, test: str) -> bool:
    path = ROOT / file
    if not path.is_file():
        return False
    pattern = rf"^(?:async )?def {test}\(" if test else r"^(?:async )?def test_"
    return re.search(pattern, path.read_text(encoding="utf-8"), re.MULTILINE) is not None
