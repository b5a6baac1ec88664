"""A mailer that kills itself with SIGKILL: after the server took a mail, before that is written down."""

import asyncio
import os
import signal
from typing import Any

from ciclo.actions.dependencies import open_deps
from ciclo.actions.mails import send
from ciclo.actions.mails.send import Mailer, send_mails
from ciclo.settings.settings import Settings


async def main() -> None:
    async def doomed(*args: Any, **named: Any) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    send.finish_mail = doomed
    async with open_deps(Settings()) as deps:  # type: ignore[call-arg]  # from the environment
        await send_mails(Mailer(deps=deps, stop=asyncio.Event()))


asyncio.run(main())
