"""What a mail says: its letter, written from what there is when it is sent."""

from typing import Final
from urllib.parse import urlsplit

from ciclo.actions.dependencies import Deps
from ciclo.actions.webhooks.secrets import Sealer
from ciclo.documents.language import Language
from ciclo.documents.mails.brand import Brand
from ciclo.documents.mails.letter import Button, Letter
from ciclo.documents.mails.render import fill_template, fit
from ciclo.domain.mails.mail import Mail, VoidMailReason
from ciclo.domain.webhooks.endpoint import SealedSecret
from ciclo.settings.settings import Settings

MINUTES_MIN: Final = 1
_SIGN_IN_LABELS: Final = {Language.PORTUGUESE: "Entrar", Language.ENGLISH: "Sign in"}


def brand_of(settings: Settings) -> Brand:
    """Return how the seller's mails look."""
    return Brand(name=settings.seller_name, address=settings.seller_address, support=settings.mail_reply_to)


async def letter_of(deps: Deps, mail: Mail) -> Letter | VoidMailReason:
    """Return what *mail* says now, or why there is nothing to say any more.

    Raises:
        EncryptionNotSetUp: the key is gone that its link is kept with.
    """
    return _sign_in(deps, mail)


def _sign_in(deps: Deps, mail: Mail) -> Letter | VoidMailReason:
    if mail.sealed is None or mail.useful_until is None:
        return VoidMailReason.TOO_LATE
    url = Sealer(deps.settings).unseal(SealedSecret(text=mail.sealed))
    assert urlsplit(url).scheme in {"http", "https"}, "a link that opens something is an address"
    language = Language(deps.settings.mail_language)
    minutes = max(MINUTES_MIN, round((mail.useful_until - deps.wall()).total_seconds() / 60))
    values = {"seller": fit(deps.settings.seller_name), "minutes": minutes}
    subject, paragraphs = fill_template(mail.kind, language, values)
    return Letter(
        language=language,
        subject=subject,
        paragraphs=paragraphs,
        button=Button(label=_SIGN_IN_LABELS[language], url=url),
    )
