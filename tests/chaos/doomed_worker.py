"""A billing worker that kills itself with SIGKILL, either before it commits or before it acknowledges."""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace

from ciclo.actions.deps import open_deps
from ciclo.actions.publishing import BILLING
from ciclo.settings import Settings
from ciclo.streams.consumer import consume
from ciclo.streams.entry import Entry
from tests.stack import FAST
from workers.billing import billing_work


async def main(moment: str) -> None:
    async with open_deps(Settings()) as deps:  # type: ignore[call-arg]  # from the environment
        work = billing_work(deps)

        async def handle(entries: Sequence[Entry]) -> None:
            if moment == "before-acknowledgement":
                await work.handle(entries)
            os.kill(os.getpid(), signal.SIGKILL)

        await consume(
            deps.streams,
            stream=BILLING,
            group=BILLING,
            consumer="doomed",
            work=replace(work, handle=handle),
            options=FAST,
            stop=asyncio.Event(),
        )


asyncio.run(main(sys.argv[1]))
