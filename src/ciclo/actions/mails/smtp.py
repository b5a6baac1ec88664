"""Speaking SMTP: one connection, kept while there is something to send, and what each answer means."""

import re
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_LINES
from email.utils import format_datetime
from types import TracebackType
from typing import Final, Protocol, Self

import aiosmtplib
from aiosmtplib import SMTPException, SMTPResponseException

from ciclo.documents.mails.render import CODE_NAME, WrittenMail
from ciclo.domain.ids import MailId
from ciclo.domain.mails.mail import Mail
from ciclo.gateways.codes.qr import qr_png
from ciclo.settings.mail import MailServer, MailTls
from ciclo.settings.settings import Settings

TIMEOUT_S: Final = 20.0
"""For a connection, and for each answer on it."""

MAILS_PER_CONNECTION_MAX: Final = 100
"""Servers end connections that send too much."""

PERMANENT_FROM: Final = 500
"""Replies from here on say that it will never do (RFC 5321, 4.2.1)."""
CLOSING: Final = 421
ERROR_CHARS_MAX: Final = 300

_ENHANCED: Final = re.compile(r"\b5\.\d{1,3}\.\d{1,3}\b", re.ASCII)
_NO_SUCH_ADDRESS: Final = frozenset({*(f"5.1.{detail}" for detail in (0, 1, 2, 3, 6, 10)), "5.2.1"})
_NO_SUCH_MAILBOX: Final = frozenset({550, 551, 553})
"""What servers say that give no enhanced code (RFC 5321, 4.2.3)."""


class MailServerAway(Exception):
    """The server can't be reached, or lets us send nothing at all: no mail's fault, all of them wait."""


class MailPutOff(Exception):
    """The server does not take this mail now."""


class MailRefused(Exception):
    """The server will never take this mail."""


class AddressRefused(Exception):
    """There is no such address, the server says."""


class Transport(Protocol):
    """By which mails go out."""

    async def send(self, message: EmailMessage, *, to: str) -> None:
        """Send *message*.

        Raises:
            MailServerAway, MailPutOff, MailRefused, AddressRefused: it was not sent.
        """
        ...

    async def close(self) -> None:
        """End what is open."""
        ...


