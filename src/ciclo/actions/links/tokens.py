"""Tokens of links: which thing an address opens, signed by the seller's key, so that nobody makes one up.

A token is `<what>-<generation>-<signature>`. It follows from what it opens: a mail that is sent again, and an
operator who copies the link, get the same address, and none is stored. The price: whoever has the key can
make them all, as it opens all else that is kept encrypted.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ciclo.domain.errors.webhooks import EncryptionNotSetUp
from ciclo.settings.settings import Settings

SIGNATURE_CHARS: Final = 32
"""128 bits, in hexadecimal digits."""

_SHAPE: Final = re.compile(
    rf"([0-7][0-9a-hjkmnp-tv-z]{{25}})-(0|[1-9][0-9]{{0,5}})-([0-9a-f]{{{SIGNATURE_CHARS}}})", re.ASCII
)
_PURPOSE: Final = b"ciclo links"
"""Keeps what is signed here apart from everything else that the same key does."""


class LinkKind(StrEnum):
    """What a link opens; the value begins the id of that."""

    INVOICE = "inv"
    CHECKOUT = "clk"
    SIGN_UP = "sub"
    """What became of a sign-up, for the page that it was made on."""


@dataclass(frozen=True, slots=True)
class ReadToken:
    """What a token that is ours says: the id of what it opens, and in which generation."""

    target: str
    generation: int


def sign_token(settings: Settings, target: str, generation: int) -> str:
    """Return the token that opens *target*, a whole id, in a generation.

    Raises:
        EncryptionNotSetUp: there is no key to sign with.
    """
    keys = _keys(settings)
    if not keys:
        raise EncryptionNotSetUp
    _, _, name = target.partition("_")
    return f"{name}-{generation}-{_signature(keys[0], target, generation)}"


def read_token(settings: Settings, kind: LinkKind, token: str) -> ReadToken | None:
    """Return what *token* opens, if one of the settings' keys signed it; else None."""
    shape = _SHAPE.fullmatch(token)
    if shape is None:
        return None
    target, generation = f"{kind}_{shape[1]}", int(shape[2])
    # All keys are tried, whichever it is: how long it takes tells nothing.
    signed = [hmac.compare_digest(_signature(key, target, generation), shape[3]) for key in _keys(settings)]
    return ReadToken(target, generation) if any(signed) else None


def _keys(settings: Settings) -> list[bytes]:
    secrets = (key.get_secret_value().encode() for key in settings.encryption_keys)
    return [hmac.digest(secret, _PURPOSE, hashlib.sha256) for secret in secrets]


def _signature(key: bytes, target: str, generation: int) -> str:
    return hmac.new(key, f"{target}:{generation}".encode(), hashlib.sha256).hexdigest()[:SIGNATURE_CHARS]
