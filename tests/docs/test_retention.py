"""What grows is named in docs/operations.md with its age, and the ages are those of the code."""

import re
from typing import Final

from ciclo.actions.live_updates import CHANNEL
from ciclo.actions.processing.publish_events import STREAMS
from ciclo.store.idempotency import KEPT_FOR
from ciclo.store.mongo.indexes import COLLECTIONS
from ciclo.streams.broadcast import KEPT_MIN
from ciclo.streams.consumer import DEAD_KEPT_MIN, DEAD_STREAM
from tests.docs.rule_book import ROOT
from workers.relay import CONSUMER_IDLE_MS_MIN, HOUSEKEEPING_EVERY_S

SECTION: Final = "## What grows"
EXPIRING: Final = {
    *("idempotency", "mails", "messages", "sessions", "sign_in_codes"),
    *("webhook_deliveries", "webhook_listeners"),
}
"""Collections that MongoDB empties by itself."""


def rows() -> dict[str, str]:
    """Return how long each thing is kept, by its name."""
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    table = page.partition(SECTION)[2].partition("\n## ")[0]
    found = {}
    for what, age, _ in re.findall(r"^\| (.+?) \| (.+?) \| (.+?) \|$", table, re.MULTILINE)[1:]:
        found |= dict.fromkeys(re.findall(r"`([a-z_]+)", what) or [what], age)
    return found


def test_every_collection_and_every_stream_is_named() -> None:
    assert set(COLLECTIONS) | set(STREAMS) | {DEAD_STREAM, CHANNEL} <= set(rows())


def test_the_ages_are_those_of_the_code() -> None:
    found = rows()

    assert f"{KEPT_FOR.total_seconds() / 3_600:.0f} hours" in found["idempotency"]
    assert f"{DEAD_KEPT_MIN:,}" in found[DEAD_STREAM]
    assert f"{KEPT_MIN:,}" in found[CHANNEL]
    assert f"each {HOUSEKEEPING_EVERY_S:.0f} seconds" in found["billing"]
    assert CONSUMER_IDLE_MS_MIN == 3_600_000
    assert "an hour" in found["consumers of a group"]


def test_what_expires_has_an_index_that_lets_it() -> None:
    expiring = {
        name
        for name, indexes in COLLECTIONS.items()
        for index in indexes
        if index.document.get("expireAfterSeconds") is not None
    }

    assert expiring == EXPIRING
    assert {name for name in COLLECTIONS if not rows()[name].startswith("for ever")} == EXPIRING | {
        "due_faults"
    }
