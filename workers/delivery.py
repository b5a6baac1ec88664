"""The delivery worker: fans messages out to webhook endpoints and posts what is due. Any number may run."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from ciclo.actions.dependencies import STORE_AWAITED_S_MAX, Deps, open_deps
from ciclo.actions.processing.publish_events import DELIVERIES
from ciclo.actions.webhooks.fan_out import fan_out
from ciclo.actions.webhooks.post import open_poster
from ciclo.actions.webhooks.send import LEASE, Sender, send_all
from ciclo.settings.settings import Settings
from ciclo.store.mongo.transient_errors import is_transient
from ciclo.streams.consumer import ConsumerOptions, Deliver, Delivered, Unanswered, consume
from ciclo.streams.entry import Entry, error_text
from ciclo.streams.groups import consumer_name
from workers.process import consumer_options, stop_on_signals


async def main(settings: Settings, *, consumer: str | None = None) -> None:
    """Deliver until the process is told to stop."""
    stop = stop_on_signals()
    async with open_deps(settings, store_s_max=STORE_AWAITED_S_MAX) as deps:
        await deliver_webhooks(deps, consumer=consumer, options=consumer_options(settings), stop=stop)


async def deliver_webhooks(
    deps: Deps,
    *,
    consumer: str | None,
    options: ConsumerOptions,
    stop: asyncio.Event,
    lease: timedelta = LEASE,
) -> None:
    """Fan out what is announced, and send what is due, side by side until *stop* is set."""
    bell = asyncio.Event()
    async with open_poster(deps.settings, wall=deps.wall) as poster, asyncio.TaskGroup() as tasks:
        sender = Sender(deps=deps, poster=poster, stop=stop, lease=lease)
        tasks.create_task(send_all(sender, bell=bell))
        tasks.create_task(
            consume(
                deps.streams,
                stream=DELIVERIES,
                group=DELIVERIES,
                consumer=consumer or consumer_name(),
                deliver=fanning_out(deps, bell),
                options=options,
                stop=stop,
            )
        )


def fanning_out(deps: Deps, bell: asyncio.Event) -> Deliver:
    """Return what a consumer does with entries: their messages are fanned out, and the bell is rung."""

    async def fan_out_entries(entries: Sequence[Entry]) -> Delivered:
        try:
            await fan_out(deps, list(dict.fromkeys(entry.event_id for entry in entries)))
        except Exception as error:
            if not is_transient(error):
                raise
            # The entries stay pending, and the relay announces their messages again.
            raise Unanswered(error_text(error)) from error
        bell.set()
        return Delivered()

    return fan_out_entries
