"""A small real mail server: it takes mails, refuses some, and can go away and come back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass(kw_only=True)
class PostOffice:
    """What came, and what is to be said to whom: `replies` to an address at RCPT."""

    port: int = 0
    came: list[EmailMessage] = field(default_factory=list)
    replies: dict[str, str] = field(default_factory=dict)
    stuck: set[str] = field(default_factory=set)
    """Addresses whose mails are never answered."""
    turned_away: int = 0
    _clerks: list[SMTP] = field(default_factory=list)
    _server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}/?tls=none"

    @property
    def subjects(self) -> list[str]:
        return [str(mail["Subject"]) for mail in self.came]

    @property
    def ids(self) -> list[str]:
        return [str(mail["Message-ID"]) for mail in self.came]

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's names
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.replies:
            return self.replies[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        if self.stuck & set(envelope.rcpt_tos):
            await asyncio.sleep(3_600)
        mail: Any = message_from_bytes(envelope.content, policy=policy.default)
        self.came.append(mail)
        return "250 OK"

    async def open(self) -> None:
        """Take mails from now on."""
        await self.shut()
        loop = asyncio.get_running_loop()

        def answer() -> SMTP:
            clerk = SMTP(self, enable_SMTPUTF8=True, loop=loop)
            self._clerks.append(clerk)
            return clerk

        self._server = await loop.create_server(answer, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def turn_away(self) -> None:
        """Send everybody home who connects, and count them."""
        await self.shut()
        self._server = await asyncio.start_server(self._say_no, "127.0.0.1", self.port)

    async def _say_no(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.turned_away += 1
        writer.write(b"421 closed for today\r\n")
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    async def shut(self) -> None:
        """Answer nobody."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
        for clerk in self._clerks:
            if clerk.transport is not None:
                clerk.transport.close()
        self._clerks.clear()


@asynccontextmanager
async def post_office() -> AsyncIterator[PostOffice]:
    office = PostOffice()
    await office.open()
    try:
        yield office
    finally:
        await office.shut()
