"""`POST /api/webhooks/mail`: the sender's provider tells of mails that came back."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from ciclo.actions.mails.bounces import Bounce
from ciclo.web.header_fields import Field
from ciclo.web.strict_json import read_json
from ciclo.web.webhooks.mail_notice import read_mail_notice
from ciclo.web.webhooks.signature import SignatureVerifier

_OLDER_NAMES: Final = {
    f"svix-{part}".encode(): f"webhook-{part}".encode() for part in ("id", "timestamp", "signature")
}
"""What senders by Svix, Resend among them, still call the standard's header fields."""


def read_bounces(
    signatures: SignatureVerifier, fields: Iterable[Field], body: bytes, *, now: datetime
) -> tuple[Bounce, ...]:
    """Return what a notice tells of addresses that can't be reached.

    Raises:
        HttpProblem, MalformedJson: the notice is refused.
    """
    named = [(_OLDER_NAMES.get(name, name), value) for name, value in fields]
    signatures.verify(body, named, now=now)
    return read_mail_notice(read_json(body))
