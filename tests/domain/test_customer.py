"""Customers and their names."""

import pytest

from ciclo.domain.customer import NAME_CHARS_MAX, validate_name
from ciclo.domain.errors.general import InvalidValue


@pytest.mark.parametrize(
    ("text", "name"),
    [("  Ana da Silva ", "Ana da Silva"), ("Ж" * NAME_CHARS_MAX, "Ж" * NAME_CHARS_MAX), ("X", "X")],
)
def test_a_name_is_kept_trimmed(text: str, name: str) -> None:
    assert validate_name(text) == name


@pytest.mark.parametrize("text", ["", "   ", "x" * (NAME_CHARS_MAX + 1), "Ana\nSilva", "Ana\x00"])
def test_what_is_no_name_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        validate_name(text)

    assert refused.value.field == ("payment_method", "payer_name")
