"""From a notice in Ciclo's own form to its event: verified, parsed, dated."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ciclo.actions.dependencies import Deps
from ciclo.actions.processing.notices import instant_of, notice_event
from ciclo.domain.errors.general import BillingError
from ciclo.domain.events.event import Event
from ciclo.web.header_fields import Field
from ciclo.web.strict_json import read_json
from ciclo.web.webhooks.payment_notice import NoticeInvalid, read_notice, refusal
from ciclo.web.webhooks.signature import SignatureVerifier

AHEAD_MAX: Final = timedelta(days=1)
"""How far a notice's date may lie ahead of the billing clock: dates differ between time zones."""


@dataclass(frozen=True, slots=True)
class PaymentPost:
    """A request that is not read yet: its header *fields* and its body as they came."""

    deps: Deps
    signatures: SignatureVerifier
    fields: Sequence[Field]
    body: bytes

    def read(self, *, now: datetime, wall: datetime) -> Event:
        """Return the event; *now* is the billing clock's time, *wall* the real one.

        Raises:
            HttpProblem, MalformedJson: the notice is refused.
        """
        webhook_id = self.signatures.verify(self.body, self.fields, now=wall)
        notice = read_notice(read_json(self.body))
        try:
            subscription_id = notice.subscription()
            payload = notice.payload(currency=self.deps.settings.currency)
        except BillingError as error:
            raise refusal(error) from None
        occurred_at = instant_of(notice.date, now=now, timezone=self.deps.policy.timezone)
        if occurred_at > now + AHEAD_MAX:
            raise NoticeInvalid("DATE_IN_FUTURE", "date: lies in the future")
        return notice_event(
            payload,
            subscription_id=subscription_id,
            occurred_at=occurred_at,
            received_at=now,
            dedupe_key=f"hook:{webhook_id}",
        )
