"""Free text: bounded, plain, and never a place where a card number is kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ciclo.domain.card_number import holds_card_number, passes_luhn, without_card_numbers
from ciclo.domain.errors.general import InvalidValue
from ciclo.domain.free_text import REASON_CHARS_MAX, validate_reason, validate_text


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (None, None),
        ("", None),
        ("  \n ", None),
        (" too expensive ", "too expensive"),
        ("first line\nsecond line", "first line\nsecond line"),
        (
            "call +55 11 91234-5678, order 4242 4242 4242 4243",
            "call +55 11 91234-5678, order 4242 4242 4242 4243",
        ),
        ("👩\u200d👧 joão", "👩\u200d👧 joão"),
        ("x" * REASON_CHARS_MAX, "x" * REASON_CHARS_MAX),
    ],
)
def test_a_reason_is_kept_trimmed(text: str | None, kept: str | None) -> None:
    assert validate_reason(text) == kept


@pytest.mark.parametrize("text", ["   ", "\n\t", "\u200b", "\u00a0 \u2060"])
def test_a_name_that_nobody_could_see_is_none(text: str) -> None:
    with pytest.raises(InvalidValue):
        validate_text(text, field="name", chars_min=1, chars_max=10)

    assert validate_text(text, field="reason", chars_max=10) == text


@pytest.mark.parametrize(
    "text",
    [
        "x" * (REASON_CHARS_MAX + 1),
        "bell \x07",
        "c1 \x9b",
        "delete \x7f",
        "gnp.\u202eexe",
        "\u2066isolated\u2069",
        "4242424242424242",
        "my card 4242 4242 4242 4242, thanks",
        "amex 3782-822463-10005",
    ],
)
def test_what_no_reason_needs_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        validate_reason(text)

    assert refused.value.field == ("reason",)
    assert text not in str(refused.value)


def test_a_text_that_has_to_be_there_has_to_be_there() -> None:
    with pytest.raises(InvalidValue, match="name has 1 to 9 characters"):
        validate_text("", field="name", chars_min=1, chars_max=9)


@given(st.text(alphabet="0123456789", min_size=12, max_size=18), st.sampled_from(["", " ", "-"]))
def test_a_number_that_checks_is_found_however_it_is_grouped(digits: str, between: str) -> None:
    number = next(digits + check for check in "0123456789" if passes_luhn(digits + check))
    grouped = between.join(number[place : place + 4] for place in range(0, len(number), 4))

    assert holds_card_number(f"card {grouped}.")
    assert without_card_numbers(f"card {grouped}.", instead="[pan]") == "card [pan]."


@pytest.mark.parametrize(
    "text", ["", "123456789012", "12345678901234567890", "4242424242424241", "R$ 4.242,00"]
)
def test_other_numbers_stay(text: str) -> None:
    assert without_card_numbers(text, instead="[pan]") == text
