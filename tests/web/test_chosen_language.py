"""Which language a document is in: what is asked for, or else what the browser prefers."""

import pytest

from ciclo.documents.language import Language
from ciclo.web.invoices import LANGUAGES_ACCEPTED_MAX, chosen_language

PT, EN = Language.PORTUGUESE, Language.ENGLISH


@pytest.mark.parametrize(
    ("asked", "accepted", "language"),
    [
        (None, None, PT),
        ("en", None, EN),
        ("pt-BR", "en", PT),
        ("EN-us", None, EN),
        ("fr", "en", PT),
        ("", "en", PT),
        (None, "en", EN),
        (None, "en-GB,en;q=0.9", EN),
        (None, "pt-BR,pt;q=0.9,en-US;q=0.8,en;q=0.7", PT),
        (None, "fr-FR, en;q=0.5, pt;q=0.4", EN),
        (None, "pt;q=0.4, en;q=0.5", EN),
        (None, "en, pt", EN),
        (None, "en;q=0", PT),
        (None, "fr, *;q=0.5", PT),
        (None, "en;q=1.0000, en;q=2, en;x, ;;;,\N{BLACK SQUARE}", PT),
        (None, "x" * 100_000, PT),
        (None, "fr," * LANGUAGES_ACCEPTED_MAX + "en", PT),
    ],
)
def test_a_document_is_in_the_language_that_is_wanted(
    asked: str | None, accepted: str | None, language: Language
) -> None:
    assert chosen_language(asked, accepted) is language
