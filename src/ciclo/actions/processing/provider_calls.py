"""How calls to payment providers end, counted for whoever watches: workers have no port of their own."""

from collections import Counter
from enum import StrEnum
from typing import Final

from ciclo.actions.dependencies import Deps
from ciclo.streams.connection import Streams, StreamsUnavailable
from ciclo.streams.tallies import add_to_tally, read_tally

_NAME: Final = "provider_calls"
_SEPARATOR: Final = ":"


class CallOutcome(StrEnum):
    """How showing a work order to a provider ended. A declined card is an answer."""

    ANSWERED = "answered"
    UNAVAILABLE = "unavailable"
    MISCONFIGURED = "misconfigured"


ProviderCalls = Counter[tuple[str, CallOutcome]]
"""Calls by provider and how they ended."""


async def count_provider_calls(deps: Deps, calls: ProviderCalls) -> None:
    """Add *calls* to what all workers count; what Redis does not take is not counted."""
    counts = {f"{provider}{_SEPARATOR}{outcome}": number for (provider, outcome), number in calls.items()}
    try:
        await add_to_tally(deps.streams, _NAME, counts)
    except StreamsUnavailable as error:
        deps.calls_not_counted.count(times=calls.total(), error=str(error))
    else:
        deps.calls_not_counted.end()


async def read_provider_calls(streams: Streams) -> dict[tuple[str, str], int]:
    """Return how many calls ended how, by provider and outcome.

    Raises:
        StreamsUnavailable: Redis is away or refuses.
    """
    counted = await read_tally(streams, _NAME)
    found = {}
    for name, number in counted.items():
        provider, _, outcome = name.partition(_SEPARATOR)
        found[provider, outcome] = number
    return found
