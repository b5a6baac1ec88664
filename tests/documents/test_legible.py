"""Text from outside: whatever comes in, what comes out can be typeset."""

import random
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ciclo.documents.render import new_compiler
from ciclo.documents.sanitize import CHARS_MAX, REPERTOIRE, sanitize_text
from tests.documents.paper import ANA, SELLER, a_line, an_invoice, facts, pdf_of, text_of


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Ação Ñandú Łódź Ştefan", "Ação Ñandú Łódź Ştefan"),
        ("Ac\u0327a\u0303o", "Ação"),
        ("  two\twords\r\nhere ", "two words here"),
        ("a\0b\x07c\x1b[31md", "abc[31md"),
        ("\u202egnp.exe\u202c \u2066x\u2069\u200b\ufeff", "gnp.exe x"),
        ("Ana \U0001f600", "Ana \ufffd"),
        ("你好", "\ufffd\ufffd"),
        ("\ud800", "\ufffd"),
        ("\ue000\uffff", "\ufffd\ufffd"),
        ("שלום Привет Γειά مرحبا", "שלום Привет Γειά مرحبا"),
        ("#panic() ] $x$ <img src=x> {0} \\", "#panic() ] $x$ <img src=x> {0} \\"),
        ("", ""),
        (" \u200b ", ""),
    ],
)
def test_what_no_font_shows_is_replaced_and_what_is_invisible_goes(text: str, shown: str) -> None:
    assert sanitize_text(text) == shown


def test_long_text_is_cut_with_a_mark() -> None:
    assert sanitize_text("x" * CHARS_MAX) == "x" * CHARS_MAX
    assert sanitize_text("x" * (CHARS_MAX + 1)) == "x" * (CHARS_MAX - 1) + "…"
    assert sanitize_text("ab cd", chars_max=4) == "ab…"


def test_accents_that_join_no_letter_are_left_out() -> None:
    assert sanitize_text("a" + "\u0301" * 50 + "q\u0301") == "áq"


@pytest.mark.parametrize("with_our_fonts", [True, False])
def test_all_of_the_repertoire_can_be_typeset_in_each_weight(tmp_path: Path, *, with_our_fonts: bool) -> None:
    compiler = new_compiler() if with_our_fonts else new_compiler(fonts=tmp_path)
    characters = sorted(REPERTOIRE)

    for start in range(0, len(characters), 100):
        name = "".join(characters[start : start + 100])
        # Names stand in semi-bold, the seller's in medium too, addresses in regular.
        party = facts(
            an_invoice(a_line(name)),
            seller=replace(SELLER, name=name),
            customer=replace(ANA, name=name, email=name),
        )
        # PDF/A refuses a document with a missing glyph, so that there is one is the proof.
        assert pdf_of(party, by=compiler).pages


@pytest.mark.parametrize("seed", range(10))
def test_the_repertoire_can_be_typeset_in_any_order(seed: int) -> None:
    characters = sorted(REPERTOIRE)
    random.Random(seed).shuffle(characters)
    names = ["".join(characters[start : start + 40]) for start in range(0, len(characters), 40)]

    assert pdf_of(facts(an_invoice(*map(a_line, names)))).pages


@settings(max_examples=40, deadline=None)
@given(text=st.text(st.characters(codec=None, categories=None), max_size=60))
def test_any_text_can_be_a_name(text: str) -> None:
    assert "R$" in text_of(facts(an_invoice(a_line(text))))
