"""The body of `POST /api/webhooks/mail`: what became of a mail after the server had taken it.

Two shapes are read: Ciclo's own, and Resend's, which is signed by the same standard. Source of the second:
https://resend.com/docs/webhooks/emails/bounced
"""

import re
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from ciclo.actions.mails.bounces import Bounce
from ciclo.domain.errors.general import InvalidValue
from ciclo.domain.ids import MailId
from ciclo.email_address import normalize_email
from ciclo.web.webhooks.payment_notice import NoticeInvalid

ADDRESSES_MAX: Final = 50
"""Resend sends one mail to so many; ours have one reader each."""

_MESSAGE_ID: Final = re.compile(r"<?(mail_[0-9a-z]{26})@[!-~]{1,255}", re.ASCII)
_FOR_GOOD: Final = frozenset({"Permanent", "Undetermined"})
"""Resend's kinds of a bounce that a later try would not mend; the other is Transient."""

_Text = Annotated[str, StringConstraints(strict=True, max_length=1_000)]


class _Parsed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class _Plain(_Parsed):
    event: Literal["mail_bounced", "mail_complained"]
    address: _Text
    message_id: _Text | None = None
    reason: _Text | None = None


class _ResendBounce(_Parsed):
    type: _Text = "Permanent"
    message: _Text | None = None


class _ResendMail(_Parsed):
    to: Annotated[tuple[_Text, ...], Field(max_length=ADDRESSES_MAX)] = ()
    bounce: _ResendBounce = _ResendBounce()


class _Resend(_Parsed):
    type: _Text
    data: _ResendMail


def read_mail_notice(body: object) -> tuple[Bounce, ...]:
    """Return which addresses are not to be mailed any more; none: the notice tells of something else.

    Raises:
        NoticeInvalid: it is neither of the two shapes.
    """
    is_resends = isinstance(body, dict) and {"type", "data"} <= body.keys()
    try:
        return (
            _of_resend(_Resend.model_validate(body)) if is_resends else _of_plain(_Plain.model_validate(body))
        )
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "body"
        raise NoticeInvalid("INVALID_NOTICE", f"{where}: {first['msg']}") from None


def _of_plain(notice: _Plain) -> tuple[Bounce, ...]:
    address = _address(notice.address)
    if address is None:
        raise NoticeInvalid("INVALID_NOTICE", "address: not an e-mail address")
    named = _MESSAGE_ID.match(notice.message_id or "")
    reason = notice.reason or notice.event
    return (Bounce(address=address, mail_id=MailId(named[1]) if named else None, reason=reason),)


def _of_resend(notice: _Resend) -> tuple[Bounce, ...]:
    is_bounce, is_complaint = notice.type == "email.bounced", notice.type == "email.complained"
    if not is_complaint and not (is_bounce and notice.data.bounce.type in _FOR_GOOD):
        return ()
    reason = notice.data.bounce.message or notice.type
    return tuple(
        Bounce(address=address, mail_id=None, reason=reason)
        for address in map(_address, notice.data.to)
        if address is not None
    )


def _address(text: str) -> str | None:
    """Return an address as customers' are kept; None: no customer has one like it."""
    try:
        return normalize_email(text)
    except InvalidValue:
        return None
