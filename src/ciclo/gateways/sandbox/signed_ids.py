"""The sandbox's ids: they carry their facts and a seal, so that every process agrees without a store."""

import base64
import hashlib
import hmac
from typing import Final

CHARS_MAX: Final = 1024
_SEAL_BYTES: Final = 16


class BrokenSeal(ValueError):
    """A text is no id that this sandbox gave out."""


def seal_facts(prefix: str, facts: bytes, *, secret: str) -> str:
    """Return the one id of this kind for *facts*: a prefix, the facts in base 64, a seal."""
    carried = f"{prefix}_{_encoded(facts)}"
    return f"{carried}.{_seal(carried, secret)}"


def open_sealed(prefix: str, text: str, *, secret: str) -> bytes:
    """Return the facts that an id carries.

    Raises:
        BrokenSeal: it is no id of this kind, or another secret sealed it.
    """
    carried, _, seal = text.partition(".")
    right = hmac.compare_digest(_seal(carried, secret).encode(), seal.encode(errors="replace"))
    if not right or len(text) > CHARS_MAX or not carried.startswith(f"{prefix}_"):
        raise BrokenSeal(f"no {prefix} of this sandbox")
    return _decoded(carried.removeprefix(f"{prefix}_"))


def _seal(carried: str, secret: str) -> str:
    digest = hmac.digest(secret.encode(), carried.encode(errors="replace"), hashlib.sha256)
    return _encoded(digest[:_SEAL_BYTES])


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
