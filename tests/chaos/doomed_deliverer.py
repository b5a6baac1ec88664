"""A delivery worker that kills itself with SIGKILL.

Its argument says when: `before-write`, after an answer came and before it is written down; or when it is
about to post the message of that id.
"""

import asyncio
import os
import signal
import sys
from datetime import timedelta
from typing import Any, Final

from ciclo.actions.dependencies import open_deps
from ciclo.actions.webhooks import send
from ciclo.settings.settings import Settings
from tests.stack import FAST
from workers.delivery import deliver_webhooks

LEASE: Final = timedelta(seconds=1)


async def main(moment: str) -> None:
    post, write = send.post, send.write_attempt

    async def doomed_post(poster: Any, endpoint: Any, message: Any) -> Any:
        if message.id == moment:
            os.kill(os.getpid(), signal.SIGKILL)
        return await post(poster, endpoint, message)

    async def doomed_write(*args: Any, **named: Any) -> Any:
        if moment == "before-write":
            os.kill(os.getpid(), signal.SIGKILL)
        return await write(*args, **named)

    send.post, send.write_attempt = doomed_post, doomed_write
    async with open_deps(Settings()) as deps:  # type: ignore[call-arg]  # from the environment
        await deliver_webhooks(deps, consumer=None, options=FAST, stop=asyncio.Event(), lease=LEASE)


asyncio.run(main(sys.argv[1]))
