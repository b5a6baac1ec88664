"""Sending what is due: one mail after the other in each place, and what came of it is written down.

A mail is looked at again right before it is sent: what was settled meanwhile is not asked for. A mailer that
dies between sending and writing leaves the mail to another one, which sends it under the same Message-ID.
"""

import asyncio
import secrets
import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import structlog

from ciclo.actions.dependencies import Deps
from ciclo.actions.mails.letters import letter_of
from ciclo.actions.mails.smtp import (
    AddressRefused,
    MailPutOff,
    MailRefused,
    MailServerAway,
    SmtpTransport,
    Transport,
    message_of,
)
from ciclo.backoff import Backoff, pause
from ciclo.documents.mails.render import WrittenMail, render_mail
from ciclo.domain.ids import MailId
from ciclo.domain.mails.mail import Mail, MailState, VoidMailReason, next_try
from ciclo.domain.mails.news import CONFIRMED_WITHIN
from ciclo.outage import Outage
from ciclo.settings.mail import MailDelivery
from ciclo.store.mails.addresses import is_bounced, mark_bounced, mark_reached
from ciclo.store.mails.mails import (
    MailContent,
    TakenMail,
    finish_mail,
    is_any_untried,
    put_mail_off,
    release_mail,
    take_mail,
    void_mail,
    was_just_told,
)
from ciclo.store.mongo.transient_errors import is_transient

_log = structlog.get_logger(__name__)

PLACES: Final = 4
"""Mails that one process sends at a time: a slow one holds up what is in its own place."""

LOOK_EVERY_S: Final = 1.0
LEASE: Final = timedelta(seconds=120)
"""Longer than all answers of a server that just keeps its time limits."""

AWAY: Final = Backoff(first=1.0, max=60.0)
"""Between two tries to reach a mail server that is away."""

MAILBOX_S_MAX: Final = 30.0
"""How long the sandbox's clock waits for the mails of one moment."""

POLL_S: Final = 0.006

ERROR_CHARS_MAX: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailer:
    """What sending needs, until `stop` is set. `lease` is how long what was taken is nobody else's."""

    deps: Deps
    stop: asyncio.Event
    lease: timedelta = LEASE
    away: Outage = field(default_factory=lambda: Outage("mail_server_away"))
    put_off: Outage = field(default_factory=lambda: Outage("mails_put_off"))


async def send_mails(mailer: Mailer) -> None:
    """Send what is due, in all places, until the stop comes."""
    if mailer.deps.settings.mails_go is MailDelivery.OFF:
        _log.info("mails_off")
        await mailer.stop.wait()
        return
    async with asyncio.TaskGroup() as places:
        for _ in range(PLACES):
            places.create_task(_send_in_place(mailer))


async def fill_mailbox(deps: Deps) -> None:
    """Deliver what waits into the sandbox's mailbox, so that it shows what was told at this moment.

    What a mailer has in hand is waited for: it too was to be told now. So is what pauses until its reader has
    had time: the clock goes on, and nothing of it is left behind.
    """
    if deps.settings.mails_go is not MailDelivery.MAILBOX:
        return
    mailer, ends_at = Mailer(deps=deps, stop=asyncio.Event()), time.monotonic() + MAILBOX_S_MAX
    while time.monotonic() < ends_at:
        if await send_next(mailer, None, ahead=CONFIRMED_WITHIN):
            continue
        if not await is_any_untried(deps.store):
            return
        await asyncio.sleep(POLL_S)
    _log.warning("mailbox_left_behind")


async def _send_in_place(mailer: Mailer) -> None:
    transport = _open_transport(mailer.deps)
    failures = 0
    while not mailer.stop.is_set():
        rest_s = 0.0
        try:
            sent = await send_next(mailer, transport)
        except MailServerAway as error:
            failures += 1
            mailer.away.count(error=str(error))
            rest_s = AWAY.spread_s(failures, least=0.5)
        except Exception as error:
            if not is_transient(error):
                raise
            mailer.put_off.count(error=str(error))
            rest_s = LOOK_EVERY_S
        else:
            mailer.put_off.end()
            if sent:
                failures = 0
                mailer.away.end()
            else:
                if transport is not None:
                    await transport.close()
                rest_s = LOOK_EVERY_S
        if rest_s:
            await pause(mailer.stop, seconds=rest_s)
    if transport is not None:
        await transport.close()


