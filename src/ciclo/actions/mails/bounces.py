"""Addresses that mail comes back from: marked when the sender's provider says so, cleared by an operator."""

from dataclasses import dataclass
from functools import partial
from typing import Final

import structlog

from ciclo.actions.access.operations import new_operation
from ciclo.actions.customers.finding import get_customer
from ciclo.actions.dependencies import Deps
from ciclo.actions.idempotency import AnswerFor, run_once
from ciclo.domain.customer import Customer, is_email_broken
from ciclo.domain.ids import MailId
from ciclo.redaction import redact
from ciclo.store.idempotency import IdempotentRequest
from ciclo.store.mails.addresses import clear_bounce, mark_bounced
from ciclo.store.mails.mails import mark_returned
from ciclo.viewer import Actor

REASON_CHARS_MAX: Final = 300

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounce:
    """That mail to an address came back for good, or that its reader calls it spam."""

    address: str
    mail_id: MailId | None
    """The mail that did, where the provider kept its Message-ID."""
    reason: str


async def note_bounce(deps: Deps, bounce: Bounce) -> None:
    """Mail this address no more; told again, it changes nothing."""
    await mark_bounced(deps.store, bounce.address)
    if bounce.mail_id is not None:
        reason = redact(bounce.reason)[:REASON_CHARS_MAX]
        await mark_returned(deps.store, bounce.mail_id, to=bounce.address, error=reason)
    _log.warning("mail_bounced", mail_id=bounce.mail_id)


async def clear_email_broken(
    deps: Deps, customer_id: str, *, by: Actor, request: IdempotentRequest | None = None
) -> Customer:
    """Mail a customer again whose mail came back; who is mailed anyway stays as they are.

    Raises:
        MalformedId, CustomerNotFound: there is no such customer.
    """

    async def act(answer_for: AnswerFor) -> Customer:
        customer = await get_customer(deps, customer_id)
        if is_email_broken(customer):
            operation = new_operation(
                deps, by, "clearEmailBroken", customer.id, before={"broken": True}, after={"broken": False}
            )
            await clear_bounce(deps.store, customer.id, operation, answer=answer_for(customer.id))
        return await get_customer(deps, customer_id)

    return await run_once(deps, request, act, find=partial(get_customer, deps))
