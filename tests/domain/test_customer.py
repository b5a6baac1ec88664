"""Customers, their names and addresses."""

from dataclasses import replace

import pytest

from ciclo.domain.customer import (
    EXTERNAL_ID_CHARS_MAX,
    NAME_CHARS_MAX,
    Address,
    normalize_address,
    normalize_external_id,
    validate_name,
)
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


PAULISTA = Address(line1="Av. Paulista, 1", city="São Paulo", state="SP", postal_code="01310-100")
ABROAD = Address(line1="Main St 1", city="Austin", state="Texas", postal_code="78701", country="US")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (PAULISTA, PAULISTA),
        (replace(PAULISTA, line1="  Av. Paulista, 1 ", state=" sp", postal_code="01310100"), PAULISTA),
        (replace(PAULISTA, line2="", country="br"), PAULISTA),
        (replace(PAULISTA, line2=" ap. 2 "), replace(PAULISTA, line2="ap. 2")),
        (ABROAD, ABROAD),
        (replace(ABROAD, country="us"), ABROAD),
    ],
)
def test_an_address_is_kept_in_one_form(given: Address, kept: Address) -> None:
    assert normalize_address(given) == kept


@pytest.mark.parametrize(
    ("given", "part"),
    [
        (replace(PAULISTA, line1=" "), "line1"),
        (replace(PAULISTA, line1="x" * 201), "line1"),
        (replace(PAULISTA, line2="x" * 201), "line2"),
        (replace(PAULISTA, line2="4242 4242 4242 4242"), "line2"),
        (replace(PAULISTA, city="São\nPaulo"), "city"),
        (replace(PAULISTA, city="x" * 101), "city"),
        (replace(PAULISTA, state="XX"), "state"),
        (replace(PAULISTA, state="São Paulo"), "state"),
        (replace(PAULISTA, postal_code="0131-100"), "postal_code"),
        (replace(PAULISTA, postal_code="00310-100"), "postal_code"),
        (replace(PAULISTA, postal_code="\N{ARABIC-INDIC DIGIT ZERO}1310-100"), "postal_code"),
        (replace(PAULISTA, country="Brazil"), "country"),
        (replace(ABROAD, state=""), "state"),
        (replace(ABROAD, postal_code="9" * 21), "postal_code"),
    ],
)
def test_what_is_no_address_is_refused(given: Address, part: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        normalize_address(given)

    assert refused.value.field == ("payment_method", "address", part)


def test_an_external_id_is_kept_trimmed_and_in_its_case() -> None:
    assert normalize_external_id(" User-7/a ") == "User-7/a"


@pytest.mark.parametrize(
    "text", ["", "  ", "x" * (EXTERNAL_ID_CHARS_MAX + 1), "a\nb", "a\u202eb", "4242 4242 4242 4242"]
)
def test_what_is_no_external_id_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        normalize_external_id(text)

    assert refused.value.field == ("external_id",)
