"""Standard Webhooks signatures: check those that come in, write those that tests and tools send.

Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import hmac
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, Self

from standardwebhooks import Webhook

from ciclo.web.header_fields import Field, values_of
from ciclo.web.problems import HttpProblem

SECRET_BYTES_MIN: Final = 24
SIGNATURES_MAX: Final = 8

ID: Final = "webhook-id"
TIMESTAMP: Final = "webhook-timestamp"
SIGNATURE: Final = "webhook-signature"

_NAMES: Final = tuple(name.encode() for name in (ID, TIMESTAMP, SIGNATURE))
_SECRET: Final = re.compile(r"(?:whsec_)?([A-Za-z0-9+/]+)={0,2}", re.ASCII)
_ID: Final = re.compile(r"[!-~]{1,256}", re.ASCII)
_TIMESTAMP: Final = re.compile(r"[1-9][0-9]{0,10}", re.ASCII)
_SIGNATURE: Final = re.compile(r"v[0-9]{1,2}[a-z]?,[A-Za-z0-9+/=]{1,512}", re.ASCII)


class SignatureRejected(HttpProblem):
    """The notice is not from the sender, too old or too new; the answer never says which."""

    def __init__(self) -> None:
        super().__init__(status=401, code="SIGNATURE_REJECTED", detail="the webhook's signature is not valid")


class WeakSecret(ValueError):
    """A webhook secret is no base64 text of at least SECRET_BYTES_MIN bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureVerifier:
    """The secrets that are valid now, and how far a sender's clock may be off."""

    keys: tuple[Webhook, ...] = field(repr=False)
    tolerance: timedelta

    @classmethod
    def of(cls, secrets: Sequence[str], *, tolerance_s: int) -> Self:
        """Return a verifier for *secrets*, several while one is being replaced.

        Raises:
            WeakSecret: one of them is not as the standard wants it.
        """
        return cls(keys=tuple(map(_key, secrets)), tolerance=timedelta(seconds=tolerance_s))

    def verify(self, body: bytes, fields: Iterable[Field], *, now: datetime) -> str:
        """Return the `webhook-id` of a notice that is signed with one of the secrets, by its header *fields*.

        The id is what a repeat of the notice has in common with it.

        Raises:
            SignatureRejected: for whatever reason.
        """
        ids, timestamps, signatures = values_of(fields, *_NAMES)
        webhook_id = _only(ids, _ID)
        sent_at = datetime.fromtimestamp(int(_only(timestamps, _TIMESTAMP)), UTC)
        given = _symmetric(signatures)
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError as error:
            raise SignatureRejected from error
        # The library's own check of time reads the real clock; signing with it is the part of use here.
        expected = [key.sign(webhook_id, sent_at, text) for key in self.keys]
        # Every pair is compared, so that time tells nothing of which secret matched.
        matches = [hmac.compare_digest(ours, other) for ours in expected for other in given]
        if not any(matches) or abs(now - sent_at) > self.tolerance:
            raise SignatureRejected
        return webhook_id


def sign(body: bytes, *, webhook_id: str, secret: str, at: datetime) -> dict[str, str]:
    """Return the three headers that a sender puts beside *body*.

    Raises:
        WeakSecret: *secret* is not as the standard wants it.
    """
    return {
        ID: webhook_id,
        TIMESTAMP: str(int(at.timestamp())),
        SIGNATURE: _key(secret).sign(webhook_id, at.astimezone(UTC), body.decode("utf-8")),
    }


def _key(secret: str) -> Webhook:
    """Return the library's signer: it would decode nearly anything as base64 and take what is left."""
    shape = _SECRET.fullmatch(secret)
    if shape is None or len(shape[1]) * 6 // 8 < SECRET_BYTES_MIN or len(shape[1]) % 4 == 1:
        raise WeakSecret(f"a webhook secret is whsec_ and base64 of at least {SECRET_BYTES_MIN} bytes")
    return Webhook(shape[1])


def _only(values: list[bytes], shape: re.Pattern[str]) -> str:
    text = values[0].decode("latin-1") if len(values) == 1 else ""
    if shape.fullmatch(text) is None:
        raise SignatureRejected
    return text


def _symmetric(values: list[bytes]) -> list[str]:
    """Return the symmetric signatures; other versions of the scheme are for others to check."""
    parts = values[0].decode("latin-1").split(" ") if len(values) == 1 else []
    if not 0 < len(parts) <= SIGNATURES_MAX or not all(map(_SIGNATURE.fullmatch, parts)):
        raise SignatureRejected
    return [part for part in parts if part.startswith("v1,")]
