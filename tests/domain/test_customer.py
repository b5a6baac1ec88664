"""Customers and the addresses that tell them apart."""

import pytest

from ciclo.domain.customer import NAME_CHARS_MAX, checked_name, normalized_email
from ciclo.domain.errors import ErrorCode, InvalidValue


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("ana@example.com", "ana@example.com"),
        ("  Ana.Silva+ciclo@Example.COM\n", "ana.silva+ciclo@example.com"),
        ("x@a-b.co", "x@a-b.co"),
        ("a" * 64 + "@example.com", "a" * 64 + "@example.com"),
        ("joão@example.com", "joão@example.com"),
    ],
)
def test_an_address_is_kept_trimmed_and_in_lower_case(text: str, address: str) -> None:
    assert normalized_email(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ana",
        "@example.com",
        "ana@",
        "ana@example",
        "ana@example.",
        "ana@exa mple.com",
        "ana @example.com",
        "ana@bruno@example.com",
        "Ana <ana@example.com>",
        "ana@example.com, bruno@example.com",
        "a" * 65 + "@example.com",
        "ana@" + "a." * 125 + "com",
        "ana\x00@example.com",
        "ana\u202e@example.com",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        normalized_email(text)

    assert (refused.value.code, refused.value.field) == (ErrorCode.INVALID_VALUE, ("customer_email",))


@pytest.mark.parametrize(
    ("text", "name"),
    [("  Ana da Silva ", "Ana da Silva"), ("Ж" * NAME_CHARS_MAX, "Ж" * NAME_CHARS_MAX), ("X", "X")],
)
def test_a_name_is_kept_trimmed(text: str, name: str) -> None:
    assert checked_name(text) == name


@pytest.mark.parametrize("text", ["", "   ", "x" * (NAME_CHARS_MAX + 1), "Ana\nSilva", "Ana\x00"])
def test_what_is_no_name_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        checked_name(text)

    assert refused.value.field == ("payment_method", "payer_name")