def _open_transport(deps: Deps) -> Transport | None:
    server, sender = deps.settings.mail_server, deps.settings.mail_from
    if deps.settings.mails_go is not MailDelivery.SMTP or server is None or sender is None:
        return None
    return SmtpTransport(server, sender=sender)


async def send_next(mailer: Mailer, transport: Transport | None, *, ahead: timedelta = timedelta()) -> bool:
    """Send the mail that is due for longest, into the mailbox alone if there is no *transport*.

    One that is due within the time *ahead* is due now.

    Returns whether there was one.

    Raises:
        MailServerAway: it was not sent, and is given back.
    """
    deps, now = mailer.deps, mailer.deps.wall()
    holder = secrets.token_hex(8)
    taken = await take_mail(deps.store, holder=holder, now=now, due_by=now + ahead, until=now + mailer.lease)
    if taken is None:
        return False
    try:
        await _send(deps, taken, transport)
    except MailServerAway:
        await release_mail(deps.store, taken.mail.id, holder=holder)
        raise
    except MailPutOff as error:
        await _put_off(deps, taken.mail, str(error), again=True)
    except MailRefused as error:
        await _put_off(deps, taken.mail, str(error), again=False)
    except Exception as error:
        if is_transient(error):
            raise
        _log.exception("mail_failed", mail_id=taken.mail.id)
        await _put_off(deps, taken.mail, f"{type(error).__name__}: {error}", again=True)
    return True


async def _send(deps: Deps, taken: TakenMail, transport: Transport | None) -> None:
    mail = taken.mail
    if taken.unanswered >= deps.settings.deliveries_max:
        raise MailRefused(f"begun {taken.unanswered} times without an answer")
    written = await write_now(deps, mail)
    if isinstance(written, VoidMailReason):
        await void_mail(deps.store, mail.id, written)
        return
    if transport is not None:
        message = message_of(mail, written, settings=deps.settings, at=deps.wall())
        try:
            await transport.send(message, to=mail.to)
        except AddressRefused as error:
            _log.warning("mail_bounced", mail_id=mail.id)
            await mark_bounced(deps.store, mail.to)
            await finish_mail(deps.store, mail.id, MailState.BOUNCED, now=deps.wall(), error=str(error))
            return
        if mail.asked:
            await mark_reached(deps.store, mail.to)
    await finish_mail(
        deps.store, mail.id, MailState.SENT, now=deps.wall(), content=_kept(mail, written, transport)
    )


async def write_now(deps: Deps, mail: Mail) -> WrittenMail | VoidMailReason:
    """Return *mail* as it is to be sent now, or why it is not to be."""
    if mail.useful_until is not None and mail.useful_until <= deps.wall():
        return VoidMailReason.TOO_LATE
    if not mail.asked:
        if await was_just_told(deps.store, mail):
            return VoidMailReason.TOO_SOON
        if await is_bounced(deps.store, mail.to):
            return VoidMailReason.ADDRESS_BROKEN
    letter = await letter_of(deps, mail)
    if isinstance(letter, VoidMailReason):
        return letter
    return render_mail(letter, deps.settings.brand)


def _kept(mail: Mail, written: WrittenMail, transport: Transport | None) -> MailContent | None:
    """Return what is kept of a sent mail: nothing that opens something, but in the sandbox's mailbox."""
    if mail.sealed is not None and transport is not None:
        return None
    return MailContent(subject=written.subject, text=written.text, page=written.page, codes=written.codes)


async def _put_off(deps: Deps, mail: Mail, error: str, *, again: bool) -> None:
    tries = mail.tries + 1
    next_at = next_try(tries, now=deps.wall()) if again else None
    error = error[:ERROR_CHARS_MAX]
    await put_mail_off(deps.store, MailId(mail.id), tries=tries, error=error, next_at=next_at)
    if next_at is None:
        _log.error("mail_given_up", mail_id=mail.id, tries=tries, error=error)
