"""Letters as pages and as plain text.

A kind's words are a template of plain text: its first line is the subject, blank lines part paragraphs. What
comes of it is escaped when the page is made, so no value of anybody's becomes markup.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import css_inline
from minijinja import Environment

from ciclo.documents.language import Language
from ciclo.documents.mails.letter import Letter
from ciclo.documents.mails.texts import MAIL_WORDS
from ciclo.documents.sanitize import sanitize_text
from ciclo.settings.brand import Brand

TEMPLATES: Final = Path(__file__).with_name("templates")
FUEL: Final = 50_000
"""Steps that one template may take: some hundred times what ours do."""
PAGE: Final = "mail.html"
TEXT: Final = "mail.txt"
SUBJECT_CHARS_MAX: Final = 150
CODE_NAME: Final = "code{place}"
"""By which a page names the picture of its n-th code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenMail:
    """A mail's subject, its plain text and its page. `codes` are to be drawn, in the order of their names."""

    subject: str
    text: str
    page: str
    codes: tuple[str, ...] = ()


def fill_template(kind: str, language: Language, values: Mapping[str, object]) -> tuple[str, tuple[str, ...]]:
    """Return the subject and the paragraphs of a *kind* of mail.

    Raises:
        minijinja.TemplateError: there is no such template, or a value that it wants is not there.
    """
    rendered = _environment().render_template(f"{language}/{kind.lower()}.txt", **values)
    subject, _, rest = rendered.strip().partition("\n")
    paragraphs = (" ".join(part.split()) for part in rest.split("\n\n"))
    return subject[:SUBJECT_CHARS_MAX].strip(), tuple(part for part in paragraphs if part)


def render_mail(letter: Letter, brand: Brand) -> WrittenMail:
    """Return *letter* as it is sent: with its styles in its elements, as mail programs want them."""
    drawn = tuple(box.text for box in letter.codes if box.is_drawn)
    names = iter(CODE_NAME.format(place=place) for place in range(len(drawn)))
    pictures = [next(names) if box.is_drawn else None for box in letter.codes]
    values = {
        "letter": letter,
        "brand": brand,
        "words": MAIL_WORDS[letter.language],
        "codes": list(zip(letter.codes, pictures, strict=True)),
    }
    page = _environment().render_template(PAGE, **values)
    text = _environment().render_template(TEXT, **values)
    return WrittenMail(
        subject=letter.subject,
        text=text.strip() + "\n",
        page=css_inline.inline(page, load_remote_stylesheets=False, keep_style_tags=False),
        codes=drawn,
    )


def fit(text: str) -> str:
    """Return a text from outside as a mail shows it: one line, without what directs or hides text."""
    return sanitize_text(text)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=_load,
        debug=False,  # else an error tells all values, links that open something among them
        auto_escape_callback=lambda name: name.endswith(".html"),
        undefined_behavior="strict",
        trim_blocks=True,
        lstrip_blocks=True,
        fuel=FUEL,
    )
    environment.reload_before_render = False
    return environment


def _load(name: str) -> str | None:
    path = (TEMPLATES / name).resolve()
    if not path.is_relative_to(TEMPLATES.resolve()) or not path.is_file():
        return None
    return path.read_text(encoding="utf-8")
