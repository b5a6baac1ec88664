"""Mail rules: what one process knows of them, and how operators change them."""

import time
from datetime import date
from typing import Final

from ciclo.domain.mails.rules import MailRules
from ciclo.store.mails.rules import find_mail_rules
from ciclo.store.mongo.client import Store

NEVER: Final = float("-inf")


class KnownRules:
    """The rules as one process knows them, asked for anew when that is older than it may be."""

    def __init__(self) -> None:
        self._asked_at = NEVER
        self._rules: MailRules = {}

    async def now(self, store: Store, *, age_ms_max: int) -> MailRules:
        """Return the rules as they were at most *age_ms_max* ago."""
        started = time.monotonic()
        if (started - self._asked_at) * 1_000 >= age_ms_max:
            self._rules, _ = await find_mail_rules(store)
            self._asked_at = started
        return self._rules


class RemindedTo:
    """The last day whose reminders were written, as far as one process knows."""

    def __init__(self) -> None:
        self.day: date | None = None
