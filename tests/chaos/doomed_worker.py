"""A billing worker that kills itself with SIGKILL.

Its argument says when: before it commits, before it acknowledges, or when a certain event comes.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence

from ciclo.actions.dependencies import Deps, open_deps
from ciclo.actions.processing.delivery import Fault
from ciclo.actions.processing.publish_events import BILLING
from ciclo.domain.ids import EventId
from ciclo.settings.settings import Settings
from ciclo.streams.consumer import consume
from ciclo.streams.groups import consumer_name
from tests.stack import DELIVERY, FAST
from workers import billing
from workers.process import delivering


async def main(moment: str) -> None:
    async with open_deps(Settings()) as deps:  # type: ignore[call-arg]  # from the environment
        stop = asyncio.Event()

        async def handle(deps: Deps, event_ids: Sequence[EventId]) -> Sequence[Fault]:
            if moment == "before-commit" or moment in event_ids:
                os.kill(os.getpid(), signal.SIGKILL)
            faults = await billing.handle(deps, event_ids)
            if moment == "before-acknowledgement":
                os.kill(os.getpid(), signal.SIGKILL)
            return faults

        await consume(
            deps.streams,
            stream=BILLING,
            group=BILLING,
            consumer=consumer_name(),
            deliver=delivering(deps, handle, stream=BILLING, options=DELIVERY, stop=stop),
            options=FAST,
            stop=stop,
        )


asyncio.run(main(sys.argv[1]))
