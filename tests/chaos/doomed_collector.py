"""A collection worker that dies by SIGKILL once the provider has answered, before that is recorded."""

import asyncio
import os
import signal
from collections.abc import Sequence

from ciclo.actions.dependencies import open_deps
from ciclo.actions.processing import collection
from ciclo.actions.processing.publish_events import COLLECTION
from ciclo.settings.settings import Settings
from ciclo.store.events.orders import OrderResult
from ciclo.streams.consumer import consume
from tests.stack import FAST, deliver_to


async def die(*_args: object, answered: Sequence[OrderResult] = (), **_kwargs: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


async def main() -> None:
    collection.close_orders = die
    async with open_deps(Settings()) as deps:  # type: ignore[call-arg]  # from the environment
        stop = asyncio.Event()
        await consume(
            deps.streams,
            stream=COLLECTION,
            group=COLLECTION,
            consumer="doomed",
            deliver=deliver_to(deps, COLLECTION, stop),
            options=FAST,
            stop=stop,
        )


asyncio.run(main())