class SmtpTransport:
    """Sends by a mail server."""

    def __init__(self, server: MailServer, *, sender: str) -> None:
        self._server: Final = server
        self._sender: Final = sender
        self._client: aiosmtplib.SMTP | None = None
        self._sent = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def send(self, message: EmailMessage, *, to: str) -> None:
        """Send *message*; see `Transport`."""
        client = await self._begun(to)
        try:
            await self._address(client, to)
            await self._deliver(client, message)
        except (SMTPException, OSError, TimeoutError) as error:
            self._drop()
            # It was being sent: what ends a connection then may be the mail's own fault.
            raise MailPutOff(_told(error)) from error
        self._sent += 1
        if self._sent >= MAILS_PER_CONNECTION_MAX:
            await self.close()

    async def try_server(self) -> None:
        """Connect, sign in and say who sends, and send nothing.

        Raises:
            MailServerAway: it does not answer, or does not take us.
        """
        client = await self._begun("")
        try:
            await client.rset()
        except (SMTPException, OSError, TimeoutError) as error:
            self._drop()
            raise MailServerAway(_told(error)) from error

    async def close(self) -> None:
        """Take leave of the server, if there is a connection."""
        client, self._client, self._sent = self._client, None, 0
        if client is None:
            return
        try:
            await client.quit()
        except (SMTPException, OSError, TimeoutError):
            client.close()

    async def _connected(self) -> aiosmtplib.SMTP:
        """Return a connection on which mail may be sent."""
        if self._client is not None and self._client.is_connected:
            return self._client
        client = aiosmtplib.SMTP(
            hostname=self._server.host,
            port=self._server.port,
            use_tls=self._server.tls is MailTls.IMPLICIT,
            start_tls=self._server.tls is MailTls.STARTTLS,
            username=self._server.user,
            password=self._server.password,
            timeout=TIMEOUT_S,
        )
        try:
            await client.connect()
            await client.ehlo()
        except (SMTPException, OSError, TimeoutError) as error:
            client.close()
            raise MailServerAway(_told(error)) from error
        self._client, self._sent = client, 0
        return client

    async def _begun(self, to: str) -> aiosmtplib.SMTP:
        """Return a connection that knows the sender: who does not want that one wants none of our mails.

        One that was kept may be gone meanwhile; then another one is opened, once.
        """
        was_kept = self._client is not None
        client = await self._connected()
        international = not to.isascii()
        if international and not client.supports_extension("smtputf8"):
            raise MailRefused("the mail server takes no international addresses")
        options = ["SMTPUTF8"] if international else []
        try:
            await client.mail(self._sender, options=options)
        except (SMTPException, OSError, TimeoutError) as error:
            self._drop()
            if was_kept and not isinstance(error, SMTPResponseException):
                return await self._begun(to)
            raise MailServerAway(_told(error)) from error
        return client

    async def _address(self, client: aiosmtplib.SMTP, to: str) -> None:
        try:
            await client.rcpt(to, encoding="utf-8")
        except SMTPResponseException as error:
            await self._judge(error)
            if not is_about_address(error.code, error.message):
                raise MailPutOff(_told(error)) from error
            raise AddressRefused(_told(error)) from error

    async def _deliver(self, client: aiosmtplib.SMTP, message: EmailMessage) -> None:
        try:
            await client.data(message.as_bytes(policy=SMTP_LINES))
        except SMTPResponseException as error:
            await self._judge(error)
            raise MailRefused(_told(error)) from error

    async def _judge(self, error: SMTPResponseException) -> None:
        """Raise what a reply means that is not for ever; after one that is the next mail can be sent."""
        if error.code == CLOSING:
            self._drop()
            raise MailServerAway(_told(error)) from error
        await self._reset()
        if error.code < PERMANENT_FROM:
            raise MailPutOff(_told(error)) from error

    async def _reset(self) -> None:
        client = self._client
        try:
            if client is not None:
                await client.rset()
        except (SMTPException, OSError, TimeoutError):
            self._drop()

    def _drop(self) -> None:
        client, self._client, self._sent = self._client, None, 0
        if client is not None:
            client.close()


def is_about_address(code: int, said: str) -> bool:
    """Return whether a refusal at RCPT means that there is no such address (RFC 3463, 3.2 and 3.3).

    What a server says of us, of its rules or of a full mailbox ends: no address is at fault.
    """
    enhanced = _ENHANCED.search(said)
    if enhanced:
        return enhanced[0] in _NO_SUCH_ADDRESS
    return code in _NO_SUCH_MAILBOX and "relay" not in said.lower()


def message_of(mail: Mail, written: WrittenMail, *, settings: Settings, at: datetime) -> EmailMessage:
    """Return the message that is sent: plain text, a page, and the pictures that the page shows.

    Its Message-ID follows from the mail, so that one which is sent twice is known as the same.
    """
    message = EmailMessage(policy=SMTP_LINES.clone(utf8=not mail.to.isascii()))
    sender = settings.mail_from or ""
    message["From"] = Address(settings.mail_from_name or settings.brand.name, addr_spec=sender)
    message["To"] = mail.to
    if settings.mail_reply_to:
        message["Reply-To"] = settings.mail_reply_to
    message["Subject"] = written.subject
    message["Date"] = format_datetime(at)
    message["Message-ID"] = message_id_of(mail.id, sender)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(written.text)
    message.add_alternative(written.page, subtype="html")
    page = message.get_payload()[1]  # type: ignore[index]  # two alternatives, as was just written
    assert isinstance(page, EmailMessage)
    for place, code in enumerate(written.codes):
        name = CODE_NAME.format(place=place)
        page.add_related(qr_png(code), "image", "png", cid=f"<{name}>", filename=f"{name}.png")
    return message


def message_id_of(mail_id: MailId, sender: str) -> str:
    """Return a mail's name to all mail servers."""
    return f"<{mail_id}@{sender.rpartition('@')[2] or 'localhost'}>"


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:ERROR_CHARS_MAX]
